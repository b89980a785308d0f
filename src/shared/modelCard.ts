import * as v from 'valibot'

const Interval = v.strictObject({ mean: v.number(), low: v.number(), high: v.number() })
export type CardInterval = v.InferOutput<typeof Interval>

/** One structure on the hold-out: the new model, and what it gained on its parent, both with 95 % intervals. */
const StructureCard = v.strictObject({
  structure: v.string(),
  cases: v.number(),
  dsc: Interval,
  /** Of the same cases; null where the parent does not do it. */
  gain: v.nullable(Interval),
})

/** `card.json` beside a model that a learning cycle made: what it came from, and how good it is. */
export const ModelCard = v.strictObject({
  format: v.literal('emend-card/1'),
  startedAt: v.string(),
  startedBy: v.string(),
  /** 'name@version', the model that it started from first, then that one's parent, and so on. */
  parents: v.array(v.string()),
  /** What it learned from in this cycle. */
  cases: v.array(v.strictObject({ id: v.string(), revision: v.string(), verified: v.array(v.string()) })),
  /** Synthetic cases beside them. */
  replayed: v.number(),
  holdOut: v.strictObject({ name: v.string(), cases: v.array(v.string()) }),
  recipe: v.string(),
  seed: v.number(),
  steps: v.number(),
  verdict: v.string(),
  structures: v.array(StructureCard),
  /** The hold-out's cases, the worst first. */
  worst: v.array(
    v.strictObject({ case: v.string(), structure: v.string(), dsc: v.number(), before: v.nullable(v.number()) }),
  ),
})
export type ModelCard = v.InferOutput<typeof ModelCard>

/** A point of a training curve: a step, and what was measured there. */
export const Curve = v.strictObject({ columns: v.array(v.string()), rows: v.array(v.array(v.nullable(v.number()))) })
export type Curve = v.InferOutput<typeof Curve>
