import { writeFileSync } from 'node:fs'
import type { Locator } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { addCase } from '../../src/main/library/cases'
import type { Library } from '../../src/main/library/library'
import { currentModel, modelReference } from '../../src/main/library/models'
import { libraryPaths } from '../../src/main/library/paths'
import { offersIn } from '../../src/main/library/reviewedCases'
import { setStatus } from '../../src/main/library/reviews'
import { addRevision } from '../../src/main/library/revisions'
import { makePhantom } from '../../src/main/phantom/phantom'
import { makeScratch, startEmend } from './emend'
import type { Emend, Scratch } from './emend'
import { inLibrary } from './library'

/** A worklist as a department has it: two finished cases, one that cannot be read, and others to go on with. */
describe('the next case', () => {
  let scratch: Scratch
  let emend: Emend

  const the = (testid: string): Locator => emend.page.getByTestId(testid)
  const patience = { timeout: 120_000 }
  /** Every case's, but for a voxel: the same image would be the same case. */
  const phantom = makePhantom({ seed: 1, spacing: [5, 5, 8] })
  const press = (key: string): Promise<void> => emend.page.keyboard.press(key)
  const said = (text: string): Promise<void> => the('toast').filter({ hasText: text }).first().waitFor(patience)
  const status = (structure: string): Promise<string | null> => the(`status-${structure}`).getAttribute('data-status')
  /** Goes on to the next case, which is the one with this title. */
  async function next(title: string): Promise<void> {
    await press('Control+ArrowRight')
    await emend.page.getByRole('heading', { level: 1 }).filter({ hasText: title }).waitFor(patience)
    await the('viewer-canvas').and(emend.page.locator('[data-ready="true"]')).waitFor(patience)
  }

  async function addStudy(library: Library, day: number, description: string, schema = 'flare23'): Promise<string> {
    const volume = { ...phantom.image, data: phantom.image.data.slice() }
    volume.data[0] += day
    const study = { modality: 'CT', description, volume, warnings: [] }
    const { id } = await addCase(library, study, { schema })
    library.database.run('UPDATE cases SET imported_at = ? WHERE id = ?', `2026-01-0${day}T00:00:00.000Z`, id)
    return id
  }

  /** The default model's nine of the fourteen structures, as if it had drawn them as they are. */
  async function label(library: Library, caseId: string, isDone: boolean): Promise<void> {
    const version = currentModel(library)
    if (!version) throw new Error('no model comes with Emend')
    const model = modelReference(version)
    const offered = offersIn(library)({ schema: 'flare23', model }).offered ?? []
    expect(offered).toHaveLength(9)
    const { labels } = phantom
    // Of those that the model does not offer it drew nothing.
    const data = labels.data.map((id) => ([1, 2, 3, 4, 9, 10, 11, 12, 13].includes(id) ? id : 0))
    const made = { caseId, parent: null, origin: 'model', model, statuses: {}, edited: [] } as const
    await addRevision(library, { ...made, labels: { ...labels, data } })
    if (isDone) for (const name of offered) setStatus(library, caseId, name, 'accepted')
  }

  beforeAll(async () => {
    scratch = await makeScratch()
    await inLibrary(scratch, async (library) => {
      for (const day of [1, 2]) await label(library, await addStudy(library, day, `Finished ${day}`), true)
      const broken = await addStudy(library, 3, 'Broken')
      await label(library, broken, false)
      writeFileSync(libraryPaths.image(library.root, broken), 'no image')
      await label(library, await addStudy(library, 4, 'Half read'), false)
      await addStudy(library, 5, 'Never segmented')
      await addStudy(library, 6, 'To draw in', 'head-neck')
    })
    emend = await startEmend(scratch)
  })
  afterAll(async () => {
    await emend?.close()
    await scratch?.remove()
  })

  it('is counted as the worklist counts: nine of nine are all', async () => {
    await the('case-row').first().waitFor(patience)
    const finished = the('case-row').filter({ hasText: 'Finished' })
    expect(await finished.filter({ hasText: '9 of 9 verified' }).count()).toBe(2)
    await emend.page.getByRole('radio', { name: 'Reviewed' }).click()
    await expect.poll(() => the('case-row').count(), patience).toBe(2)
    await emend.picture('next-reviewed')
    await emend.page.getByRole('radio', { name: 'All' }).click()
    await expect.poll(() => the('case-row').count(), patience).toBe(6)
    await emend.picture('next-worklist')
  })

  it('goes past finished cases, and past one that cannot be opened', async () => {
    await the('next-case').click()
    await emend.page.getByText('The case could not be opened').waitFor(patience)
    await emend.picture('next-broken')
    await the('next-case').click()
    await emend.page.getByRole('heading', { level: 1 }).filter({ hasText: 'Half read' }).waitFor(patience)
    await the('viewer-canvas').and(emend.page.locator('[data-ready="true"]')).waitFor(patience)
    expect(await the('verified-count').innerText()).toBe('0 of 9 verified')
  })

  it('is not left with an absence that nobody looked for, unless the reader says so', async () => {
    await the('structure-row-aorta').locator('button[aria-pressed]').first().click()
    await press('Space')
    await said('No model looked for Aorta here')
    expect(await status('aorta')).toBe('unreviewed')
    await emend.picture('next-not-looked-for')
    await press('a')
    await expect.poll(() => status('aorta'), patience).toBe('absent')
    expect(await the('verified-count').innerText()).toBe('1 of 10 verified')
  })

  it('may be one without labels, whose first step is shown: to segment it, or to draw', async () => {
    await next('Never segmented')
    expect(await the('verified-count').innerText()).toBe('0 of 9 verified')
    await the('first-step').getByText('no labels yet').waitFor(patience)
    await emend.picture('next-without-labels')
    expect(await emend.unnamed()).toEqual([])
    await next('To draw in')
    await the('first-step').getByText('No model knows these structures').waitFor(patience)
    await emend.picture('next-to-draw-in')
    await the('first-brush').click()
    await the('first-step').waitFor({ state: 'detached', ...patience })
    await press('v')
    await the('first-step').waitFor(patience)
  })

  it('is one that was left, once there is no other, and says so', async () => {
    await next('Half read')
    await said('Only cases that you left are still to review')
    await emend.picture('next-again')
  })

  it('says where nothing is measured that its strategy goes by', async () => {
    await the('place-worklist').click()
    await the('strategy').click()
    await emend.page.getByRole('menuitemradio', { name: 'Most disagreement' }).click()
    await next('Never segmented')
    await said('No disagreement of models is measured')
    await emend.picture('next-unmeasured')
  })

  it('complained of nothing but the image that is none', () => {
    expect(emend.complaints.filter((line) => !line.includes('Failed to load resource'))).toEqual([])
  })
})
