import type { Code } from '../../../shared/labels/schema'
import type { Grid, LabelMap } from '../volume'
import type { DicomSource } from './source'

/** One segment of a SEG, or one region of an RTSTRUCT. */
export interface Region {
  readonly number: number
  readonly label: string
  /** What it is, where a code says so: 'Kidney', and on which side. */
  readonly type: Code | undefined
  readonly modifier: Code | undefined
}

/** A DICOM object that labels another series: SEG or RTSTRUCT. Its header is read; its voxels when it is painted. */
export interface LabelObject {
  readonly kind: 'SEG' | 'RTSTRUCT'
  /** The file, for messages. */
  readonly name: string
  readonly description: string
  /** The series that it labels; '' where it does not say. */
  readonly seriesInstanceUid: string
  readonly frameOfReferenceUid: string
  /** The images of that series that it labels; may be empty. */
  readonly sopInstanceUids: ReadonlySet<string>
  readonly regions: readonly Region[]
  /**
   * Paints regions onto an image's grid.
   * @param source the image's slices as they were acquired; the grid's own slices where absent
   * @param ids the label of each region to paint, by its number; later ones go over earlier ones
   * @throws EmendError where the file is damaged, or lies askew to the grid
   */
  readonly paint: (grid: Grid, source: DicomSource | undefined, ids: ReadonlyMap<number, number>) => Promise<Painted>
}

export interface Painted {
  readonly labels: LabelMap
  /** Voxels that more than one region claimed. */
  readonly overlapping: number
  /** Frames or contours that lie on none of the image's slices. */
  readonly outside: number
}
