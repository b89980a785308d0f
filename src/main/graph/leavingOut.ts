import type { Tensor } from './graph'
import { OUT } from './merging'
import type { Tape } from './tape'

/**
 * Takes the classes that a sample's labels do not know out of every softmax at its background voxels, so that what a network
 * says of them there counts for nothing (`lapn-unsupervised-representation`, section 2.2: "if the network outputs missing
 * labels in the background region of the label map, it will not be penalized"). Background is told from the labelled classes
 * there as ever; and where a class is labelled, all others are wrong, the unknown ones too.
 *
 * logits [N, K, D, H, W], labels int32 [N, 1, D, H, W], annotated [N, K, 1, 1, 1], 1 where the sample's labels know the
 * class, background always; gives [N, K, D, H, W]. Where a sample knows all classes nothing changes.
 */
export function leaveOutUnannotated(tape: Tape, logits: Tensor, labels: Tensor, annotated: Tensor): Tensor {
  const g = tape.graph
  const background = g.equal(labels, g.int32s([0], [1, 1, 1, 1, 1]))
  const unknown = g.mul(g.sub(g.scalar(1), annotated), OUT)
  return tape.sub(logits, g.mul(background, unknown))
}
