import { basename } from 'node:path'
import { count } from '../../shared/count'
import type { CaseChoice, JobRequest } from '../../shared/jobs'
import { getCase } from '../library/cases'
import type { Library } from '../library/library'

export const LEARNING = 'Learn from corrections'

/** What a job is called where it is listed. @throws EmendError where it is about a case that the library has not */
export function jobTitle(library: Library, request: JobRequest): string {
  if (request.kind === 'segment') return `Segment ${getCase(library, request.caseId).title}`
  if (request.kind === 'segment-cases') return titleOf(request.choice)
  if (request.kind === 'learn') return LEARNING
  // Titles stay in the library, and what a folder is called may be the patient.
  if (request.deidentify) return 'Import without identity'
  const [first, ...others] = request.paths
  return `Import ${basename(first)}${others.length > 0 ? ` and ${others.length} more` : ''}`
}

function titleOf({ caseIds, again }: CaseChoice): string {
  if (caseIds) return `Segment ${count(caseIds.length, 'case')}`
  return again ? 'Segment the open cases' : 'Segment the cases without labels'
}
