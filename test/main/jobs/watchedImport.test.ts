import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { saveNifti } from '../../../src/main/imaging/nifti'
import { importWatched } from '../../../src/main/jobs/watchedImport'
import { listCases } from '../../../src/main/library/cases'
import { isKnown, listFaults } from '../../../src/main/library/intake'
import { unwatched } from '../../../src/shared/progress'
import { temporaryLibrary } from '../library/fixtures'
import { temporaryFolder } from '../../temporaryFolder'
import { smallCt } from '../library/samples'

const itemOf = (name: string) => ({ name, item: `item ${name}`, key: `key ${name}` })

/** A watched folder with an image and something that is none. */
async function arrived() {
  const folder = temporaryFolder()
  await saveNifti(join(folder, 'good.nii.gz'), smallCt())
  writeFileSync(join(folder, 'Quintus.txt'), 'no image')
  const items = ['good.nii.gz', 'Quintus.txt'].map(itemOf)
  const library = temporaryLibrary()
  const context = { library, work: unwatched, devices: [], changed: () => undefined }
  const take = (names: string[], withoutIdentity = false): Promise<string> =>
    importWatched(
      names.map((name) => join(folder, name)),
      { folder, items: names.map(itemOf) },
      context,
      withoutIdentity,
    )
  return { folder, items, library, take }
}

describe('an import from a watched folder', () => {
  it('takes in what is an image and notes what is none, so that neither is looked at again', async () => {
    const { folder, items, library, take } = await arrived()
    const outcome = await take(['good.nii.gz', 'Quintus.txt'])
    expect(outcome).toMatch(/^1 case added, 1 skipped \(Quintus\.txt: /)
    expect(outcome).not.toContain(folder)
    expect(listCases(library)).toHaveLength(1)
    expect(items.map((item) => isKnown(library, item))).toEqual([true, true])
    expect(listFaults(library)).toMatchObject([{ name: 'Quintus.txt', reason: 'not an image that Emend reads' }])
  })

  it('is no failed job where there is no image at all', async () => {
    const { library, take } = await arrived()
    expect(await take(['Quintus.txt'])).toMatch(/^nothing was taken in: /)
    expect(listFaults(library)).toMatchObject([{ name: 'Quintus.txt' }])
  })

  it.each([[['Quintus.txt']], [['good.nii.gz', 'Quintus.txt']]])(
    'names no file where the patient is left out: %j',
    async (names) => {
      const { library, take } = await arrived()
      const outcome = await take(names, true)
      expect(outcome + JSON.stringify(listFaults(library))).not.toContain('Quintus')
      expect(listFaults(library)).toHaveLength(1)
    },
  )
})
