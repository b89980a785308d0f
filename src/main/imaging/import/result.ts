import type { LabelObject } from '../dicom/labelObject'
import type { DicomSource } from '../dicom/source'
import type { Volume } from '../volume'

export interface ImportedVolume {
  /** The series' UID, or the file's name; unique in its result. */
  readonly id: string
  /** DICOM's code; 'OT' where the format does not say and the values are not those of a CT. */
  readonly modality: string
  readonly description: string
  readonly volume: Volume
  readonly warnings: string[]
  /** Where it came from a DICOM series. */
  readonly dicom?: DicomSource
  /** SEGs and RTSTRUCTs that came along and label it. */
  readonly labels?: readonly LabelObject[]
}

export interface SkippedSource {
  readonly path: string
  readonly reason: string
}

export interface ImportResult {
  readonly volumes: ImportedVolume[]
  readonly skipped: SkippedSource[]
}
