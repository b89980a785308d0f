import { seededRandom } from '../../../shared/random'
import { quantile } from '../quantile'

export interface BootstrapOptions {
  /** How many times the cases are drawn anew; 10,000 where left out. */
  readonly samples?: number
  /** The same seed gives the same interval. 0 where left out. */
  readonly seed?: number
  /** 0.95 where left out. */
  readonly confidence?: number
}

/** A mean and the interval that it would mostly stay in, had other cases of the same kind been drawn. */
export interface Interval {
  readonly mean: number
  readonly low: number
  readonly high: number
}

/**
 * The mean of `values` with its percentile interval (Efron, Bootstrap methods: another look at the jackknife, 1979): cases are
 * drawn with replacement, as many as there are, and the interval holds the middle of those means. With a handful of cases it is
 * narrower than it should be, and with one it has no width at all.
 * @param values one a case; order matters to the last digit only
 * @throws RangeError where there are no values, or one is not finite
 */
export function bootstrapMean(values: readonly number[], options: BootstrapOptions = {}): Interval {
  const { samples = 10_000, seed = 0, confidence = 0.95 } = options
  if (values.length === 0) throw new RangeError('there is nothing to draw from')
  if (!values.every(Number.isFinite)) throw new RangeError('a value to draw from is not finite')
  const random = seededRandom(seed)
  const means = new Float64Array(samples)
  for (let sample = 0; sample < samples; sample++) {
    let sum = 0
    for (let n = 0; n < values.length; n++) sum += values[random.int(values.length)]
    means[sample] = sum / values.length
  }
  means.sort()
  const tail = (1 - confidence) / 2
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length
  return { mean, low: quantile(means, tail), high: quantile(means, 1 - tail) }
}

/**
 * The mean difference between two models over the same cases, with its interval. Drawing cases, not scores, leaves out how hard
 * the cases are: where the interval does not hold 0, the two models differ.
 * @param differences one a case: the score of the one model less that of the other
 * @throws RangeError where there are no differences, or one is not finite
 */
export function pairedBootstrap(differences: readonly number[], options: BootstrapOptions = {}): Interval {
  return bootstrapMean(differences, options)
}
