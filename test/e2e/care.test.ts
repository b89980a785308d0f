import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Locator } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { saveNifti } from '../../src/main/imaging/nifti'
import { addCase } from '../../src/main/library/cases'
import { libraryPaths } from '../../src/main/library/paths'
import { addRevision } from '../../src/main/library/revisions'
import { newCase, smallCt, smallLabels } from '../main/library/samples'
import { faultsOf } from './controls'
import { makeScratch, startEmend } from './emend'
import type { Emend, Scratch } from './emend'
import { inLibrary } from './library'

/** What keeps a library whole, and brings data sets in and out of it, done in the window. */
describe('the care of a library', () => {
  let scratch: Scratch
  let emend: Emend
  let drawn = ''

  const the = (testid: string): Locator => emend.page.getByTestId(testid)
  const patience = { timeout: 60_000 }
  const says = (testid: string, text: RegExp): Promise<void> => the(testid).getByText(text).first().waitFor(patience)

  beforeAll(async () => {
    scratch = await makeScratch()
    await inLibrary(scratch, async (library) => {
      for (const seed of [1, 2, 3]) {
        const { id } = await addCase(library, newCase(seed, `Abdomen ${seed}`))
        const reader = { parent: null, origin: 'reader', model: null, edited: [] } as const
        const statuses = { liver: 'corrected' } as const
        const made = await addRevision(library, { ...reader, caseId: id, statuses, labels: smallLabels({ [seed]: 1 }) })
        drawn = libraryPaths.labels(library.root, id, made.id)
      }
    })
    emend = await startEmend(scratch)
    await the('case-row').first().waitFor(patience)
  })
  afterAll(async () => {
    await emend?.close()
    await scratch?.remove()
  })

  it('tells what the library takes, reads it through and backs it up', async () => {
    await emend.page.keyboard.press('Alt+Y')
    await the('storage').getByText('Models').waitFor(patience)
    await says('last-check', /Nobody read it through yet/)
    await the('verify-library').click()
    await says('last-check', /3 cases, 3 label revisions and \d+ models? were as they were written, just now/)
    const backup = join(scratch.folder, 'Sicherung')
    await emend.chooses(backup)
    await the('back-up').click()
    await says('last-backup', /Sicherung/)
    expect(existsSync(join(backup, 'library.db'))).toBe(true)
    await emend.picture('care-library')
    expect([await faultsOf(emend.page, 24), await emend.unnamed()]).toEqual([[], []])
  })

  it('shows what is not as it was written, and takes it from the backup', async () => {
    rmSync(drawn)
    await the('verify-library').click()
    await says('last-check', /1 thing is not as written/)
    await the('faults').getByText('it is missing').waitFor(patience)
    await emend.picture('care-faults')
    expect([await faultsOf(emend.page, 24), await emend.unnamed()]).toEqual([[], []])
    await the('repair-from-backup').click()
    await says('last-check', /were as they were written/)
    expect(existsSync(drawn)).toBe(true)
  })

  it('writes the cases that are listed as a data set, and takes one in from elsewhere', async () => {
    const written = join(scratch.folder, 'set')
    await emend.chooses(written)
    await the('place-worklist').click()
    await the('worklist-search').fill('"Abdomen 2"')
    await the('found').getByText('1 found').waitFor(patience)
    await the('export-set').click()
    await emend.page.getByText(/1 case with verified labels/).waitFor(patience)
    expect(JSON.parse(readFileSync(join(written, 'dataset.json'), 'utf8'))).toMatchObject({ schema: 'flare23', numTraining: 1 }) // prettier-ignore
    await the('worklist-search').fill('')
    await the('worklist-search').blur()

    const theirs = join(scratch.folder, 'Knees')
    for (const part of ['imagesTr', 'labelsTr']) mkdirSync(join(theirs, part), { recursive: true })
    await saveNifti(join(theirs, 'imagesTr', 'knee_1_0000.nii.gz'), smallCt(40))
    await saveNifti(join(theirs, 'labelsTr', 'knee_1.nii.gz'), smallLabels({ 5: 1, 9: 2 }))
    const labels = { background: 0, patella: 1, femur_left: 2 }
    writeFileSync(join(theirs, 'dataset.json'), JSON.stringify({ channel_names: { '0': 'T1' }, labels }))
    await emend.chooses(theirs)
    await emend.page.keyboard.press('Alt+Y')
    await the('import-set').click()
    await emend.page
      .getByText(/data set Knees: 1 case with labels for review; labelled by the schema knees, which is not in use/)
      .waitFor(patience)
    await the('site-schemas').click()
    await the('schema').and(emend.page.locator('[data-schema="knees"]')).getByText('Femur left').waitFor(patience)
    await the('place-worklist').click()
    await the('case-row').filter({ hasText: 'knee_1' }).waitFor(patience)
    await emend.picture('care-imported')
    expect([await faultsOf(emend.page, 24), await emend.unnamed()]).toEqual([[], []])
  })

  it('moves to another place, and is found there by the next start', async () => {
    const target = join(scratch.folder, 'größere Platte', 'library')
    await emend.page.keyboard.press('Alt+Y')
    await the('move-library').waitFor(patience)
    await emend.picture('care-place')
    // The test starts it anew itself, to see what comes.
    await emend.app.evaluate(({ app }) => void (app.relaunch = () => undefined))
    await emend.chooses(target)
    const ended = new Promise((settle) => emend.app.process().once('exit', settle))
    await the('move-library').click()
    await ended
    expect(emend.complaints).toEqual([])
    expect([existsSync(scratch.library), existsSync(join(target, 'library.db'))]).toEqual([false, true])
    emend = await startEmend({ folder: scratch.folder, library: null })
    await the('place-worklist').click(patience)
    await the('case-row').filter({ hasText: 'Abdomen 1' }).waitFor(patience)
    await emend.page.keyboard.press('Alt+Y')
    await the('site-library').click(patience)
    await the('library').getByText(target).waitFor(patience)
  })

  it('complained about nothing', () => {
    expect(emend.complaints).toEqual([])
  })
})
