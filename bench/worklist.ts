import { cpus } from 'node:os'
import { join } from 'node:path'
import { openWorkspace } from '../src/main/jobs/workspace'
import { recordAudit } from '../src/main/library/audit'
import { addCase, caseGrid } from '../src/main/library/cases'
import { libraryPaths } from '../src/main/library/paths'
import { makePhantom } from '../src/main/phantom/phantom'
import { makeScratch, startEmend, type Emend } from '../test/e2e/emend'
import setup from '../test/e2e/setup'
import { manyCases } from './manyCases'
import type { BenchRow } from './row'
import { tasksOf } from './window'

const CASES = 5_000
/** Frames of one kind of scrolling. */
const STEPS = 60
/** One notch of a mouse's wheel, pixels. */
const NOTCH = 120

/**
 * The real window on a library of 5,000 cases: the processor time that its own thread takes for a frame of scrolling and for
 * a letter of a search. A frame has 16.7 ms; the graphics card's work, here done by the processor elsewhere, is not in it.
 */
export async function run(): Promise<BenchRow[]> {
  const end = await setup()
  const scratch = await makeScratch()
  try {
    await fillLibrary(scratch.library, join(scratch.folder, 'devices'))
    const emend = await startEmend(scratch)
    try {
      return await measure(emend, join(scratch.folder, 'trace.json'))
    } finally {
      await emend.close()
    }
  } finally {
    await scratch.remove()
    end()
  }
}

async function fillLibrary(path: string, deviceFile: string): Promise<void> {
  const workspace = await openWorkspace(path, { sample: false, deviceFile })
  const { library } = workspace
  try {
    recordAudit(library, 'sample', 'sample study', 'not in a benchmark')
    const { image } = makePhantom({ seed: 83, spacing: [4, 4, 5] })
    const { id } = await addCase(library, { modality: 'CT', description: 'Abdomen', volume: image, warnings: [] })
    const grid = caseGrid(library, id)
    workspace.close()
    manyCases(path, CASES, { path: libraryPaths.image(path, id), ...grid })
  } catch (error) {
    workspace.close()
    throw error
  }
}

async function measure(emend: Emend, trace: string): Promise<BenchRow[]> {
  const { page } = emend
  const rows: BenchRow[] = []
  const watched = async (name: string, unit: 'frame' | 'letter', act: () => Promise<number>): Promise<void> => {
    let count = 0
    const { total, longest } = await tasksOf(emend, trace, async () => void (count = await act()))
    const machine = cpus()[0]?.model ?? 'unknown'
    const row = (what: string, value: number): BenchRow => ({ name: `worklist of 5,000: ${name}, ${what}`, value, unit: 'ms', peer: null, peerValue: null, ratio: null, machine }) // prettier-ignore
    rows.push(row(`mean of a ${unit}`, total / count), row('longest task', longest))
  }
  const drawn = (): Promise<void> =>
    page.evaluate(() => new Promise<void>((done) => requestAnimationFrame(() => requestAnimationFrame(() => done()))))

  await page.getByTestId('case-row').first().waitFor({ timeout: 120_000 })
  const list = await page.getByTestId('case-list').boundingBox()
  if (!list) throw new Error('the list is not shown')
  await page.mouse.move(list.x + list.width / 2, list.y + list.height / 2)
  /** @returns how many frames were drawn: the window spreads a notch over some */
  const wheel = async (pixels: number): Promise<number> => {
    await page.evaluate(() => {
      const count = (): void => {
        document.body.dataset['frames'] = String(Number(document.body.dataset['frames'] ?? '0') + 1)
        requestAnimationFrame(count)
      }
      if (document.body.dataset['frames'] === undefined) count()
    })
    const frames = (): Promise<number> => page.evaluate(() => Number(document.body.dataset['frames']))
    const before = await frames()
    for (let n = 0; n < STEPS; n++) {
      await page.mouse.wheel(0, pixels)
      await drawn()
    }
    return (await frames()) - before
  }
  // What is compiled and fetched for the first time belongs to the start.
  await wheel(NOTCH)
  await watched('a notch of the wheel', 'frame', () => wheel(NOTCH))
  await watched('by whole screens', 'frame', () => wheel(list.height))
  const search = page.getByTestId('worklist-search')
  await search.click()
  const words = 'liver:corrected reader:anna'
  await watched('search', 'letter', async () => {
    for (const letter of words) {
      await page.keyboard.type(letter)
      await drawn()
    }
    return words.length
  })
  await emend.picture('bench-worklist')
  return rows
}
