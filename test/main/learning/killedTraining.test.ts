import { spawn } from 'node:child_process'
import { mkdtemp, readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { beforeAll, describe, expect, it } from 'vitest'
import { bundle } from '../bundle'

const STEPS = 16
let program: string

beforeAll(async () => {
  program = await bundle('test/main/learning/trainingProcess.ts')
})

/** Runs the training; with `killAt` it is killed without warning a moment after that step was done. */
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

const folder = () => mkdtemp(join(tmpdir(), 'emend-killed-'))
const steps = async (out: string): Promise<string[]> =>
  (await readFile(join(out, 'curve.csv'), 'utf8')).split('\n').map((row) => row.split(',').toSpliced(1, 1).join())

describe('a training process that is killed', () => {
  it('goes on with the very step, to the very same weights', async () => {
    const [whole, broken] = [await folder(), await folder()]
    expect(await run(whole)).toBe(0)

    const first = 2 + Math.floor(Math.random() * 5)
    const second = first + 2 + Math.floor(Math.random() * 5)
    expect(await run(broken, { killAt: first })).toBe(null)
    expect(await run(broken, { killAt: second, resume: true })).toBe(null)
    expect(await run(broken, { resume: true })).toBe(0)

    const about = `killed after steps ${first} and ${second}`
    const [a, b] = await Promise.all([whole, broken].map((out) => readFile(join(out, 'network.onnx'))))
    expect(a.equals(b), about).toBe(true)
    expect(await steps(broken), about).toEqual(await steps(whole))
  })
})
