import { adam, type Adam } from '../../graph/optimizers'
import type { Value } from '../../graph/session'
import type { StepGraph } from '../../graph/trainingStep'
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
  readonly momentum: (Pick<MomentumSettings, 'decay' | 'queue'> & { readonly dimensions: number }) | null
}

/** What a step is fed, which depends on the images, the seed and the step alone. */
export type Batches = (step: number) => Readonly<Record<string, Value>>

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
