import type { Shape } from './graph'
import { biasCorrection, momentCount } from './optimizers'
import { flatten, unflatten } from './parameters'
import type { NamedParameters } from './parameters'
import { openSession } from './session'
import type { Device, Session, SessionOptions, Value } from './session'
import type { StepGraph, TrainingStep } from './trainingStep'

/** Everything a run goes on from: restored into a trainer of the same step, the run continues bit by bit. */
export interface TrainerState {
  /** Steps done. */
  readonly step: number
  readonly parameters: Float32Array
  readonly moments: readonly Float32Array[]
}

export interface Batch {
  /** [N, C, D, H, W], width fastest. */
  readonly image: Float32Array
  /** [N, 1, D, H, W]: channels, or the ignored label. */
  readonly labels: Int32Array
  /** [N, K]: 1 where the sample's labels know the channel; wanted by a step that tells unknown classes, and only by it. */
  readonly annotated?: Float32Array
  /** What a step takes besides, where it is more than supervised. */
  readonly extra?: Readonly<Record<string, Value>>
  readonly learningRate: number
}

export interface StepResult {
  readonly loss: number
  /** Soft Dice by channel over the batch, before the update; NaN where no counted voxel has the class. */
  readonly dice: Float32Array
}

export interface TrainerOptions extends SessionOptions {
  readonly device?: Device
}

function matching(name: string, data: { readonly length: number }, shape: Shape): void {
  const size = shape.reduce((a, b) => a * b, 1)
  if (data.length !== size) throw new Error(`${name} has ${data.length} values where [${shape}] = ${size} are wanted`)
}

/** A voxel of a class that is no longer there would have no probability at all. */
function requireAnnotated(labels: Int32Array, annotated: Float32Array, batch: number, ignoreLabel: number): void {
  const [classes, voxels] = [annotated.length / batch, labels.length / batch]
  for (let n = 0; n < batch; n++) {
    const known = (label: number): boolean =>
      label === 0 || label === ignoreLabel || annotated[n * classes + label] === 1
    const stranger = labels.subarray(n * voxels, (n + 1) * voxels).find((label) => !known(label))
    if (stranger !== undefined) throw new Error(`sample ${n} has label ${stranger}, which it does not annotate`)
  }
}

/**
 * Runs a training step again and again; weights and moments live here, between the steps. Steps block this thread's
 * event loop: train in a process of its own.
 */
export class Trainer<Step extends StepGraph = TrainingStep> {
  private constructor(
    private readonly graph: Step,
    private readonly session: Session,
    private now: TrainerState,
  ) {}

  /** Loads the step onto a device, starting from the given weights. Throws where they do not fit the network. */
  static async open<Step extends StepGraph>(
    step: Step,
    parameters: NamedParameters,
    options: TrainerOptions = {},
  ): Promise<Trainer<Step>> {
    const flat = flatten(step.parameters, parameters)
    const session = await openSession(step.bytes, options.device ?? 'cpu', options)
    const moments = Array.from({ length: momentCount(step.optimizer) }, () => new Float32Array(flat.length))
    return new Trainer(step, session, { step: 0, parameters: flat, moments })
  }

  /** One step on inputs of the program's own naming; gives its figures by name. */
  async run(feeds: Readonly<Record<string, Value>>, learningRate: number): Promise<Record<string, Float32Array>> {
    const { parameters, moments, step } = this.now
    const vector = (data: Float32Array): Value => ({ data, dims: [data.length] })
    const results = await this.session.run({
      ...feeds,
      parameters: vector(parameters),
      ...Object.fromEntries(moments.map((moment, i) => [`moment.${i}`, vector(moment)])),
      learningRate: vector(Float32Array.of(learningRate)),
      ...(this.graph.optimizer.kind === 'adam'
        ? { correction: vector(biasCorrection(this.graph.optimizer, step + 1)) }
        : {}),
    })
    const result = (name: string): Float32Array => results[name].data as Float32Array
    this.now = {
      step: step + 1,
      parameters: result('parameters.next'),
      moments: moments.map((_, i) => result(`moment.${i}.next`)),
    }
    return Object.fromEntries(this.graph.figures.map((name) => [name, result(name)]))
  }

  /** One supervised step. Throws where a label is neither a channel that the sample knows nor the ignored one. */
  async step(
    this: Trainer<TrainingStep>,
    { image, labels, annotated, extra, learningRate }: Batch,
  ): Promise<StepResult> {
    const { imageShape, labelShape, classes, ignoreLabel, unannotated } = this.graph
    matching('image', image, imageShape)
    matching('labels', labels, labelShape)
    const stranger = labels.find((label) => (label < 0 || label >= classes) && label !== ignoreLabel)
    if (stranger !== undefined) throw new Error(`label ${stranger} is no channel of a network with ${classes} channels`)
    const feeds: Record<string, Value> = {
      ...extra,
      image: { data: image, dims: imageShape },
      labels: { data: labels, dims: labelShape },
    }
    if (unannotated) {
      const mask = annotated ?? new Float32Array(0)
      matching('annotated', mask, [imageShape[0], classes])
      requireAnnotated(labels, mask, imageShape[0], ignoreLabel)
      feeds.annotated = { data: mask, dims: [imageShape[0], classes, 1, 1, 1] }
    }
    const figures = await this.run(feeds, learningRate)
    return { loss: figures.loss[0], dice: figures.dice.map((dice, k) => (figures.voxels[k] > 0 ? dice : NaN)) }
  }

  /** The weights now, by name: copies. */
  parameters(): Map<string, Float32Array> {
    return unflatten(this.graph.parameters, this.now.parameters)
  }

  /** The state now. Its arrays are not written to again, so it can be kept and encoded later. */
  state(): TrainerState {
    return this.now
  }

  /** Goes on from a state of the same step; throws where its sizes do not fit. */
  restore(state: TrainerState): void {
    matching('parameters', state.parameters, [this.now.parameters.length])
    if (state.moments.length !== this.now.moments.length) throw new Error('the state is of another optimizer')
    for (const moment of state.moments) matching('moments', moment, [this.now.parameters.length])
    this.now = state
  }

  close(): Promise<void> {
    return this.session.close()
  }
}
