import type { Vec3 } from '../../../shared/geometry/affine'
import type { PatientAndStudy } from './instance'
import type { StackGeometry } from './stackGeometry'

/** One source image that a derived object refers to. */
export interface SourceSlice {
  readonly sopClassUid: string
  readonly sopInstanceUid: string
  /** From 1, where the source file holds several frames. */
  readonly frameNumber?: number
  /** Centre of the first pixel, LPS mm. */
  readonly position: Vec3
}

/** What a DICOM object derived from a series has to know of it. Plain data, kept beside the case as JSON. */
export interface DicomSource {
  readonly identity: PatientAndStudy
  readonly seriesInstanceUid: string
  readonly frameOfReferenceUid: string
  readonly modality: string
  readonly rows: number
  readonly columns: number
  /** Distance of columns and of rows, mm. */
  readonly pixelSpacing: readonly [number, number]
  /** Row and column direction cosines, LPS. */
  readonly orientation: readonly [Vec3, Vec3]
  /** Along the slice normal, mm. */
  readonly sliceThickness: number
  /** The slices as they were acquired, ordered along the normal; fewer or more than the volume's if that was interpolated. */
  readonly slices: readonly SourceSlice[]
  /** Where a slice says that text is part of its pixels. */
  readonly burnedInAnnotation?: true
  /** Where identity and UIDs are not those of the source. */
  readonly deidentified?: true
}

export function sourceOf({ slices, step }: StackGeometry): DicomSource {
  const { instance, frame } = slices[0]
  return {
    identity: instance.identity,
    seriesInstanceUid: instance.seriesInstanceUid,
    frameOfReferenceUid: instance.frameOfReferenceUid,
    modality: instance.modality,
    rows: instance.pixels.rows,
    columns: instance.pixels.columns,
    pixelSpacing: frame.pixelSpacing,
    orientation: frame.orientation,
    sliceThickness: frame.thickness ?? Math.hypot(...step),
    slices: slices.map(({ instance, frame }) => ({
      sopClassUid: instance.sopClassUid,
      sopInstanceUid: instance.sopInstanceUid,
      ...(instance.pixels.frames > 1 ? { frameNumber: frame.index + 1 } : {}),
      position: frame.position,
    })),
    ...(slices.some(({ instance }) => instance.burnedIn) ? { burnedInAnnotation: true } : {}),
  }
}
