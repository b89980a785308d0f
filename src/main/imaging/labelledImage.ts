import type { ReviewStatus } from '../../shared/labels/status'
import type { Segment } from './dicom/segment'
import type { DicomSource } from './dicom/source'
import type { LabelMap, Volume } from './volume'

/** A structure of a label map with all that a file about it may have to say. */
export interface LabelledStructure extends Segment {
  /** How files and the command line name it: 'left-kidney'. */
  readonly name: string
  readonly status: ReviewStatus
}

/** Where labels come from; holds nothing of the patient. */
export interface Provenance {
  /** The library's id of the case, or null where the image is in no library. */
  readonly caseId: string | null
  readonly revision: string | null
  /** 'name@version' of the model that proposed the labels; null where they were drawn by hand. */
  readonly model: string | null
  /** Who wrote the file. */
  readonly author: string
  readonly when: Date
}

/** Labels of one image, with what every format needs to write them: the writers' one argument. */
export interface LabelledImage {
  /** On the grid that the image was imported on. */
  readonly labels: LabelMap
  /** In the order of the schema; those that are verified and empty too. */
  readonly structures: readonly LabelledStructure[]
  /** Its voxels, on the labels' grid or on that grid turned to another orientation. */
  readonly image: () => Promise<Volume>
  readonly modality: string
  /** What people call it, as the worklist does; may hold what the study's description says. */
  readonly title: string
  readonly dicom: DicomSource | undefined
  /** Whether a report for people names the patient. DICOM objects always belong to the patient of their source. */
  readonly identified: boolean
  readonly provenance: Provenance
}

/** Said in every file that Emend writes and that has a place for it. */
export const NOT_FOR_CLINICAL_USE = 'Not for clinical use'
