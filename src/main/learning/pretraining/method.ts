import { product, type Tensor } from '../../graph/graph'
import { adam, type Adam } from '../../graph/optimizers'
import type { Value } from '../../graph/session'
import type { StepGraph } from '../../graph/trainingStep'
import type { Numbers } from '../sharedMemory'
import type { PreparedImage } from './images'
import type { MomentumSettings, PretrainingPlan } from './plan'

/** What the program of a step declares for its momentum encoder; the loop feeds them where a method has one. */
export const MOMENTUM = 'momentum.parameters'
export const QUEUE = 'momentum.queue'
/** The figure that goes into the queue. */
export const KEYS = 'keys'

/** A method's step, before any image is read. */
export interface PretrainingStep {
  readonly graph: StepGraph
  /** The inputs that batches fill; the loop itself feeds all others. */
  readonly fed: readonly string[]
  readonly momentum: (Pick<MomentumSettings, 'decay' | 'queue'> & { readonly dimensions: number }) | null
}

/** What a step is fed, flat and by name. */
export type Batch = Readonly<Record<string, Numbers>>

/** A step's batch depends on the images, the seed and the step alone. Its arrays are used again by the next call. */
export type Batches = (step: number) => Batch

export type MakeBatches<Plan extends PretrainingPlan> = (
  plan: Plan,
  images: readonly PreparedImage[],
  seed: number,
) => Batches

/** The optimizer and clipping of a plan's step. */
export const updateOf = ({ optimizer, weightDecay }: PretrainingPlan): { optimizer: Adam; clipNorm: number } => ({
  optimizer: { ...adam, weightDecay },
  clipNorm: optimizer.clipNorm,
})

/** The shape of `batch` images of the plan's patch. */
export const imageShape = ({ patch }: PretrainingPlan, batch: number): [number, number, number, number, number] => [
  batch,
  1,
  patch[2],
  patch[1],
  patch[0],
]

/** A batch of zeros, of the sizes that a step takes. */
export function emptyBatch({ graph, fed }: PretrainingStep): Batch {
  const zeros = (name: string): Numbers => {
    const { dtype, shape } = inputNamed(graph, name)
    return dtype === 'int32' ? new Int32Array(product(shape)) : new Float32Array(product(shape))
  }
  return Object.fromEntries(fed.map((name) => [name, zeros(name)]))
}

/** A batch as a step's session takes it. */
export function asFeeds({ graph, fed }: PretrainingStep, batch: Batch): Record<string, Value> {
  return Object.fromEntries(fed.map((name) => [name, { data: batch[name], dims: inputNamed(graph, name).shape }]))
}

function inputNamed({ plan }: StepGraph, name: string): Tensor {
  const input = plan.inputs.find((one) => one.name === name)
  if (!input) throw new Error(`the step has no input '${name}'`)
  return input
}
