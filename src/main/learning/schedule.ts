import type { Length, Recipe } from './recipe'

/** How far a run is, from 0 to 1: by steps, or by the clock. */
export function progressOf(length: Length, step: number, seconds: number): number {
  const share = length.unit === 'steps' ? step / length.steps : seconds / (60 * length.minutes)
  return Math.min(1, share)
}

/** Seconds that a run still takes, judged by the seconds that its steps took so far; undefined before the first. */
export function secondsLeft(length: Length, step: number, seconds: number, perStep: number): number | undefined {
  if (length.unit === 'minutes') return Math.max(0, 60 * length.minutes - seconds)
  return perStep > 0 ? (length.steps - step) * perStep : undefined
}

/**
 * The learning rate after a linear rise over the first steps, in which Adam's second moments are still too rough to scale
 * by: it falls to zero at the run's end by a power (nnU-Net's) or along a cosine (Loshchilov & Hutter 2017, without
 * restarts), or is halved every so often.
 * @param progress of the run, 0 to 1
 */
export function learningRateAt(optimizer: Recipe['optimizer'], step: number, progress: number): number {
  const rise = Math.min(1, (step + 1) / (optimizer.warmupSteps + 1))
  return optimizer.learningRate * rise * decayAt(optimizer, progress)
}

function decayAt({ decay, decayPower }: Recipe['optimizer'], progress: number): number {
  if (!decay) return (1 - progress) ** decayPower
  if (decay.kind === 'cosine') return (1 + Math.cos(Math.PI * progress)) / 2
  return 0.5 ** Math.min(decay.parts - 1, Math.floor(progress * decay.parts))
}

/**
 * The temperature of distillation: it rises evenly over the run, from 1 to 4 in `lapn-unsupervised-representation`
 * (section 2.2), so that the student first learns which class is right and then how the others compare.
 */
export function temperatureAt(progress: number, [first, last]: readonly [number, number] = [1, 4]): number {
  return first + (last - first) * Math.min(1, Math.max(0, progress))
}
