import { spawn } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { bundle } from '../../bundle'

const STEPS = 8
let program: string
let root: string

beforeAll(async () => {
  program = await bundle('test/main/learning/pretraining/pretrainingProcess.ts')
  root = await mkdtemp(join(tmpdir(), 'emend-killed-pretraining-'))
})
afterAll(() => rm(root, { recursive: true }))

/** Runs the pre-training; with `killAt` it is killed without warning a moment after that step was done. */
async function run(out: string, { resume = false, killAt = Infinity } = {}): Promise<number | null> {
  const child = spawn(process.execPath, [program, out, String(STEPS), ...(resume ? ['resume'] : [])], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const ended = new Promise<number | null>((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (status) => resolve(status))
  })
  createInterface({ input: child.stdout }).on('line', (line) => {
    // Anywhere within the next step, or within the writing of the checkpoint.
    if (Number(line) === killAt) setTimeout(() => child.kill('SIGKILL'), 30 * Math.random())
  })
  return ended
}

describe('a pre-training process that is killed', () => {
  it('goes on with the very step, momentum encoder and queue, to the very same weights', async () => {
    const [whole, broken] = [join(root, 'whole'), join(root, 'broken')]
    expect(await run(whole)).toBe(0)
    const at = 2 + Math.floor(Math.random() * 4)
    expect(await run(broken, { killAt: at })).toBe(null)
    expect(await run(broken, { resume: true })).toBe(0)
    const [a, b] = await Promise.all([whole, broken].map((out) => readFile(join(out, 'weights.bin'))))
    expect(a.equals(b), `killed after step ${at}`).toBe(true)
  })
})
