import { Graph } from './graph'
import type { GraphPlan, Shape, Tensor } from './graph'
import { defaultLoss, diceCrossEntropy, softDice } from './losses'
import type { LossOptions } from './losses'
import { leaveOutUnannotated } from './leavingOut'
import { mergeUnannotated } from './merging'
import type { Merging } from './merging'
import { clipFactor, emitUpdate, momentCount } from './optimizers'
import type { Optimizer } from './optimizers'
import type { ParameterSpec } from './parameters'
import { Tape } from './tape'

/** A network: emits itself onto a tape, from an image [N, C, D, H, W] to logits [N, K, D, H, W]. */
export type Model = (tape: Tape, image: Tensor) => Tensor

/** What becomes of classes that a sample's labels do not know: joined with background, or left out where it is background. */
export type Unannotated = Merging | 'left-out'

/** How gradients become new weights. */
export interface UpdatePlan {
  readonly optimizer: Optimizer
  /** Limit on the Euclidean length of the whole gradient; none where left out. */
  readonly clipNorm?: number
}

export interface TrainingPlan extends UpdatePlan {
  /** [N, C, D, H, W]; the graph is built for this shape only. */
  readonly imageShape: readonly [number, number, number, number, number]
  /** What differs from `defaultLoss`. */
  readonly loss?: Partial<LossOptions>
  /** Labels are taken to know all classes where left out; else the step takes `annotated` too. */
  readonly unannotated?: Unannotated
}

/**
 * A training step as one ONNX graph. Inputs: `parameters` [P], `moment.0` .. [P], `learningRate` [1], `correction` [2]
 * and whatever the program declares. Outputs: `parameters.next`, `moment.0.next` .. and the program's figures.
 */
export interface StepGraph {
  readonly bytes: Uint8Array
  /** What the graph runs, for what it will cost. */
  readonly plan: GraphPlan
  readonly parameters: readonly ParameterSpec[]
  readonly optimizer: Optimizer
  readonly figures: readonly string[]
}

/**
 * The step of supervised segmentation: it also takes `image`, `labels` and, where labels may not know all classes, `annotated`
 * [N, K, 1, 1, 1]; it gives `loss`, `dice` and `voxels`.
 */
export interface TrainingStep extends StepGraph {
  readonly imageShape: Shape
  /** [N, 1, D, H, W] */
  readonly labelShape: Shape
  readonly classes: number
  readonly ignoreLabel: number
  readonly unannotated: Unannotated | null
}

/** What a program minimises, and what it tells besides. */
export interface Objective {
  readonly loss: Tensor
  readonly figures: Readonly<Record<string, Tensor>>
}

/** A length that is not known yet, longer than any slice that is taken of it. */
const OPEN = Number.MAX_SAFE_INTEGER

const withLength = (plan: GraphPlan, length: number): GraphPlan => ({
  ...plan,
  inputs: plan.inputs.map((input) => (input.shape[0] === OPEN ? { ...input, shape: [length] } : input)),
})

/** Builds forward pass, gradients and update for any objective; the program declares its own inputs on the graph. */
export function buildStep(program: (tape: Tape) => Objective, plan: UpdatePlan): StepGraph {
  const g = new Graph()
  // How many parameters there are is known only after the program ran; the vector's length is left open.
  const vector = (name: string): Tensor => g.input(name, [OPEN], 'float32', ['P'])
  const flat = vector('parameters')
  const tape = new Tape(g, ({ offset, size, shape }) => g.reshape(g.slice(flat, [offset], [offset + size], [0]), shape))
  const { loss, figures } = program(tape)

  const length = tape.parameters.reduce((sum, { size }) => sum + size, 0)
  const runs = runsOf(tape.parameters)
  const gradients = tape.parameterGradients(loss)
  const joined = g.concat(gradients, 0)
  const gradient = plan.clipNorm === undefined ? joined : g.mul(joined, clipFactor(g, gradients, plan.clipNorm))
  const moments = Array.from({ length: momentCount(plan.optimizer) }, (_, i) => vector(`moment.${i}`))
  const sized = (tensor: Tensor): Tensor => ({ ...tensor, shape: [length] })
  const state = {
    parameters: trainedOf(g, sized(flat), runs),
    moments: moments.map((m) => trainedOf(g, sized(m), runs)),
  }
  const next = emitUpdate(g, plan.optimizer, state, gradient, g.input('learningRate', [1]), g.input('correction', [2]))

  g.output('parameters.next', withFrozen(g, next.parameters, sized(flat), runs))
  next.moments.forEach((moment, i) => g.output(`moment.${i}.next`, withFrozen(g, moment, sized(moments[i]), runs)))
  for (const [name, figure] of Object.entries(figures)) g.output(name, figure)
  return {
    bytes: g.encode(),
    plan: withLength(g.plan(), length),
    parameters: tape.parameters,
    optimizer: plan.optimizer,
    figures: Object.keys(figures),
  }
}

/** A stretch of the flat vector that is trained, or frozen. */
interface ParameterRun {
  readonly start: number
  readonly end: number
  readonly frozen: boolean
}

function runsOf(parameters: readonly ParameterSpec[]): ParameterRun[] {
  const runs: ParameterRun[] = []
  for (const { offset, size, frozen } of parameters) {
    const last = runs.at(-1)
    if (last?.frozen === frozen) runs[runs.length - 1] = { ...last, end: offset + size }
    else runs.push({ start: offset, end: offset + size, frozen })
  }
  return runs
}

/** The trained part of a flat vector; the vector itself where nothing is frozen. */
function trainedOf(g: Graph, vector: Tensor, runs: readonly ParameterRun[]): Tensor {
  const trained = runs.filter(({ frozen }) => !frozen).map(({ start, end }) => g.slice(vector, [start], [end], [0]))
  return g.concat(trained, 0)
}

/** The inverse: the flat vector with its frozen stretches as they were. */
function withFrozen(g: Graph, trained: Tensor, former: Tensor, runs: readonly ParameterRun[]): Tensor {
  let at = 0
  const parts = runs.map(({ start, end, frozen }) => {
    if (frozen) return g.slice(former, [start], [end], [0])
    at += end - start
    return g.slice(trained, [at - (end - start)], [at], [0])
  })
  return g.concat(parts, 0)
}

/**
 * Dice and cross-entropy of logits [N, K, D, H, W] against the inputs `labels` and, where the plan says what becomes of
 * unknown classes, `annotated`, which it declares; with the figures `loss`, `dice` and `voxels`.
 */
export function supervisedObjective(
  tape: Tape,
  logits: Tensor,
  { loss, unannotated }: Pick<TrainingPlan, 'loss' | 'unannotated'>,
): Objective {
  const g = tape.graph
  const options = { ...defaultLoss, ...loss }
  const [samples, classes, ...space] = logits.shape
  const labels = g.input('labels', [samples, 1, ...space], 'int32')
  if (!unannotated) {
    const objective = tape.apply(diceCrossEntropy, [logits, labels], options)
    return { loss: objective, figures: { loss: objective, ...softDiceFigures(g, logits, labels, options) } }
  }
  const annotated = g.input('annotated', [samples, classes, 1, 1, 1])
  const told =
    unannotated === 'left-out'
      ? leaveOutUnannotated(tape, logits, labels, annotated)
      : tape.apply(mergeUnannotated, [logits, annotated], { by: unannotated })
  const objective = tape.apply(diceCrossEntropy, [told, labels, annotated], options)
  return { loss: objective, figures: { loss: objective, ...softDiceFigures(g, told, labels, options) } }
}

/** Logits of a network, one a voxel. */
export function logitsOf(tape: Tape, model: Model, image: Tensor): Tensor {
  const logits = model(tape, image)
  if (logits.shape.some((n, axis) => axis !== 1 && n !== image.shape[axis])) {
    throw new Error(`the network turns [${image.shape}] into [${logits.shape}]: not one logit a voxel`)
  }
  return logits
}

/** Builds the supervised training step of a segmentation network, with Dice and cross-entropy. */
export function buildTrainingStep(model: Model, plan: TrainingPlan): TrainingStep {
  return asTrainingStep(plan, (tape) => {
    const logits = logitsOf(tape, model, tape.graph.input('image', plan.imageShape))
    return { ...supervisedObjective(tape, logits, plan), classes: logits.shape[1] }
  })
}

/** A step whose program declares `image` as the plan has it, and makes part of its loss by `supervisedObjective`. */
export function asTrainingStep(
  plan: TrainingPlan,
  program: (tape: Tape) => Objective & { readonly classes: number },
): TrainingStep {
  const { imageShape } = plan
  let classes = 0
  const step = buildStep((tape) => {
    const objective = program(tape)
    classes = objective.classes
    return objective
  }, plan)
  const { ignoreLabel } = { ...defaultLoss, ...plan.loss }
  const labelShape = [imageShape[0], 1, ...imageShape.slice(2)]
  return { ...step, imageShape, labelShape, classes, ignoreLabel, unannotated: plan.unannotated ?? null }
}

function softDiceFigures(g: Graph, logits: Tensor, labels: Tensor, options: LossOptions): Record<string, Tensor> {
  const { dice, voxels } = softDice(g, logits, labels, options)
  return { dice, voxels }
}
