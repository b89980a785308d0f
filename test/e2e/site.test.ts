import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Locator } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { manyCases } from '../../bench/manyCases'
import { openWorkspace } from '../../src/main/jobs/workspace'
import { writeCard } from '../../src/main/learning/card'
import { recipeNamed } from '../../src/main/learning/presets'
import { recordAudit } from '../../src/main/library/audit'
import { addCase, caseGrid } from '../../src/main/library/cases'
import type { Library } from '../../src/main/library/library'
import { registerModel } from '../../src/main/library/models'
import { libraryPaths } from '../../src/main/library/paths'
import { addRevision } from '../../src/main/library/revisions'
import { askSecondReading } from '../../src/main/library/secondReading'
import { writeModel } from '../main/library/samples'
import { controlsOf, faultsOf } from './controls'
import { makeScratch, startEmend } from './emend'
import type { Emend, Scratch } from './emend'
import { phantomOf } from './phantoms'

/** A site's library: 5,000 cases, two readers who differ, and a model that was kept out. */
describe('a site', () => {
  let scratch: Scratch
  let emend: Emend
  let read = ''

  const the = (testid: string): Locator => emend.page.getByTestId(testid)
  const patience = { timeout: 60_000 }

  async function twoReadings(library: Library): Promise<void> {
    const { image, labels } = phantomOf('coarse')
    ;({ id: read } = await addCase(library, { modality: 'CT', description: 'Read twice', volume: image, warnings: [] }))
    const add = (user: string, data: Uint8Array, origin: 'model' | 'reader', parent: string | null) =>
      addRevision(
        { ...library, user },
        {
          caseId: read,
          parent,
          origin,
          model: 'truth@1',
          statuses: origin === 'reader' ? { liver: 'corrected', spleen: 'accepted' } : {},
          edited: [],
          labels: { ...labels, data },
        },
      )
    const proposed = await add('anna', labels.data, 'model', null)
    const [nx, ny] = labels.dims
    const inHalf = (voxel: number): boolean => voxel % nx > 0.62 * nx && Math.floor(voxel / nx) % ny > ny / 2
    const first = await add('anna', labels.data.map((id, n) => (id === 1 && inHalf(n) ? 0 : id)), 'reader', proposed.id) // prettier-ignore
    const shown = await askSecondReading({ ...library, user: 'anna' }, read, 'teaching')
    const grown = labels.data.map((id, n) => (id === 0 && labels.data[n - nx * 2] === 1 ? 1 : id))
    expect((await add('bert', grown, 'reader', shown.id)).parent).not.toBe(first.id)
  }

  async function fillLibrary(): Promise<void> {
    const workspace = await openWorkspace(scratch.library, {
      sample: false,
      deviceFile: join(scratch.folder, 'devices'),
    })
    try {
      const { library } = workspace
      recordAudit(library, 'sample', 'sample study', 'not in this test')
      await twoReadings(library)
      const folder = writeModel(join(scratch.folder, 'model'), { name: 'candidate' })
      await writeCard(folder, {
        format: 'emend-card/1',
        startedAt: '2026-02-03T22:00:00.000Z',
        startedBy: 'anna',
        parents: ['flare@4', 'flare@3'],
        cases: Array.from({ length: 300 }, (_, n) => ({
          id: n === 7 ? read : `gone-${n}`,
          revision: `2026020${1 + (n % 9)}-${n}`,
          verified: n % 2 === 0 ? ['liver', 'spleen'] : ['liver'],
        })),
        leftOut: [
          { id: 'torn-0001', title: 'Torn CT', role: 'hold-out', verified: ['liver'], reason: 'the file image.nii.gz of the library is missing (restore it from a backup)' }, // prettier-ignore
        ],
        unproven: [{ structure: 'cyst', cases: 4, dsc: 0.312, offered: false }],
        replayed: 2,
        holdOut: { name: 'library-12', cases: Array.from({ length: 12 }, (_, n) => `case-${n}`) },
        recipe: 'fast',
        seed: 4,
        steps: 150,
        verdict: 'kept out: spleen changed by -0.031 (-0.052 to -0.012) in DSC over 12 cases',
        structures: [
          { structure: 'liver', cases: 12, dsc: { mean: 0.962, low: 0.951, high: 0.97 }, gain: { mean: 0.011, low: 0.004, high: 0.019 } }, // prettier-ignore
          { structure: 'spleen', cases: 12, dsc: { mean: 0.91, low: 0.87, high: 0.94 }, gain: { mean: -0.031, low: -0.052, high: -0.012 } }, // prettier-ignore
          { structure: 'pancreas', cases: 12, dsc: { mean: 0.74, low: 0.66, high: 0.8 }, gain: { mean: 0.006, low: -0.02, high: 0.03 } }, // prettier-ignore
        ],
        worst: [{ case: 'case-3', structure: 'pancreas', dsc: 0.41, before: 0.52 }],
      })
      const rows = Array.from(
        { length: 150 },
        (_, n) => `${n + 1},${n},1e-3,${(1.2 * Math.exp(-n / 40) + 0.2).toFixed(4)},0.9`,
      )
      writeFileSync(join(folder, 'curve.csv'), ['step,seconds,learning rate,loss,liver', ...rows, ''].join('\n'))
      writeFileSync(join(folder, 'recipe.json'), JSON.stringify(recipeNamed('abdomen', 'tiny')))
      const rise = (n: number, to: number): string => (to * (1 - Math.exp(-n / 5))).toFixed(3)
      const looks = Array.from({ length: 16 }, (_, n) => [1 + 10 * n, rise(n, 0.96), rise(n, 0.92), rise(n, 0.71)])
      writeFileSync(join(folder, 'dsc.csv'), ['step,liver,spleen,pancreas', ...looks, ''].join('\n'))
      await registerModel(library, folder, {
        promoted: false,
        verdict: 'kept out: spleen changed by -0.031 (-0.052 to -0.012) in DSC over 12 cases',
      })
    } finally {
      workspace.close()
    }
    const grid = await gridOf()
    manyCases(scratch.library, 5000, { path: libraryPaths.image(scratch.library, read), ...grid })
  }

  async function gridOf(): Promise<ReturnType<typeof caseGrid>> {
    const workspace = await openWorkspace(scratch.library, { access: 'onlooker' })
    const grid = caseGrid(workspace.library, read)
    workspace.close()
    return grid
  }

  beforeAll(async () => {
    scratch = await makeScratch()
    await fillLibrary()
    emend = await startEmend(scratch)
    await the('case-row').first().waitFor(patience)
  })
  afterAll(async () => {
    await emend?.close()
    await scratch?.remove()
  })

  it('lists 5,000 cases with only those in sight in the page, and scrolls through them', async () => {
    expect(await emend.page.getByText('5,001 cases').isVisible()).toBe(true)
    const rows = (): Promise<number> => the('case-row').count()
    expect(await rows()).toBeLessThan(40)
    await emend.picture('site-worklist')
    // Own time of 60 steps through the list: what each takes until it is laid out.
    const times = await emend.page.evaluate(async () => {
      const frame = document.querySelector<HTMLElement>('[data-testid="case-list"]')!
      const taken: number[] = []
      for (let step = 1; step <= 60; step++) {
        await new Promise(requestAnimationFrame)
        const started = performance.now()
        frame.scrollTop = (step / 60) * (frame.scrollHeight - frame.clientHeight)
        frame.dispatchEvent(new Event('scroll'))
        await Promise.resolve()
        void frame.scrollHeight
        taken.push(performance.now() - started)
      }
      return taken.sort((a, b) => a - b)
    })
    const at = (share: number): string => times[Math.floor(share * (times.length - 1))].toFixed(1)
    console.log(`a step through 5,000 rows: median ${at(0.5)} ms, 95th percentile ${at(0.95)} ms, most ${at(1)} ms`)
    expect(await rows()).toBeLessThan(40)
    expect(await the('case-row').last().getAttribute('aria-posinset')).toBe('5001')
  })

  it('finds cases by what is known of them, and says what it does not understand', async () => {
    await the('worklist-search').fill('liver:corrected reader:anna score<0.5')
    await the('found').waitFor(patience)
    const found = parseInt((await the('found').innerText()).replace(',', ''))
    expect(found).toBeGreaterThan(50)
    expect(found).toBeLessThan(1000)
    await emend.picture('site-search')
    await the('worklist-search').fill('is:green')
    await emend.page.getByText('is:green: it is one of').waitFor(patience)
    await the('worklist-search').fill('"read twice"')
    await expect.poll(() => the('case-row').count(), patience).toBe(1)
    expect(await faultsOf(emend.page, 24)).toEqual([])
  })

  it('keeps what is said of a case', async () => {
    await the('talk-about').click()
    await the('case-desk').waitFor(patience)
    await the('note-text').fill('see the dome of the liver')
    await the('note-comment').click()
    await expect.poll(() => the('note').count(), patience).toBe(2)
    await the('note-flag').click()
    await expect.poll(() => the('note').count(), patience).toBe(3)
    expect(await controlsOf(emend.page).then((all) => all.filter(({ name }) => name === ''))).toEqual([])
    await emend.picture('site-case-desk')
  })

  it('settles two readings, structure by structure', async () => {
    await the('note-arbitrate').click()
    await the('arbitration').waitFor(patience)
    await the('compared-structure').first().waitFor(patience)
    const coloured = (): Promise<number> =>
      emend.page.evaluate(() => {
        const canvas = document.querySelector<HTMLCanvasElement>('[data-testid="arbitration"] canvas')!
        const { data } = canvas.getContext('2d')!.getImageData(0, 0, canvas.width, canvas.height)
        let count = 0
        for (let at = 0; at < data.length; at += 4) if (Math.abs(data[at] - data[at + 2]) > 30) count++
        return count
      })
    await expect.poll(coloured, patience).toBeGreaterThan(20)
    await emend.picture('site-arbitration')
    expect(await faultsOf(emend.page, 24)).toEqual([])
    await the('arbitration-reason').fill('the capsule is seen')
    expect(await the('unpicked').innerText()).toMatch(/^\d+ structures? still to pick$/)
    expect(await the('settle').isDisabled()).toBe(true)
    await the('pick-all-first').click()
    await the('pick-liver-second').check()
    expect(await the('unpicked').count()).toBe(0)
    await emend.picture('site-arbitration-picked')
    await the('settle').click()
    await the('arbitration').waitFor({ state: 'detached' })
    await emend.page.getByText('to arbitrate').waitFor({ state: 'detached' })
  })

  it('shows a model’s card, and takes a reason for one that was kept out', async () => {
    await the('place-learning').click()
    const candidate = the('model-row').filter({ hasText: 'kept out: spleen' })
    await candidate.getByTestId('show-card').click()
    await the('model-card').getByText('The worst of the hold-out').waitFor(patience)
    await the('card-warnings').getByText('Torn CT (torn-000) was not scored on').waitFor(patience)
    await the('card-warnings').getByText('cyst is not offered').waitFor(patience)
    await the('card-dsc').getByText('pancreas').waitFor(patience)
    await the('card-recipe').getByText('Optimizer').waitFor(patience)
    await emend.picture('site-model-card')
    await the('card-cases').locator('summary').click()
    await the('card-cases').getByText('300 cases', { exact: true }).waitFor(patience)
    expect(await the('card-cases-list').locator('li').count()).toBeLessThan(60)
    await the('card-cases-filter').fill('read twice')
    await the('card-cases').getByText('1 case', { exact: true }).waitFor(patience)
    await the('card-dsc').scrollIntoViewIfNeeded()
    await emend.picture('site-model-card-cases')
    await the('card-recipe').scrollIntoViewIfNeeded()
    await emend.picture('site-model-card-recipe')
    await the('card-cases-list').getByRole('button', { name: 'Read twice' }).click()
    await the('viewer-canvas').waitFor(patience)
    await the('place-learning').click()
    await candidate.getByTestId('show-card').click()
    await the('model-card').waitFor(patience)
    await emend.page.keyboard.press('Escape')
    await the('model-card').waitFor({ state: 'detached' })
    await candidate.getByTestId('use-model').click()
    expect(await the('use-version-confirm').isDisabled()).toBe(true)
    await the('use-version-reason').fill('for a study of the liver alone')
    await emend.picture('site-override')
    // It is no network that could label a case.
    await the('segment-again').click()
    await the('use-version-confirm').click()
    await candidate.and(emend.page.locator('.current')).waitFor(patience)
    await the('roll-back').click()
    await the('segment-again').click()
    await the('use-version-confirm').click()
    await candidate.and(emend.page.locator('.current')).waitFor({ state: 'detached' })
    await the('margins').click()
    await the('margins-dialog').waitFor(patience)
    await the('margin-liver').fill('0.05')
    await the('margin-spleen').fill('7')
    await the('margin-liver').focus()
    await expect.poll(() => the('margin-spleen').inputValue(), patience).toBe('')
    expect(await the('margin-liver').inputValue()).toBe('0.05')
    await emend.picture('site-margins')
    expect(await faultsOf(emend.page, 24)).toEqual([])
    await the('margins-close').click()
    await the('learn-at').click()
    await the('learn-time').waitFor(patience)
    await emend.picture('site-learning')
  })

  it('complained about nothing', () => {
    expect(emend.complaints).toEqual([])
  })
})
