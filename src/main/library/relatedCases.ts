import type { RelatedCase } from '../../shared/reading'
import { listCases, readCaseSource } from './cases'
import type { Library } from './library'

/**
 * Every other case of the library, and what it has in common with one: the patient, the frame of reference. Identity
 * itself stays in the library. Cases of the same patient come first, the newest study first.
 *
 * @throws EmendError where there is no such case. Others whose source is damaged count as unrelated.
 */
export async function relatedCases(library: Library, caseId: string): Promise<RelatedCase[]> {
  const own = (await readCaseSource(library, caseId)).dicom
  const related: RelatedCase[] = []
  for (const { id } of listCases(library)) {
    if (id === caseId) continue
    const other = (await readCaseSource(library, id).catch(() => null))?.dicom ?? null
    const same = (a: string | undefined, b: string | undefined): boolean => a !== undefined && a !== '' && a === b
    related.push({
      caseId: id,
      samePatient: same(own?.identity.patientId, other?.identity.patientId),
      sameFrame: same(own?.frameOfReferenceUid, other?.frameOfReferenceUid),
      studyDate: other?.identity.studyDate || null,
    })
  }
  const date = ({ studyDate }: RelatedCase): string => studyDate ?? ''
  return related.sort((a, b) => Number(b.samePatient) - Number(a.samePatient) || date(b).localeCompare(date(a)))
}
