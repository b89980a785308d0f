import { createHmac } from 'node:crypto'
import type { ImportedVolume } from '../import/result'
import { uidOfText } from './uids'
import type { PatientAndStudy } from './instance'
import type { DicomSource } from './source'

/** What a derived object says of its source's de-identification (PS3.15 E.1). */
export const DEIDENTIFICATION_METHOD = 'Emend: Basic Application Confidentiality Profile of what is kept'

/**
 * An imported image without its patient, by the Basic Application Confidentiality Profile (PS3.15 Annex E, table E.1-1)
 * as far as Emend keeps anything: names and ids become a pseudonym, dates and descriptions are emptied, every instance
 * UID is replaced. With the same key the same patient and the same UIDs become the same again, so that two series of a
 * study stay together and a SEG refers to what its series has become. What the pixels show is not touched: a face can
 * be told from a CT of the head, and burned-in text is only warned of.
 * @param key secret of the library; without it nobody finds the source again
 */
export function deidentify(imported: ImportedVolume, key: string): ImportedVolume {
  const { dicom, volume, modality, warnings } = imported
  return {
    id: hidden(imported.id, key),
    modality,
    // Free text: the profile removes it (Series Description), and a file's name is no better.
    description: '',
    volume,
    warnings: [...warnings, ...burnedInWarning(dicom)],
    ...(dicom ? { dicom: deidentifiedSource(dicom, key) } : {}),
  }
}

function deidentifiedSource(source: DicomSource, key: string): DicomSource {
  const { identity, slices } = source
  const uid = (original: string): string => (original === '' ? '' : uidOfText(`${key} ${original}`))
  return {
    ...source,
    identity: deidentifiedIdentity(identity, key, uid),
    seriesInstanceUid: uid(source.seriesInstanceUid),
    frameOfReferenceUid: uid(source.frameOfReferenceUid),
    slices: slices.map((slice) => ({ ...slice, sopInstanceUid: uid(slice.sopInstanceUid) })),
    deidentified: true,
  }
}

function deidentifiedIdentity(
  { patientId, patientName, studyInstanceUid }: PatientAndStudy,
  key: string,
  uid: (original: string) => string,
): PatientAndStudy {
  const pseudonym = `ANON-${hidden(patientId || patientName || studyInstanceUid, key)}`
  return {
    patientName: pseudonym,
    patientId: pseudonym,
    patientBirthDate: '',
    patientSex: '',
    studyInstanceUid: uid(studyInstanceUid),
    studyDate: '',
    studyTime: '',
    studyId: '',
    studyDescription: '',
    accessionNumber: '',
    referringPhysician: '',
  }
}

function hidden(text: string, key: string): string {
  return createHmac('sha256', key).update(text).digest('hex').slice(0, 12)
}

/** Modalities whose pixels usually carry text; of a CT or MR an image says so if it does. */
const oftenWithText: ReadonlySet<string> = new Set(['US', 'XA', 'RF', 'ES', 'OT', 'SC', 'ECG'])

function burnedInWarning(source: DicomSource | undefined): string[] {
  if (source?.burnedInAnnotation) return ['its pixels hold text (burned-in annotation), which may name the patient']
  if (!source || !oftenWithText.has(source.modality)) return []
  return [`images of modality ${source.modality} often have text in their pixels, which may name the patient`]
}
