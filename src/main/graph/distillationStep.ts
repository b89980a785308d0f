import { defaultLoss, diceCrossEntropy, softDice } from './losses'
import { softCrossEntropy } from './softLosses'
import type { Tensor } from './graph'
import { asTrainingStep, logitsOf } from './trainingStep'
import type { Model, TrainingPlan, TrainingStep } from './trainingStep'

export interface DistillationPlan extends Omit<TrainingPlan, 'unannotated'> {
  /** Weight of the teacher's soft labels beside the loss of the hard ones. */
  readonly softWeight: number
}

/**
 * A step of distillation (`lapn-unsupervised-representation`, section 2.2, "Strategies to improve inference speed"):
 * Dice and cross-entropy where a hard label is known, elsewhere the divergence from a teacher at a temperature.
 *
 * Inputs: `image`, `labels` int32 [N, 1, D, H, W] with the ignored label where nothing is verified, `teacher`
 * [N, K, D, H, W] logits, or logarithms of probabilities, `temperature` [1]. Figures: `loss`, `hard`, `soft`, `dice`, `voxels`.
 */
export function buildDistillationStep(model: Model, plan: DistillationPlan): TrainingStep {
  const { imageShape } = plan
  const options = { ...defaultLoss, ...plan.loss }
  return asTrainingStep(plan, (tape) => {
    const g = tape.graph
    const logits = logitsOf(tape, model, g.input('image', imageShape))
    const labels = g.input('labels', [imageShape[0], 1, ...imageShape.slice(2)], 'int32')
    const teacher = g.input('teacher', logits.shape)
    const unverified: Tensor = g.equal(labels, g.int32s([options.ignoreLabel], [1]))
    const hard = tape.apply(diceCrossEntropy, [logits, labels], options)
    const inputs = [logits, teacher, unverified, g.input('temperature', [1])]
    const soft = tape.apply(softCrossEntropy, inputs, { divergence: true })
    const loss = tape.add(hard, tape.mul(soft, plan.softWeight))
    const { dice, voxels } = softDice(g, logits, labels, options)
    return { loss, figures: { loss, hard, soft, dice, voxels }, classes: logits.shape[1] }
  })
}
