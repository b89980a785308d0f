import { totalmem } from 'node:os'
import { EmendError } from '../../shared/errors'
import type { Vec3 } from '../../shared/geometry/affine'
import { peakBytes } from '../graph/cost'
import { adam, adamW, nesterovSgd, type Optimizer } from '../graph/optimizers'
import { buildDistillationStep } from '../graph/distillationStep'
import type { Graph } from '../graph/graph'
import { buildMeanTeacherStep, buildTeacher } from '../graph/meanTeacherStep'
import {
  buildTrainingStep,
  type Model,
  type StepGraph,
  type TrainingPlan,
  type TrainingStep,
} from '../graph/trainingStep'
import { buildNetwork, parameterCount, totalStride, type NetworkConfig } from '../networks/network'
import { unannotatedOf } from './partialLabels'
import { batchesHeld, freeCores } from './batchThreads'
import type { Recipe, SemiSupervised } from './recipe'

/** What of a recipe a training step is made of. */
export interface StepSizes extends Pick<Recipe, 'name' | 'optimizer' | 'partialLabels' | 'semi' | 'distillation'> {
  readonly batch: number
  /** Voxels i, j, k. */
  readonly patch: Vec3
}

const optimizers = { adam, adamw: adamW, sgd: nesterovSgd } as const

/** What takes a recipe's steps. */
export function optimizerOf({ kind, weightDecay }: Recipe['optimizer']): Optimizer {
  const optimizer = optimizers[kind]
  return weightDecay === undefined ? optimizer : { ...optimizer, weightDecay }
}

/** The step that a recipe trains a network by. */
export function stepOf(config: NetworkConfig, recipe: StepSizes): TrainingStep {
  const { batch, patch, optimizer, semi, distillation } = recipe
  const network: Model = (tape, image) => buildNetwork(tape, image, config)
  const plan: TrainingPlan = {
    imageShape: [batch, 1, patch[2], patch[1], patch[0]],
    optimizer: optimizerOf(optimizer),
    clipNorm: optimizer.clipNorm,
    unannotated: unannotatedOf(recipe),
  }
  if (distillation) return buildDistillationStep(network, { ...plan, softWeight: distillation.softWeight })
  if (!semi) return buildTrainingStep(network, plan)
  const { pseudoWeight, consistencyWeight } = semi
  return buildMeanTeacherStep(network, { ...plan, unlabelled: semi.batch, pseudoWeight, consistencyWeight })
}

/** The network of a mean teacher on a batch of a step's samples without labels. */
export function teacherOf(
  config: NetworkConfig,
  { patch, semi }: Pick<StepSizes, 'patch'> & { readonly semi: SemiSupervised },
): Graph {
  const network: Model = (tape, image) => buildNetwork(tape, image, config)
  return buildTeacher(network, [semi.batch, 1, patch[2], patch[1], patch[0]], parameterCount(config))
}

/** Node, ONNX Runtime and the session of a graph, before a step; and what of the arena no tensor ever fills. */
export const RUNTIME_BYTES = 285 * 2 ** 20
/** What the runtime holds for a byte that must be held: it runs nodes in another order, and rounds what it asks for. */
const HELD_PER_BYTE = 1.5

/**
 * The most memory that training will take, bytes, from the sizes of the step's tensors; the prepared cases come on top
 * (`caseMemory.ts`). The two constants were measured on the CPU with two threads, where the prediction was 6 % too low
 * at worst and 9 % too high (docs/results.md).
 */
export function trainingBytes({ plan, parameters }: Pick<StepGraph, 'plan' | 'parameters'>): number {
  const weights = 4 * parameters.reduce((sum, { size }) => sum + size, 0)
  // The moving average, and a checkpoint while it is written.
  return RUNTIME_BYTES + HELD_PER_BYTE * peakBytes(plan) + 2 * weights
}

/** What a thread that makes patches takes beside them: measured, 10 to 18 MB. */
const THREAD_BYTES = 16 * 2 ** 20

/**
 * What batches take of the process's own memory, bytes: the run's, those that threads make and those that they made ahead. A
 * voxel of a sample has eight bytes, and four more for each channel where teachers say something of it; one of a mean
 * teacher's, which two see and a third array joins, twelve.
 * @param threads that make them ahead; 0 where the run makes each itself
 */
export function batchBytes(
  { outputChannels }: NetworkConfig,
  { batch, patch, semi, distillation }: Pick<StepSizes, 'batch' | 'patch' | 'semi' | 'distillation'>,
  threads: number = freeCores(),
): number {
  const labelled = batch * (8 + (distillation ? 4 * outputChannels : 0))
  const unlabelled = semi ? 12 * semi.batch : 0
  const voxels = patch[0] * patch[1] * patch[2]
  return Math.max(0, threads) * THREAD_BYTES + batchesHeld(threads) * voxels * (labelled + unlabelled)
}

/**
 * The same for all that a recipe runs: a mean teacher is a session of its own, which keeps what it once took, and there are
 * the batches.
 * @param threads that make batches ahead in the same memory
 */
export function runBytes(
  config: NetworkConfig,
  recipe: StepSizes,
  step: StepGraph = stepOf(config, recipe),
  threads: number = freeCores(),
): number {
  const { semi } = recipe
  const teacher = semi ? HELD_PER_BYTE * peakBytes(teacherOf(config, { ...recipe, semi }).plan()) : 0
  return trainingBytes(step) + teacher + batchBytes(config, recipe, threads)
}

/** A patch and batch that a machine has the memory for. */
export interface SmallerPlan {
  readonly batch: number
  readonly patch: Vec3
  readonly bytes: number
}

/** Below this a patch shows too little of the body to learn from. */
const LEAST_PATCH = 32

/**
 * The recipe's patch and batch made smaller, batch first, then the patch's longest side, until the memory suffices; null
 * where nothing sensible does.
 */
export function smallerPlan(
  config: NetworkConfig,
  recipe: StepSizes,
  available: number,
  threads: number = freeCores(),
): SmallerPlan | null {
  return fittingPlan(config, recipe, available, (sizes) =>
    runBytes(config, { ...recipe, ...sizes }, undefined, threads),
  )
}

/** The same for any step of a network: `bytesOf` tells what one of such sizes takes. */
export function fittingPlan(
  config: NetworkConfig,
  from: Pick<StepSizes, 'batch' | 'patch'>,
  available: number,
  bytesOf: (sizes: Pick<StepSizes, 'batch' | 'patch'>) => number,
): SmallerPlan | null {
  const [k, j, i] = totalStride(config)
  const stride: Vec3 = [i, j, k]
  const least = stride.map((n) => n * Math.ceil(LEAST_PATCH / n))
  let { batch, patch } = from
  for (;;) {
    if (batch > 1) batch = Math.floor(batch / 2)
    else {
      const axes = ([0, 1, 2] as const).filter((axis) => patch[axis] > least[axis])
      if (axes.length === 0) return null
      const longest = axes.reduce((a, b) => (patch[b] > patch[a] ? b : a))
      const shorter = stride[longest] * Math.floor((0.8 * patch[longest]) / stride[longest])
      patch = replaced(patch, longest, Math.max(least[longest], shorter))
    }
    const bytes = bytesOf({ batch, patch })
    if (bytes <= available) return { batch, patch, bytes }
  }
}

function replaced([i, j, k]: Vec3, axis: 0 | 1 | 2, value: number): Vec3 {
  return [axis === 0 ? value : i, axis === 1 ? value : j, axis === 2 ? value : k]
}

export const gigabytes = (bytes: number): string => `${(bytes / 2 ** 30).toFixed(1)} GB`

/**
 * Refuses a run that cannot fit, before it starts.
 * @param available bytes that are free where it runs
 * @param where 'on cuda', for messages; nothing for this process's own memory
 * @throws EmendError with how much it would take, how much there is, and a smaller plan that fits.
 */
export function requireTrainingMemory(
  config: NetworkConfig,
  recipe: StepSizes,
  step: StepGraph,
  available: number = process.availableMemory(),
  where = '',
): void {
  // What is made ahead lies in the process's own memory, whatever computes.
  const threads = where === '' ? freeCores() : 0
  const needed = runBytes(config, recipe, step, threads)
  if (needed <= available) return
  const plan = smallerPlan(config, recipe, available, threads)
  throw new EmendError(
    `training by the recipe ${recipe.name} would take ${gigabytes(needed)} of memory, and ${gigabytes(available)} are free${where && ` ${where}`}`,
    {
      hint: plan
        ? `a batch of ${plan.batch} with patches of ${plan.patch.join('x')} would take ${gigabytes(plan.bytes)}: set batch and patch in a copy of the recipe`
        : 'take a smaller preset, or close other programs',
    },
  )
}

/** What is free, and no more than the machine has; a part is left for the cases and for everything else. */
export function memoryAtHand(): number {
  return 0.8 * Math.min(process.availableMemory(), totalmem())
}
