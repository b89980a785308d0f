import * as v from 'valibot'

/** How much a single structure's mean DSC may fall while the mean over all holds: noise of a small hold-out. */
export const DEFAULT_MARGIN = 0.02

/** How far a structure's mean DSC may fall before a new model is kept out. */
export const Margin = v.pipe(
  v.number('it is a number from 0 to 1'),
  v.minValue(0, 'it is a number from 0 to 1'),
  v.maxValue(1, 'it is a number from 0 to 1'),
)

/** The margins of the gate. */
export const Margins = v.strictObject({
  /** For structures that none was set for. */
  otherwise: v.number(),
  structures: v.array(v.strictObject({ structure: v.string(), title: v.string(), margin: v.nullable(Margin) })),
})
export type Margins = v.InferOutput<typeof Margins>
