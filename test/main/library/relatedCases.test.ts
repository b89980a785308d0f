import { describe, expect, it } from 'vitest'
import { addCase } from '../../../src/main/library/cases'
import { relatedCases } from '../../../src/main/library/relatedCases'
import { temporaryLibrary } from './fixtures'
import { newCase } from './samples'

describe('related cases', () => {
  it('are those of the same patient first, without saying who that is', async () => {
    const library = temporaryLibrary()
    const made = newCase()
    const add = async (n: number, patientId: string, frameOfReferenceUid: string, studyDate: string) => {
      const data = (made.volume.data as Int16Array).slice()
      data[0] = n
      const dicom = { frameOfReferenceUid, identity: { patientId, patientName: 'Doe^Jane', studyDate } } as never
      return (await addCase(library, { ...made, volume: { ...made.volume, data }, dicom })).id
    }
    const own = await add(1, 'P1', '1.2', '20260301')
    const older = await add(2, 'P1', '1.3', '20240301')
    const newer = await add(3, 'P1', '1.2', '20250301')
    const other = await add(4, 'P2', '1.4', '20270301')
    const related = await relatedCases(library, own)
    expect(related.map(({ caseId, samePatient, sameFrame }) => [caseId, samePatient, sameFrame])).toEqual([
      [newer, true, true],
      [older, true, false],
      [other, false, false],
    ])
    expect(JSON.stringify(related)).not.toMatch(/P1|Doe/)
    await expect(relatedCases(library, 'none')).rejects.toThrow('no case')
  })
})
