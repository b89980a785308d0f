import type { Page, StudyQuery, StudyRow } from '../../shared/archive'

/** What to match, by DICOM's rules for matching (PS3.4 C.2.2.2); empty text where the query does not say. */
export interface StudyMatch {
  readonly patientName: string
  readonly patientId: string
  readonly studyDate: string
  readonly modality: string
  readonly description: string
}

/**
 * A name is matched from its beginning and a description anywhere, as people expect; who writes `*` or `?` means them.
 * An id is matched whole.
 */
export function matchOf({ patientName, patientId, from, to, modality, description }: StudyQuery): StudyMatch {
  const wild = (text: string): boolean => /[*?]/.test(text)
  const [first, last] = [from, to].map((day) => day.replaceAll('-', ''))
  return {
    patientName: patientName === '' || wild(patientName) ? patientName : `${patientName}*`,
    patientId,
    studyDate: first === '' && last === '' ? '' : first === last ? first : `${first}-${last}`,
    modality,
    description: description === '' || wild(description) ? description : `*${description}*`,
  }
}

/** Everything that may stand in an address as it is: `?` is a wildcard there, and needs no escape. */
const PLAIN = /^[A-Za-z0-9._~*?-]*$/

/**
 * The match with a wildcard for all that an address would have to escape; null where nothing would. Orthanc before
 * version 1.11, which Debian still ships, does not undo escapes in searches. What it finds so is more than was asked
 * for: `fits` tells which.
 */
export function withoutEscapes(match: StudyMatch): StudyMatch | null {
  const texts = [match.patientName, match.patientId, match.description]
  if (texts.every((text) => PLAIN.test(text))) return null
  const plain = (text: string): string => text.replace(/[^A-Za-z0-9._~*?-]+/g, '*')
  return {
    ...match,
    patientName: plain(match.patientName),
    patientId: plain(match.patientId),
    description: plain(match.description),
  }
}

/** Whether a study is what was asked for, as an archive itself would tell, but for case. */
export function fits(study: StudyRow, { patientName, patientId, description }: StudyMatch): boolean {
  return (
    matches(study.patientName, patientName) &&
    matches(study.patientId, patientId) &&
    matches(study.description, description)
  )
}

function matches(value: string, pattern: string): boolean {
  if (pattern === '') return true
  const source = pattern
    .normalize('NFC')
    .replace(/[.+^${}()|[\]\\/-]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.')
  return new RegExp(`^${source}$`, 'isu').test(value.normalize('NFC').trim())
}

/** The parameters of a QIDO-RS search for studies, encoded. */
export function queryParameters(match: StudyMatch, { offset, limit }: Page): string {
  const values = {
    PatientName: match.patientName,
    PatientID: match.patientId,
    StudyDate: match.studyDate,
    ModalitiesInStudy: match.modality,
    StudyDescription: match.description,
  }
  const parameters = [
    ...Object.entries(values).filter(([, value]) => value !== ''),
    // Description, accession number, modalities, numbers of series and images: not all servers give them unasked.
    ...['00081030', '00080050', '00080061', '00201206', '00201208'].map((tag) => ['includefield', tag]),
    ['limit', String(limit)],
    ['offset', String(offset)],
  ]
  // Not URLSearchParams, whose '+' for a space many servers take for a plus.
  const encoded = (value: string): string => encodeURIComponent(value).replaceAll('%3F', '?')
  return parameters.map(([name, value]) => `${name}=${encoded(value)}`).join('&')
}
