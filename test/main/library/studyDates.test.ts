import { rmSync } from 'node:fs'
import { expect, it } from 'vitest'
import type { DicomSource } from '../../../src/main/imaging/dicom/source'
import { addCase, getCase, studyDateOf } from '../../../src/main/library/cases'
import { libraryPaths } from '../../../src/main/library/paths'
import { lookUpStudyDates } from '../../../src/main/library/studyDates'
import { temporaryLibrary } from './fixtures'
import { newCase } from './samples'

const madeOn = (studyDate: string): DicomSource => {
  return { seriesInstanceUid: '1.2', identity: { studyDate } } as unknown as DicomSource
}

it('is known of a case from its import on, unless the study does not say, or not any more', async () => {
  const library = temporaryLibrary()
  const dated = await addCase(library, { ...newCase(1), dicom: madeOn('20251230') })
  const image = await addCase(library, newCase(2))
  expect(getCase(library, dated.id).studyDate).toBe('2025-12-30')
  expect(getCase(library, image.id).studyDate).toBeNull()
  for (const odd of ['', '2025.12.30', '2025']) expect(studyDateOf(madeOn(odd))).toBe('')
})

it('is looked up once where an older Emend imported the case', async () => {
  const library = temporaryLibrary()
  const ids: string[] = []
  for (const [seed, day] of ['20251230', '20251231'].entries()) {
    ids.push((await addCase(library, { ...newCase(seed), dicom: madeOn(day) })).id)
  }
  const dates = (): (string | null | undefined)[] => ids.map((id) => getCase(library, id).studyDate)
  library.database.run('UPDATE cases SET study_date = NULL')
  rmSync(libraryPaths.source(library.root, ids[1]))
  expect(dates()).toEqual([null, null])
  await lookUpStudyDates(library)
  expect(dates()).toEqual(['2025-12-30', null])
  // The one whose file was missing is looked at again, the other is not.
  expect(library.database.all('SELECT id FROM cases WHERE study_date IS NULL')).toEqual([{ id: ids[1] }])
})
