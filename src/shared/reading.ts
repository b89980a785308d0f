import * as v from 'valibot'

const Triple = v.strictTuple([v.number(), v.number(), v.number()])
const Name = v.pipe(v.string(), v.minLength(1), v.maxLength(80))

/** A distance between two points, or the angle at the second of three. */
export const Measurement = v.strictObject({
  id: Name,
  kind: v.picklist(['ruler', 'angle']),
  /** The plane that it was drawn in; all its points lie on one of its slices. */
  plane: v.picklist(['axial', 'coronal', 'sagittal']),
  /** RAS mm, from the image's affine. */
  points: v.pipe(v.array(Triple), v.minLength(2), v.maxLength(3)),
})
export type Measurement = v.InferOutput<typeof Measurement>

/** So many a case can have. */
export const MOST_MEASUREMENTS = 1000

/** What a reader noted of a case that is no part of its labels. */
export const Reading = v.strictObject({
  measurements: v.pipe(v.array(Measurement), v.maxLength(MOST_MEASUREMENTS)),
  /** By the id of another case: what takes its millimetres to this one's, where they share no frame of reference. */
  alignments: v.record(Name, Triple),
})
export type Reading = v.InferOutput<typeof Reading>

export const emptyReading: Reading = { measurements: [], alignments: {} }

/** Another case that may be shown beside one. */
export const RelatedCase = v.strictObject({
  caseId: v.string(),
  samePatient: v.boolean(),
  /** Whether both lie in the same millimetres. */
  sameFrame: v.boolean(),
  /** When it was made, YYYYMMDD, where that is known. */
  studyDate: v.nullable(v.string()),
})
export type RelatedCase = v.InferOutput<typeof RelatedCase>
