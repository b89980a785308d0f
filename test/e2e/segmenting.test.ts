import { execFileSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Locator } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { repositoryRoot } from '../../scripts/build'
import { saveNifti } from '../../src/main/imaging/nifti'
import { addCase } from '../../src/main/library/cases'
import { registerModel } from '../../src/main/library/models'
import { libraryPaths } from '../../src/main/library/paths'
import { newCase } from '../main/library/samples'
import { faultsOf } from './controls'
import { makeScratch, startEmend } from './emend'
import type { Emend, Scratch } from './emend'
import { inLibrary } from './library'
import { phantomOf } from './phantoms'

/** Cases get their labels without being opened one by one. */
describe('segmenting many cases', () => {
  let scratch: Scratch
  let emend: Emend

  const the = (testid: string): Locator => emend.page.getByTestId(testid)
  const patience = { timeout: 150_000 }
  const row = (title: string): Locator => the('case-row').filter({ hasText: title })

  beforeAll(async () => {
    scratch = await makeScratch()
    await inLibrary(scratch, async (library) => {
      const use = { promoted: true, verdict: 'promoted: liver gained 0.012 in DSC over 12 cases' }
      await registerModel(library, join(repositoryRoot, 'models', 'abdomen-student'), use)
      const { id } = await addCase(library, newCase(5, 'Cut off on the way'))
      writeFileSync(libraryPaths.image(library.root, id), 'no image')
    })
    emend = await startEmend(scratch)
    await the('case-row').first().waitFor(patience)
  })
  afterAll(async () => {
    await emend?.close()
    await scratch?.remove()
  })

  it('offers it after an import, and one click segments all, passing over what is damaged', async () => {
    const folder = join(scratch.folder, 'two patients')
    mkdirSync(folder)
    const { image } = phantomOf('coarse')
    for (const name of ['portal', 'late']) {
      await saveNifti(join(folder, `${name}.nii.gz`), image)
      // The same image would be the same case.
      image.data[0] += 1
    }
    await emend.chooses(folder)
    await the('import-folder').click()
    await the('unlabelled').filter({ hasText: '3 cases without labels' }).waitFor(patience)
    await emend.picture('segment-offered')
    expect(await faultsOf(emend.page, 24)).toEqual([])
    await the('segment-unlabelled').click()
    await the('segmenting-cases').waitFor(patience)
    await emend.picture('segment-under-way')
    await the('segmenting-cases').waitFor({ state: 'detached', ...patience })
    for (const title of ['portal', 'late']) {
      await row(title).filter({ hasText: 'abdomen-student@3' }).waitFor(patience)
    }
    await the('unlabelled').filter({ hasText: '1 case without labels' }).waitFor(patience)
    expect(await the('unlabelled-why').innerText()).toMatch(/^2 of 3 open cases segmented; Cut off on the way/)
    expect(await emend.unnamed()).toEqual([])
    await emend.picture('segment-done')
    const warning = the('toast').filter({ hasText: '1 case could not be segmented, Cut off on the way' })
    await warning.getByRole('button', { name: 'Show in the worklist' }).click()
    await warning.waitFor({ state: 'detached' })
    await expect.poll(() => the('case-row').count(), patience).toBe(1)
    await row('Cut off on the way').waitFor(patience)
    await emend.picture('segment-passed-over')
    expect(await faultsOf(emend.page, 24)).toEqual([])
    await the('passed-over').click()
    await expect.poll(() => the('case-row').count(), patience).toBe(3)
  })

  it('is done from the palette, too: all cases, or those that a search found', async () => {
    await emend.page.keyboard.press('Control+K')
    await the('palette-input').fill('without labels')
    const offered = emend.page.getByRole('dialog', { name: 'Find an action' })
    await offered.getByText('Segment all cases without labels').waitFor(patience)
    await emend.picture('segment-palette')
    await emend.page.keyboard.press('Escape')
    await the('worklist-search').fill('cut off')
    await emend.page.getByText('1 found').waitFor(patience)
    await emend.page.keyboard.press('Control+K')
    await the('palette-input').fill('search found')
    await emend.page.keyboard.press('Enter')
    await the('toast').filter({ hasText: 'Segment 1 case' }).filter({ hasText: 'Cut off' }).waitFor(patience)
    await the('worklist-search').fill('')
  })

  it('offers the open cases to the model that a rollback goes back to', async () => {
    await the('place-learning').click()
    await the('roll-back').click()
    await the('use-version').filter({ hasText: 'Segment 3 open cases by it' }).waitFor(patience)
    expect(await the('segment-again').getAttribute('aria-checked')).toBe('true')
    await emend.picture('segment-rollback')
    expect(await faultsOf(emend.page, 24)).toEqual([])
    await the('use-version-confirm').click()
    await the('use-version').waitFor({ state: 'detached' })
    await the('place-worklist').click()
    for (const title of ['portal', 'late']) {
      await row(title).filter({ hasText: 'abdomen-student@2' }).waitFor(patience)
    }
    await the('segmenting-cases').waitFor({ state: 'detached', ...patience })
    await emend.picture('segment-rolled-back')
  })

  it('leaves the labels as they are where nobody wants others', async () => {
    await the('place-learning').click()
    await the('roll-back').click()
    await the('segment-again').click()
    await the('use-version-confirm').click()
    await the('model-row').and(emend.page.locator('.current')).filter({ hasText: 'v3' }).waitFor(patience)
    await the('place-worklist').click()
    expect(await row('portal').innerText()).toContain('abdomen-student@2')
  })

  it('says under Site whether what a watched folder brings is segmented', async () => {
    const folder = join(scratch.folder, 'incoming')
    mkdirSync(folder)
    await emend.page.keyboard.press('Alt+D')
    await emend.chooses(folder)
    await the('watch-folder').click()
    await the('segment-watched').waitFor(patience)
    expect(await the('segment-watched').getAttribute('aria-checked')).toBe('true')
    await emend.picture('segment-watched')
    expect(await faultsOf(emend.page, 24)).toEqual([])
    await the('segment-watched').click()
    await expect.poll(() => the('segment-watched').getAttribute('aria-checked'), patience).toBe('false')
  })

  it('complained about nothing, and the shell does the same', async () => {
    // The damaged image has no thumbnail.
    expect(emend.complaints.filter((line) => !line.includes('409 (Conflict)'))).toEqual([])
    await emend.close()
    const shell = (...args: string[]): string =>
      execFileSync(
        process.execPath,
        [join(repositoryRoot, 'bin', 'emend.mjs'), 'library', ...args, '--library', scratch.library],
        { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] },
      )
    expect(shell('segment', '--open', '--where=-cut')).toBe('2 of 2 open cases segmented\n')
    expect(shell('segment', '--unlabelled', '--where=-cut')).toBe('no open case to segment\n')
    shell('rollback', '--segment')
    expect(shell('list', '--where', 'model:abdomen-student@2').trim().split('\n')).toHaveLength(2)
  })
})
