import { fork } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { dataPath } from '../data'
import { bundle } from '../main/bundle'
import type { Report } from './fuzzing/reader'

/** Seeds are the numbers themselves: file n is the same in every run. EMEND_FUZZ_FROM starts elsewhere. */
const FROM = Number(process.env['EMEND_FUZZ_FROM'] ?? 0)
const FILES = Number(process.env['EMEND_FUZZ_FILES'] ?? 10_000)
/** Files that were not answered well once. */
const KEPT = [10_125]
/** A damaged file of at most a few hundred kB may not take longer, nor all of them together more memory. */
const LONGEST_MS = 30_000
const MOST_MEGABYTES = 1500

const folder = mkdtempSync(join(tmpdir(), 'emend-fuzz-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

interface Findings {
  readonly faults: string[]
  images: number
  errors: number
  megabytes: number
}

/** Reads files `from` to `to` in a process of their own; returns the number it hung on or died of, or null. */
function readIn(program: string, from: number, to: number, found: Findings): Promise<number | null> {
  const data = dirname(dataPath('awkward') ?? join(folder, 'none'))
  return new Promise((resolve) => {
    const child = fork(program, [String(from), String(to), folder, data], {
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    })
    let current = from
    let doing = 'starting'
    let watch = setTimeout(() => undefined, 0)
    const rewind = (): void => {
      clearTimeout(watch)
      watch = setTimeout(() => {
        found.faults.push(`${current} (${doing}) hangs`)
        child.kill('SIGKILL')
      }, LONGEST_MS)
    }
    child.on('message', (report: Report) => {
      rewind()
      current = report.number
      if (report.kind === 'start') {
        doing = report.what
        return
      }
      if (report.fault) found.faults.push(`${current} (${doing}): ${report.fault}`)
      if (report.outcome === 'image') found.images++
      else found.errors++
      found.megabytes = Math.max(found.megabytes, report.megabytes)
      doing = 'done'
    })
    child.on('close', (code) => {
      clearTimeout(watch)
      if (code === 0) return resolve(null)
      if (doing !== 'done' && !found.faults.some((fault) => fault.startsWith(`${current} (`))) {
        found.faults.push(`${current} (${doing}) ends the process with ${code}`)
      }
      resolve(current)
    })
    rewind()
  })
}

it(`answers ${FILES} damaged files with a clear error or an image, in bounded time and memory`, async () => {
  const program = await bundle('test/verify/fuzzing/reader.ts')
  const found: Findings = { faults: [], images: 0, errors: 0, megabytes: 0 }
  for (const number of KEPT) await readIn(program, number, number + 1, found)
  for (let from = FROM; from < FROM + FILES && found.faults.length < 20;) {
    const stuck = await readIn(program, from, FROM + FILES, found)
    if (stuck === null) break
    from = stuck + 1
  }
  console.log(`${found.images} read, ${found.errors} refused, peak memory ${found.megabytes.toFixed(0)} MB`)
  expect(found.faults).toEqual([])
  expect(found.images + found.errors).toBe(FILES + KEPT.length)
  expect(Math.min(found.images, found.errors)).toBeGreaterThan(FILES / 50)
  expect(found.megabytes).toBeLessThan(MOST_MEGABYTES)
}, 1_800_000)
