import * as v from 'valibot'

/** A model's name, which is a folder's, too: no path, nothing hidden. */
export const ModelName = v.pipe(v.string(), v.regex(/^[a-z0-9][a-z0-9.-]*$/, 'it is no name of a model'))

const Interval = v.strictObject({ mean: v.number(), low: v.number(), high: v.number() })
export type CardInterval = v.InferOutput<typeof Interval>

/** One structure on the hold-out: the new model, and what it gained on its parent, both with 95 % intervals. */
const StructureCard = v.strictObject({
  structure: v.string(),
  cases: v.number(),
  dsc: Interval,
  /** Of the same cases; null where the parent does not do it. */
  gain: v.nullable(Interval),
  /** How far it might have fallen, DSC; not on the cards of older models. */
  margin: v.optional(v.number()),
})

/** A structure that no held-out case shows, judged by the cases that the model was taught. */
export const UnprovenStructure = v.strictObject({
  structure: v.string(),
  /** That it learned from and was scored on. */
  cases: v.number(),
  /** Their mean; null where there were none. */
  dsc: v.nullable(v.number()),
  offered: v.boolean(),
})
export type UnprovenStructure = v.InferOutput<typeof UnprovenStructure>

/** A case that a turn would have used, had its files been readable. */
export const LeftOutCase = v.strictObject({
  id: v.string(),
  title: v.string(),
  role: v.picklist(['work', 'hold-out']),
  verified: v.array(v.string()),
  /** Why it cannot be read, and what to do, in one line. */
  reason: v.string(),
})
export type LeftOutCase = v.InferOutput<typeof LeftOutCase>

/** `card.json` beside a model that a learning cycle made: what it came from, and how good it is. */
export const ModelCard = v.strictObject({
  format: v.literal('emend-card/1'),
  startedAt: v.string(),
  startedBy: v.string(),
  /** 'name@version', the model that it started from first, then that one's parent, and so on. */
  parents: v.array(v.string()),
  /** What it learned from in this cycle. */
  cases: v.array(v.strictObject({ id: v.string(), revision: v.string(), verified: v.array(v.string()) })),
  /** How many cases were verified then: not all need fit into memory. Not on the cards of older models. */
  verified: v.optional(v.number()),
  /** Cases that were verified, or held out, and could not be read then; absent where there were none. */
  leftOut: v.optional(v.array(LeftOutCase)),
  /** Synthetic cases beside them. */
  replayed: v.number(),
  holdOut: v.strictObject({ name: v.string(), cases: v.array(v.string()) }),
  recipe: v.string(),
  seed: v.number(),
  steps: v.number(),
  /** What computed it: threads of one operator, null for as many as the machine has cores. Not on the cards of older models. */
  machine: v.optional(v.strictObject({ device: v.string(), threads: v.nullable(v.number()) })),
  verdict: v.string(),
  /** Of a student: whom it learned from, and how. Absent where the model was trained on itself. */
  distillation: v.optional(
    v.strictObject({
      /** 'name@version' of the one that taught, and of the one that the student was before. */
      teacher: v.string(),
      student: v.string(),
      /** How the teacher was trained on in this very cycle, and what the gate said of that. */
      recipe: v.string(),
      steps: v.number(),
      seed: v.number(),
      verdict: v.string(),
      /** At the start and at the end. */
      temperature: v.tuple([v.number(), v.number()]),
      softWeight: v.number(),
      /** Images that nobody has read, of which it learned what the teacher says. */
      unread: v.number(),
      /** Mean DSC on the same hold-out; null where nothing could be scored. */
      dsc: v.strictObject({ teacher: v.nullable(v.number()), student: v.nullable(v.number()) }),
    }),
  ),
  /** Of a teacher: 'name@version' of the model in use when it was trained on. */
  teaches: v.optional(v.string()),
  structures: v.array(StructureCard),
  /** Structures that no held-out case shows; absent where each was scored, or was offered before. */
  unproven: v.optional(v.array(UnprovenStructure)),
  /** The hold-out's cases, the worst first. */
  worst: v.array(
    v.strictObject({ case: v.string(), structure: v.string(), dsc: v.number(), before: v.nullable(v.number()) }),
  ),
  /** New cases that it learned from and does not follow, the worst first. Not on the cards of older models. */
  contradictions: v.optional(v.array(v.strictObject({ case: v.string(), structure: v.string(), dsc: v.number() }))),
})
export type ModelCard = v.InferOutput<typeof ModelCard>

/** A point of a training curve: a step, and what was measured there. */
export const Curve = v.strictObject({ columns: v.array(v.string()), rows: v.array(v.array(v.nullable(v.number()))) })
export type Curve = v.InferOutput<typeof Curve>

/** What a training curve's columns begin with; those that follow are structures. */
export const curveHead = ['step', 'seconds', 'learning rate', 'loss'] as const

/** The structures that a curve has a column for each of. */
export function structuresIn({ columns }: Curve): string[] {
  const own: readonly string[] = curveHead
  return columns.filter((name) => !own.includes(name))
}

/** One line of a table about a recipe: what is set, and to what. */
export const RecipeRow = v.strictObject({ name: v.string(), value: v.string() })
export type RecipeRow = v.InferOutput<typeof RecipeRow>

/** All that is on record of a model. */
export const ModelStory = v.strictObject({
  /** null where no cycle of this library made it. */
  card: v.nullable(ModelCard),
  /** Loss, and the soft Dice of each step's batch, by structure; null where nobody wrote them down. */
  curve: v.nullable(Curve),
  /** DSC on patches of cases that it learned from, by structure. */
  dsc: v.nullable(Curve),
  /** Empty where it was not trained by a recipe. */
  recipe: v.array(RecipeRow),
})
export type ModelStory = v.InferOutput<typeof ModelStory>

/** The same curves of a run under way. */
export const RunCurves = v.strictObject({ training: Curve, dsc: v.nullable(Curve) })
export type RunCurves = v.InferOutput<typeof RunCurves>
