import { readFile } from 'node:fs/promises'
import { cpus } from 'node:os'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { openWorkspace } from '../src/main/jobs/workspace'
import { recordAudit } from '../src/main/library/audit'
import { addCase } from '../src/main/library/cases'
import { addRevision } from '../src/main/library/revisions'
import { makeScratch, startEmend, type Emend } from '../test/e2e/emend'
import setup from '../test/e2e/setup'
import { largeLabels, LIVER, noisyCt } from './largeCase'
import type { BenchRow } from './row'

/** Steps of one kind, of which the mean and the longest task count. */
const STEPS = 30

/**
 * The real window on 512 x 512 x 300 voxels with 14 structures: time to the first picture, and for what a reader does the
 * processor time that the window's own thread takes: a step's mean, and the longest single task, since that is what
 * holds the window up. The graphics card's work is not in it.
 */
export async function run(): Promise<BenchRow[]> {
  const end = await setup()
  const scratch = await makeScratch()
  try {
    await fillLibrary(scratch.library, join(scratch.folder, 'devices'))
    const emend = await startEmend(scratch)
    try {
      return await measure(emend, scratch.folder)
    } finally {
      await emend.close()
    }
  } finally {
    await scratch.remove()
    end()
  }
}

/** A large case with two revisions, and another image of the same patient. */
async function fillLibrary(path: string, deviceFile: string): Promise<void> {
  const workspace = await openWorkspace(path, { sample: false, deviceFile })
  try {
    const { library } = workspace
    recordAudit(library, 'sample', 'sample study', 'not in a benchmark')
    const labels = largeLabels()
    const older = labels.data.map((id, n) => (labels.data[n - 3] === LIVER ? LIVER : id === LIVER ? 0 : id))
    const common = { origin: 'model', statuses: {}, edited: [] } as const
    for (const [description, seed] of [
      ['Prior', 6],
      ['Large', 5],
    ] as const) {
      // prettier-ignore
      const volume = { dims: labels.dims, affine: labels.affine, data: noisyCt(labels.data, seed) }
      const { id } = await addCase(library, { modality: 'CT', description, volume, warnings: [] })
      const first = await addRevision(library, { ...common, caseId: id, parent: null, model: 'older@1', labels: { ...labels, data: older } }) // prettier-ignore
      await addRevision(library, { ...common, caseId: id, parent: first.id, model: 'truth@1', labels })
    }
  } finally {
    workspace.close()
  }
}

async function measure(emend: Emend, folder: string): Promise<BenchRow[]> {
  const { page } = emend
  const the = (testid: string) => page.getByTestId(testid)
  const patience = { timeout: 240_000 }
  const press = (keys: string): Promise<void> => page.keyboard.press(keys)
  const drawn = (): Promise<void> =>
    page.evaluate(() => new Promise<void>((done) => requestAnimationFrame(() => requestAnimationFrame(() => done()))))
  const rows: BenchRow[] = []
  const add = (name: string, value: number, unit: string): void => {
    const machine = cpus()[0]?.model ?? 'unknown'
    rows.push({ name: `window, 512x512x300: ${name}`, value, unit, peer: null, peerValue: null, ratio: null, machine })
  }
  const watched = async (name: string, steps: number, act: () => Promise<void>): Promise<void> => {
    const { total, longest } = await tasksOf(emend, join(folder, 'trace.json'), act)
    if (steps > 1) add(`${name}, mean of a step`, total / steps, 'ms')
    add(`${name}, longest task`, longest, 'ms')
  }

  const opened = async (title: string): Promise<number> => {
    const row = the('case-row').filter({ hasText: title }).getByTestId('open-case')
    await row.waitFor(patience)
    const began = performance.now()
    await row.click()
    await the('viewer-canvas').and(page.locator('[data-ready="true"]')).waitFor(patience)
    await drawn()
    const seconds = (performance.now() - began) / 1000
    await page.waitForTimeout(4_000)
    await the('place-worklist').click()
    return seconds
  }
  add('click to the first picture, while the app still starts', await opened('Large'), 's')
  add('click to the first picture, next case', await opened('Prior'), 's')
  await opened('Large')
  await the('place-review').click()
  add('memory of all processes with a case open', await megabytes(emend), 'MB')

  const plane = await the('tile-axial').boundingBox()
  if (!plane) throw new Error('the axial plane is not shown')
  const [x, y] = [plane.x + plane.width / 2, plane.y + plane.height / 2]
  await page.mouse.move(x, y)
  await watched('scroll', STEPS, async () => {
    for (let n = 0; n < STEPS; n++) {
      await press('ArrowUp')
      await drawn()
    }
  })
  await press('w')
  await page.mouse.down()
  await watched('window change', STEPS, async () => {
    for (let n = 0; n < STEPS; n++) {
      await page.mouse.move(x + 3 * n, y + n)
      await drawn()
    }
  })
  await page.mouse.up()
  await press('1')
  await press('b')
  await press('d')
  await the('brush-size').fill('20')
  // What a session does first is compiled meanwhile: it stands for itself.
  for (const which of ['first stroke of a session', 'second stroke']) {
    await page.mouse.move(x - 90, y)
    await page.mouse.down()
    await watched(`ball of 20 mm, ${which}`, STEPS, async () => {
      for (let n = 0; n < STEPS; n++) {
        await page.mouse.move(x - 90 + 5 * n, y)
        await drawn()
      }
    })
    const followed = surfacesFollow(page)
    await watched(`end of the ${which}, with surfaces`, 1, async () => {
      await page.mouse.up()
      await page.waitForTimeout(2_500)
    })
    add(`${which} ended to its surface in 3-D`, (await followed) / 1000, 's')
    await watched(`undo of the ${which}`, 1, async () => {
      await press('Control+z')
      await page.waitForTimeout(2_500)
    })
  }
  await press('v')
  await watched('margin of 3 mm with preview', 1, async () => {
    await press('Shift+G')
    await the('effect-outcome').and(page.locator('[data-state="previewing"]')).waitFor(patience)
    await page.waitForTimeout(1_500)
  })
  await emend.picture('bench-window-margin')
  await watched('preview dropped', 1, async () => {
    await press('Shift+X')
    await page.waitForTimeout(1_500)
  })
  await press('F6')
  await the('go-back').first().waitFor(patience)
  await watched('back to an older revision', 1, async () => {
    await the('go-back').first().click()
    await the('history-step-1').waitFor(patience)
    await page.waitForTimeout(2_500)
  })
  await emend.picture('bench-window-back')
  await watched('undo of that', 1, async () => {
    await press('Control+z')
    await page.waitForTimeout(2_500)
  })
  await press('F6')
  await watched('comparison opened', 1, async () => {
    await press('Control+d')
    await the('compare-liver').waitFor(patience)
    await page.waitForTimeout(1_500)
  })
  await emend.picture('bench-window-compare')
  await press('Control+d')
  await watched('prior study opened', 1, async () => {
    await press('Control+b')
    await the('prior-case').click()
    await page.getByRole('menuitemradio', { name: /Prior/ }).click()
    await the('prior-link').waitFor(patience)
    await page.waitForTimeout(3_000)
  })
  await emend.picture('bench-window-prior')
  add('memory of all processes with a prior beside it', await megabytes(emend), 'MB')
  await watched('scroll with the prior', STEPS, async () => {
    for (let n = 0; n < STEPS; n++) {
      await press('ArrowDown')
      await drawn()
    }
  })
  return rows
}

/** Milliseconds from the next release of the button until the surfaces are of the labels as they then are. */
function surfacesFollow(page: Page): Promise<number> {
  return page.evaluate(
    () =>
      new Promise<number>((done) => {
        const canvas = document.querySelector('[data-testid="viewer-canvas"]')!
        canvas.addEventListener(
          'pointerup',
          () => {
            const since = performance.now()
            let wasOlder = false
            new MutationObserver((_changes, observer) => {
              if (canvas.getAttribute('data-surfaces') === 'older') wasOlder = true
              else if (wasOlder) {
                observer.disconnect()
                done(performance.now() - since)
              }
            }).observe(canvas, { attributeFilter: ['data-surfaces'] })
          },
          { once: true },
        )
      }),
  )
}

interface TraceEvent {
  readonly name: string
  readonly ph: string
  readonly pid: number
  readonly tid: number
  /** Microseconds of processor time. */
  readonly tdur?: number
  readonly args?: { readonly name?: string }
}

/** Processor time of the tasks on the window's thread while something is done, ms. */
export async function tasksOf(
  { app }: Emend,
  path: string,
  act: () => Promise<void>,
): Promise<{ total: number; longest: number }> {
  await app.evaluate(({ contentTracing }) => contentTracing.startRecording({ included_categories: ['toplevel'] }))
  await act()
  await app.evaluate(({ contentTracing }, to) => contentTracing.stopRecording(to), path)
  const { traceEvents } = JSON.parse(await readFile(path, 'utf8')) as { traceEvents: TraceEvent[] }
  const main = traceEvents.find(({ ph, name, args }) => ph === 'M' && name === 'thread_name' && args?.name === 'CrRendererMain') // prettier-ignore
  if (!main) throw new Error('the trace does not name the window’s thread')
  const times = traceEvents
    .filter(({ pid, tid, name }) => pid === main.pid && tid === main.tid && name.endsWith('RunTask'))
    .map(({ tdur = 0 }) => tdur / 1000)
  if (times.length === 0) throw new Error('the trace has no tasks of the window’s thread')
  return { total: times.reduce((sum, ms) => sum + ms, 0), longest: Math.max(...times) }
}

/** Of all processes together; memory that they share is counted in each. */
async function megabytes({ app }: Emend): Promise<number> {
  const metrics = await app.evaluate((electron) =>
    electron.app.getAppMetrics().map(({ memory }) => memory.workingSetSize),
  )
  return metrics.reduce((sum, kilobytes) => sum + kilobytes, 0) / 1024
}
