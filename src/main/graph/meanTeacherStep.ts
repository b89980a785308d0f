import { Graph } from './graph'
import { defaultLoss, diceCrossEntropy } from './losses'
import { consistency } from './softLosses'
import { Tape } from './tape'
import { asTrainingStep, logitsOf, supervisedObjective } from './trainingStep'
import type { Model, TrainingPlan, TrainingStep } from './trainingStep'

export interface MeanTeacherPlan extends TrainingPlan {
  /** Samples without labels in each step. */
  readonly unlabelled: number
  /** Of Dice and cross-entropy against the teacher's hard labels, and of the squared difference to its probabilities. */
  readonly pseudoWeight: number
  readonly consistencyWeight: number
}

/**
 * A step of a mean teacher's student (Tarvainen and Valpola 2017; `teacher-student-coarse-to-fine`, section 2.1): the
 * supervised loss of the labelled samples, plus a fed weight times what the student's answer to samples without labels
 * differs from the teacher's, both as pseudo-labels (Dice and cross-entropy) and as probabilities (`consistency`).
 *
 * Inputs besides those of a supervised step: `unlabelled.image` [U, C, D, H, W], `unlabelled.labels` int32
 * [U, 1, D, H, W] with the ignored label where the teacher is not sure, `unlabelled.probabilities` [U, K, D, H, W],
 * `unlabelled.inside` [U, 1, D, H, W], 1 where the teacher has looked, `unlabelled.weight` [1]. Figures besides:
 * `unsupervised`, before the weight.
 */
export function buildMeanTeacherStep(model: Model, plan: MeanTeacherPlan): TrainingStep {
  const { imageShape, unlabelled } = plan
  const [samples, channels, ...space] = imageShape
  return asTrainingStep(plan, (tape) => {
    const g = tape.graph
    const images = [g.input('image', imageShape), g.input('unlabelled.image', [unlabelled, channels, ...space])]
    // One pass over all samples: norms are over each by itself, so they do not see one another.
    const logits = logitsOf(tape, model, g.concat(images, 0))
    const classes = logits.shape[1]
    const supervised = supervisedObjective(tape, tape.slice(logits, 0, 0, samples), plan)
    const ours = tape.slice(logits, 0, samples, samples + unlabelled)
    const labels = g.input('unlabelled.labels', [unlabelled, 1, ...space], 'int32')
    const pseudo = tape.apply(diceCrossEntropy, [ours, labels], { ...defaultLoss, ...plan.loss })
    const theirs = g.input('unlabelled.probabilities', [unlabelled, classes, ...space])
    const apart = consistency(tape, ours, theirs, g.input('unlabelled.inside', [unlabelled, 1, ...space]))
    const unsupervised = tape.add(tape.mul(pseudo, plan.pseudoWeight), tape.mul(apart, plan.consistencyWeight))
    const loss = tape.add(supervised.loss, tape.mul(unsupervised, g.input('unlabelled.weight', [1])))
    return { loss, figures: { ...supervised.figures, unsupervised }, classes }
  })
}

/**
 * A network's answer as the teacher gives it, with its weights as an input, so that they may change with every step:
 * inputs `parameters` [P] and `image`, output `probabilities`.
 * @param length P, the weights' number
 */
export function buildTeacher(model: Model, imageShape: TrainingPlan['imageShape'], length: number): Graph {
  const g = new Graph()
  const flat = g.input('parameters', [length])
  const tape = new Tape(g, ({ offset, size, shape }) => g.reshape(g.slice(flat, [offset], [offset + size], [0]), shape))
  g.output('probabilities', tape.softmax(logitsOf(tape, model, g.input('image', imageShape))))
  return g
}
