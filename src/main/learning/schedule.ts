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
 * Polynomial decay to zero at the run's end (nnU-Net's), after a linear rise over the first steps, in which Adam's
 * second moments are still too rough to scale by.
 */
export function learningRateAt(optimizer: Recipe['optimizer'], step: number, progress: number): number {
  const rise = Math.min(1, (step + 1) / (optimizer.warmupSteps + 1))
  return optimizer.learningRate * rise * (1 - progress) ** optimizer.decayPower
}

/**
 * The temperature of distillation: it rises evenly over the run, from 1 to 4 in `lapn-unsupervised-representation`
 * (section 2.2), so that the student first learns which class is right and then how the others compare.
 */
export function temperatureAt(progress: number, [first, last]: readonly [number, number] = [1, 4]): number {
  return first + (last - first) * Math.min(1, Math.max(0, progress))
}
