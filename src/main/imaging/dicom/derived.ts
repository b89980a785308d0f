import type { Dataset } from 'dcmjs'
import type { Code } from '../../../shared/labels/schema'
import { DEIDENTIFICATION_METHOD } from './deidentify'
import { dicomTime } from './encode'
import { newUid } from './uids'
import type { DicomSource, SourceSlice } from './source'

/** What every object derived from a series has in common: whose it is, who made it, what it refers to. */

export interface DerivedOptions {
  readonly seriesDescription?: string
  /** Who answers for the content, as a DICOM person name. */
  readonly creator?: string
  readonly softwareVersion?: string
  readonly when?: Date
  /** Of the new object, where another object that is written with it refers to it. */
  readonly sopInstanceUid?: string
  readonly seriesInstanceUid?: string
}

type DerivedObject = Dataset & {
  readonly SOPClassUID: string
  readonly SOPInstanceUID: string
  readonly InstanceCreationDate: string
  readonly InstanceCreationTime: string
}

/** Patient and study of the source word for word, in a new series of its own by Emend's equipment. */
export function derivedObject(
  source: DicomSource,
  kind: { sopClassUid: string; modality: string; seriesNumber: string; seriesDescription: string },
  options: DerivedOptions,
): DerivedObject {
  const { date, time } = dicomTime(options.when ?? new Date())
  return {
    ...patientAndStudy(source),
    SOPClassUID: kind.sopClassUid,
    SOPInstanceUID: options.sopInstanceUid ?? newUid(),
    InstanceCreationDate: date,
    InstanceCreationTime: time,
    SeriesInstanceUID: options.seriesInstanceUid ?? newUid(),
    Modality: kind.modality,
    SeriesNumber: kind.seriesNumber,
    SeriesDescription: options.seriesDescription ?? kind.seriesDescription,
    SeriesDate: date,
    SeriesTime: time,
    Manufacturer: 'Emend',
    ManufacturerModelName: 'Emend',
    DeviceSerialNumber: '1',
    SoftwareVersions: options.softwareVersion ?? '0.1.0',
  }
}

function patientAndStudy({ identity: from, deidentified }: DicomSource): Dataset {
  return {
    PatientName: from.patientName,
    PatientID: from.patientId,
    PatientBirthDate: from.patientBirthDate,
    PatientSex: from.patientSex,
    StudyInstanceUID: from.studyInstanceUid,
    StudyDate: from.studyDate,
    StudyTime: from.studyTime,
    StudyID: from.studyId,
    StudyDescription: from.studyDescription || undefined,
    AccessionNumber: from.accessionNumber,
    ReferringPhysicianName: from.referringPhysician,
    ...(deidentified ? deidentification : {}),
  }
}

const deidentification: Dataset = {
  PatientIdentityRemoved: 'YES',
  DeidentificationMethod: DEIDENTIFICATION_METHOD,
  DeidentificationMethodCodeSequence: [
    { CodeValue: '113100', CodingSchemeDesignator: 'DCM', CodeMeaning: 'Basic Application Confidentiality Profile' },
  ],
  LongitudinalTemporalInformationModified: 'REMOVED',
}

/** A code as an item of a code sequence. */
export function codeItem({ value, scheme, meaning }: Code): Dataset {
  return { CodeValue: value, CodingSchemeDesignator: scheme, CodeMeaning: meaning }
}

/** Each source file once, though it may hold many frames. */
export function instancesOf({ slices }: DicomSource): SourceSlice[] {
  return [...new Map(slices.map((slice) => [slice.sopInstanceUid, slice])).values()]
}

export function referenceTo({
  sopClassUid,
  sopInstanceUid,
}: Pick<SourceSlice, 'sopClassUid' | 'sopInstanceUid'>): Dataset {
  return { ReferencedSOPClassUID: sopClassUid, ReferencedSOPInstanceUID: sopInstanceUid }
}

/** A reference to the slice's file, and to the frame where the file holds several. */
export function referenceToFrame(slice: SourceSlice): Dataset {
  const { frameNumber } = slice
  return {
    ...referenceTo(slice),
    ...(frameNumber === undefined ? {} : { ReferencedFrameNumber: String(frameNumber) }),
  }
}
