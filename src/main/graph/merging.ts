import type { Graph, Tensor } from './graph'
import type { Rule } from './rule'

/** How logits of classes that nobody labelled become one logit: of the likeliest, or of all together. */
export type Merging = 'max' | 'sum'

/** Takes a logit out of every softmax, and is still finite, so that 0 times it is 0. */
export const OUT = 1e9

/** What forward and adjoint share. `annotated` [N, K, 1, 1, 1] is 1 where the sample's labels know the class. */
function members(g: Graph, logits: Tensor, annotated: Tensor) {
  const foreground = g.floats(
    Array.from({ length: logits.shape[1] }, (_, channel) => Number(channel > 0)),
    [1, logits.shape[1], 1, 1, 1],
  )
  /** 1 for the classes that keep their own logit; background never does. */
  const own = g.mul(annotated, foreground)
  const merged = g.sub(logits, g.mul(own, OUT))
  const largest = g.reduce('ReduceMax', merged, [1])
  return { foreground, own, merged, largest }
}

/**
 * Joins background and all classes that a sample's labels do not know into one, in channel 0's place: equation 1 of
 * `merge-max-context-cutmix` where by 'max', and the marginal loss (Shi et al. 2021) where by 'sum', since a softmax
 * over the sum of exponentials adds the probabilities. The channels that were joined get a logit that no softmax sees,
 * so any loss over the result is one over (labelled classes + 1) classes; label 0 then means "none of the labelled".
 *
 * Inputs: logits [N, K, D, H, W], annotated [N, K, 1, 1, 1]; gives [N, K, D, H, W]. Where a sample knows all classes
 * nothing changes. A mask a sample, and not one set of classes a graph, so that one graph serves every label type.
 */
export const mergeUnannotated: Rule<{ by: Merging }> = {
  forward(g, [logits, annotated], { by }) {
    const { foreground, own, merged, largest } = members(g, logits, annotated)
    const rest = (): Tensor => g.unary('Log', g.reduce('ReduceSum', g.unary('Exp', g.sub(merged, largest)), [1]))
    const joined = by === 'max' ? largest : g.add(largest, rest())
    const others = g.slice(g.sub(logits, g.mul(g.sub(foreground, own), OUT)), [1], [logits.shape[1]], [1])
    return g.concat([joined, others], 1)
  },

  adjoint(g, { inputs: [logits, annotated], attributes: { by } }, d) {
    const { own, merged, largest } = members(g, logits, annotated)
    // Of the joined logit's gradient: to the largest, shared where several are; or as their softmax.
    const weight = by === 'max' ? g.equal(merged, largest) : g.unary('Exp', g.sub(merged, largest))
    const share = g.div(weight, g.reduce('ReduceSum', weight, [1]))
    const joined = g.slice(d, [0], [1], [1])
    return [g.add(g.mul(d, own), g.mul(share, joined)), null]
  },
}
