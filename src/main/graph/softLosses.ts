import type { Graph, Tensor } from './graph'
import type { Rule } from './rule'
import type { Tape } from './tape'

const everywhere = [0, 1, 2, 3, 4]

/** Softmax and its logarithm over channels, of logits divided by the temperature. */
function softened(g: Graph, logits: Tensor, temperature: Tensor) {
  const scaled = g.div(logits, temperature)
  const shifted = g.sub(scaled, g.reduce('ReduceMax', scaled, [1]))
  const exponentials = g.unary('Exp', shifted)
  const total = g.reduce('ReduceSum', exponentials, [1])
  return { probability: g.div(exponentials, total), logarithm: g.sub(shifted, g.unary('Log', total)) }
}

const counted = (g: Graph, weight: Tensor): Tensor => g.max(g.sum(weight, everywhere), 1)

/**
 * Loss against a teacher's soft labels (Hinton et al. 2015, "Distilling the knowledge in a neural network", section 2):
 * T^2 sum_v w_v H(q_v, p_v) / max(1, sum_v w_v), with p and q the softmax of student's and teacher's logits over T, and
 * H their cross-entropy, or with `divergence` the Kullback-Leibler divergence, which has the same gradient and is 0
 * where they agree. T^2 keeps the gradient's size while T changes. A teacher's probabilities, or the mean of several's,
 * come as their logarithms.
 *
 * Inputs: logits and teacher [N, K, D, H, W], weight of each voxel [N, 1, D, H, W], temperature [1] (fed, so that it may
 * rise over a run). Gives [1, 1, 1, 1, 1]; nothing flows back but to the logits.
 */
export const softCrossEntropy: Rule<{ divergence: boolean }> = {
  forward(g, [logits, teacher, weight, temperature], { divergence }) {
    const ours = softened(g, logits, temperature)
    const theirs = softened(g, teacher, temperature)
    const against = divergence ? g.sub(theirs.logarithm, ours.logarithm) : g.unary('Neg', ours.logarithm)
    const perVoxel = g.reduce('ReduceSum', g.mul(theirs.probability, against), [1])
    const mean = g.div(g.sum(g.mul(perVoxel, weight), everywhere), counted(g, weight))
    return g.mul(mean, g.mul(temperature, temperature))
  },

  adjoint(g, { inputs: [logits, teacher, weight, temperature] }, d) {
    const ours = softened(g, logits, temperature).probability
    const theirs = softened(g, teacher, temperature).probability
    // (p - q) / T by the logits, times T^2.
    const share = g.mul(g.div(g.mul(d, temperature), counted(g, weight)), weight)
    return [g.mul(g.sub(ours, theirs), share), null, null, null]
  },
}

/**
 * Mean squared difference of two probability maps over voxels and classes, the consistency of a mean teacher (Tarvainen
 * & Valpola 2017, section 2): sum_v w_v mean_k (p_vk - q_vk)^2 / max(1, sum_v w_v).
 * @param probabilities the teacher's, [N, K, D, H, W]; nothing flows back to it
 * @param weight of each voxel, [N, 1, D, H, W]
 */
export function consistency(tape: Tape, logits: Tensor, probabilities: Tensor, weight: Tensor): Tensor {
  const away = tape.sub(tape.softmax(logits), probabilities)
  const squares = tape.mul(tape.sum(tape.mul(away, away), [1]), 1 / logits.shape[1])
  return tape.div(tape.sum(tape.mul(squares, weight), everywhere), counted(tape.graph, weight))
}

/**
 * Mean absolute (L1) or squared (L2) difference over all values of voxels with weight, as Model Genesis restores images
 * (Zhou et al. 2021): sum_v w_v mean_c |x_vc - y_vc|^n / max(1, sum_v w_v).
 * @param target of x's shape
 * @param weight of each voxel, [N, 1, D, H, W]
 */
export function reconstruction(tape: Tape, x: Tensor, target: Tensor, weight: Tensor, norm: 'L1' | 'L2'): Tensor {
  const away = tape.sub(x, target)
  const size = norm === 'L1' ? tape.abs(away) : tape.mul(away, away)
  const perVoxel = tape.mul(tape.sum(size, [1]), 1 / x.shape[1])
  return tape.div(tape.sum(tape.mul(perVoxel, weight), everywhere), counted(tape.graph, weight))
}
