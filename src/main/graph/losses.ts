import type { Graph, Tensor } from './graph'
import type { Rule } from './rule'

export interface LossOptions {
  /** Voxels with this label count in neither loss nor gradient. Any other label must be a channel. */
  readonly ignoreLabel: number
  /** Whether channel 0 has a Dice term of its own; it always is part of the cross-entropy. */
  readonly background: boolean
  /** Added to a Dice term's numerator and denominator, in voxels. */
  readonly smoothing: number
  readonly diceWeight: number
  readonly crossEntropyWeight: number
}

/** nnU-Net's (Isensee et al. 2021): Dice over the batch without background, plus cross-entropy. */
export const defaultLoss: LossOptions = {
  ignoreLabel: 255,
  background: false,
  smoothing: 1e-5,
  diceWeight: 1,
  crossEntropyWeight: 1,
}

const everywhere = [0, 2, 3, 4]

/** What loss and gradient are made of; emitted anew wherever needed, since the graph keeps equal nodes once. */
function terms(g: Graph, logits: Tensor, labels: Tensor, smoothing: number) {
  const classes = logits.shape[1]
  const channels = g.int32s(
    Array.from({ length: classes }, (_, channel) => channel),
    [1, classes, 1, 1, 1],
  )
  /** [N, K, D, H, W]: 1 at the voxel's class. All 0 where the label is no channel, so that voxel is out. */
  const target = g.equal(labels, channels)
  const valid = g.reduce('ReduceSum', target, [1])
  const shifted = g.sub(logits, g.reduce('ReduceMax', logits, [1]))
  const exponentials = g.unary('Exp', shifted)
  const total = g.reduce('ReduceSum', exponentials, [1])
  /** Softmax, 0 at ignored voxels. */
  const probability = g.mul(exponentials, g.div(valid, total))
  const overlap = g.sum(g.mul(probability, target), everywhere)
  const voxels = g.sum(target, everywhere)
  const size = g.add(g.add(g.sum(probability, everywhere), voxels), smoothing)
  const dice = g.div(g.add(g.mul(overlap, 2), smoothing), size)
  const counted = g.max(g.sum(voxels, [1]), 1)
  return { target, valid, shifted, total, probability, size, dice, voxels, counted }
}

/**
 * Weight of each channel's Dice term, [1, K, 1, 1, 1]: equal, and together `diceWeight`. With `annotated`, channels
 * after background that no sample's labels know have none.
 */
function diceWeights(
  g: Graph,
  classes: number,
  { background, diceWeight }: LossOptions,
  annotated: Tensor | undefined,
): Tensor {
  const per = (weight: (channel: number) => number): Tensor =>
    g.floats(
      Array.from({ length: classes }, (_, channel) => weight(channel)),
      [1, classes, 1, 1, 1],
    )
  const terms = background ? classes : classes - 1
  if (!annotated) return per((channel) => (channel > 0 || background ? diceWeight / terms : 0))
  const known = g.mul(
    g.reduce('ReduceMax', annotated, [0]),
    per((channel) => Number(channel > 0)),
  )
  const counted = background
    ? g.add(
        known,
        per((channel) => Number(channel === 0)),
      )
    : known
  return g.div(g.mul(counted, diceWeight), g.max(g.sum(counted, [1]), 1))
}

/**
 * diceWeight (1 - mean soft Dice) + crossEntropyWeight mean cross-entropy, of shape [1, 1, 1, 1, 1].
 * Inputs: logits [N, K, D, H, W], labels int32 [N, 1, D, H, W] and, where logits went through `mergeUnannotated` or
 * `leaveOutUnannotated`, their mask [N, K, 1, 1, 1]: the mean of Dice is then over the classes that the batch's labels know.
 *
 * Soft Dice of class k over all counted voxels of the batch, with p = softmax (Milletari et al. 2016, without squares;
 * Drozdzal et al. 2016): (2 sum p_k t_k + s) / (sum p_k + sum t_k + s). Cross-entropy is the mean over counted voxels;
 * a batch without any has loss `diceWeight` times what smoothing leaves, and no gradient.
 * The adjoint is written out: composed of primitives it would pass over all channels three times as often.
 */
export const diceCrossEntropy: Rule<LossOptions> = {
  forward(g, [logits, labels, annotated], options) {
    const { target, valid, shifted, total, dice, counted } = terms(g, logits, labels, options.smoothing)
    const everything = [0, 1, 2, 3, 4]
    const logTotal = g.sum(g.mul(valid, g.unary('Log', total)), everything)
    const crossEntropy = g.div(g.sub(logTotal, g.sum(g.mul(target, shifted), everything)), counted)
    const weighted = g.sum(g.mul(dice, diceWeights(g, logits.shape[1], options, annotated)), [1])
    const diceLoss = g.sub(g.scalar(options.diceWeight), weighted)
    return g.add(diceLoss, g.mul(crossEntropy, options.crossEntropyWeight))
  },

  adjoint(g, { inputs, attributes: options }, d) {
    const [logits, labels, annotated] = inputs
    const { target, probability, size, dice, counted } = terms(g, logits, labels, options.smoothing)
    // By p_k: -w_k (2 t_k - dice_k) / size_k at counted voxels.
    const perSize = g.div(diceWeights(g, logits.shape[1], options, annotated), size)
    const byTarget = g.mul(g.mul(perSize, -2), d)
    const byAny = g.mul(g.mul(perSize, dice), d)
    const byProbability = g.add(g.mul(target, byTarget), byAny)
    // Through the softmax: p_k (v_k - sum_j p_j v_j), and (p_k - t_k) / counted for the cross-entropy.
    const mean = g.reduce('ReduceSum', g.mul(probability, byProbability), [1])
    const share = g.div(g.mul(d, options.crossEntropyWeight), counted)
    const pull = g.mul(probability, g.add(g.sub(byProbability, mean), share))
    const gradient = g.sub(pull, g.mul(target, share))
    return inputs.map((input) => (input === logits ? gradient : null))
  },
}

/** Soft Dice by class over the batch, and each class's counted voxels: both [1, K, 1, 1, 1]. */
export function softDice(
  g: Graph,
  logits: Tensor,
  labels: Tensor,
  options: LossOptions,
): { readonly dice: Tensor; readonly voxels: Tensor } {
  return terms(g, logits, labels, options.smoothing)
}
