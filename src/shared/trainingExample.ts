import * as v from 'valibot'

const Size = v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(4096))

/** One slice that a network under training sees, with what it should and what it does say of it. */
export const TrainingExample = v.strictObject({
  format: v.literal('emend-example/1'),
  step: v.number(),
  width: Size,
  height: Size,
  /** What the channels after background are. */
  structures: v.array(v.string()),
  /** Bytes row by row, base64: brightness; the labels' channels, 255 where not known; the network's channels. */
  image: v.string(),
  labels: v.string(),
  predicted: v.string(),
})
export type TrainingExample = v.InferOutput<typeof TrainingExample>
