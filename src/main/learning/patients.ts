import type { CaseRow } from '../../shared/contract'
import type { PatientAndStudy } from '../imaging/dicom/instance'
import { readCaseSource } from '../library/cases'
import type { Library } from '../library/library'

/** What stands where nobody is meant. A de-identified patient has a pseudonym of its own. */
const NOBODY = /^(anon(ym(ous|i[sz]ed))?|unknown|none|n\/?a|[0-]*)$/i

/**
 * Whom cases are of, by case: all of a patient's cases have the same mark, and where the patient is not known, those of a
 * study. What tells nobody apart does not count: a case that says neither, or whose mark more than half of the cases
 * share, stands for itself.
 */
export async function patientsOf(library: Library, rows: readonly CaseRow[]): Promise<ReadonlyMap<string, string>> {
  const marks = new Map<string, string>()
  for (const { id } of rows) marks.set(id, await markOf(library, id))
  const shared = new Map<string, number>()
  for (const mark of marks.values()) shared.set(mark, (shared.get(mark) ?? 0) + 1)
  const isAllOver = (mark: string): boolean => (shared.get(mark) ?? 0) > Math.max(1, rows.length / 2)
  return new Map([...marks].map(([id, mark]) => [id, isAllOver(mark) ? id : mark]))
}

/** A case's source never changes, and planning asks for all of them each time. */
const known = new WeakMap<Library, Map<string, string>>()

async function markOf(library: Library, id: string): Promise<string> {
  const marks = known.get(library) ?? new Map<string, string>()
  known.set(library, marks)
  const mark = marks.get(id) ?? (await readMark(library, id))
  marks.set(id, mark)
  return mark
}

async function readMark(library: Library, id: string): Promise<string> {
  // A source that cannot be read, or lacks what older ones did, says nothing.
  const source = await readCaseSource(library, id).catch(() => null)
  const identity: Partial<PatientAndStudy> = source?.dicom?.identity ?? {}
  const patient = identity.patientId?.trim() ?? ''
  if (!NOBODY.test(patient)) return `patient ${patient}`
  const study = identity.studyInstanceUid?.trim() ?? ''
  return study === '' ? id : `study ${study}`
}
