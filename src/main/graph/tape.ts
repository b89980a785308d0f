import { convolution } from './convolution'
import { product } from './graph'
import type { Graph, Shape, Tensor } from './graph'
import { instanceNorm } from './normalization'
import type { Initial, ParameterSpec } from './parameters'
import { primitives } from './primitives'
import { averagePool, globalAveragePool, meanFilter, upsample } from './resampling'
import type { Triple } from './resampling'
import type { Rule } from './rule'

/** Where parameters come from: slices of one vector in training, initializers in inference. */
export type ParameterSource = (spec: ParameterSpec) => Tensor

type Operand = Tensor | number

interface Entry {
  readonly inputs: readonly Tensor[]
  readonly output: Tensor
  readonly adjoint: (gradient: Tensor) => readonly (Tensor | null)[]
}

/**
 * Reverse-mode differentiation that writes ONNX: an operation emits its nodes at once and leaves on the tape how its
 * adjoint is emitted; `gradients` walks back. A model is a function of a tape and an image.
 */
export class Tape {
  readonly parameters: ParameterSpec[] = []
  private readonly parameterTensors: Tensor[] = []
  private readonly entries: Entry[] = []
  private readonly recorded = new Set<string>()
  private scope = { prefix: '', frozen: false }

  constructor(
    readonly graph: Graph,
    private readonly source: ParameterSource,
  ) {}

  /** Lets a part of a network declare its weights as `part.name`; a frozen part's are not trained. */
  within<Result>(part: string, { frozen }: { readonly frozen: boolean }, build: () => Result): Result {
    const outer = this.scope
    this.scope = { prefix: `${outer.prefix}${part}.`, frozen: outer.frozen || frozen }
    try {
      return build()
    } finally {
      this.scope = outer
    }
  }

  /** Declares a weight tensor. Names are unique and stay stable: they carry weights from one network to the next. */
  parameter(local: string, shape: Shape, initial: Initial): Tensor {
    const name = this.scope.prefix + local
    if (this.parameters.some((other) => other.name === name)) throw new Error(`two parameters are named '${name}'`)
    const last = this.parameters.at(-1)
    const offset = last ? last.offset + last.size : 0
    const spec = { name, shape, initial, offset, size: product(shape), frozen: this.scope.frozen }
    const tensor = this.source(spec)
    this.parameters.push(spec)
    this.parameterTensors.push(tensor)
    return tensor
  }

  apply<Attributes>(rule: Rule<Attributes>, inputs: readonly Tensor[], attributes: Attributes): Tensor {
    const output = rule.forward(this.graph, inputs, attributes)
    // An operation that changed nothing, or that was done before, gave back a tensor that is already known.
    if (this.recorded.has(output.name) || inputs.some(({ name }) => name === output.name)) return output
    this.recorded.add(output.name)
    const adjoint = (d: Tensor): readonly (Tensor | null)[] =>
      rule.adjoint(this.graph, { inputs, attributes, output }, d)
    this.entries.push({ inputs, output, adjoint })
    return output
  }

  /** The gradients of a scalar by the given tensors; throws where it does not depend on one. */
  gradients(loss: Tensor, of: readonly Tensor[]): Tensor[] {
    const leadsTo = new Set(of.map(({ name }) => name))
    for (const { inputs, output } of this.entries) {
      if (inputs.some(({ name }) => leadsTo.has(name))) leadsTo.add(output.name)
    }
    const ones = new Float32Array(product(loss.shape)).fill(1)
    const gradients = new Map([[loss.name, this.graph.floats(ones, loss.shape)]])
    for (const { inputs, output, adjoint } of this.entries.toReversed()) {
      const gradient = gradients.get(output.name)
      if (!gradient || !leadsTo.has(output.name)) continue
      adjoint(gradient).forEach((part, i) => {
        const { name } = inputs[i]
        if (!part || !leadsTo.has(name)) return
        const sum = gradients.get(name)
        gradients.set(name, sum ? this.graph.add(sum, part) : part)
      })
    }
    return of.map(({ name }) => {
      const gradient = gradients.get(name)
      if (!gradient) throw new Error(`the loss does not depend on '${name}'`)
      return gradient
    })
  }

  /** The gradients by all parameters that are not frozen, each as a vector, in the order of `parameters`. */
  parameterGradients(loss: Tensor): Tensor[] {
    const trained = this.parameterTensors.filter((_, i) => !this.parameters[i].frozen)
    return this.gradients(loss, trained).map((part) => this.graph.reshape(part, [product(part.shape)]))
  }

  private both(a: Operand, b: Operand): Tensor[] {
    return [a, b].map((value) => (typeof value === 'number' ? this.graph.scalar(value) : value))
  }

  add = (a: Operand, b: Operand): Tensor => this.apply(primitives.add, this.both(a, b), {})
  sub = (a: Operand, b: Operand): Tensor => this.apply(primitives.sub, this.both(a, b), {})
  mul = (a: Operand, b: Operand): Tensor => this.apply(primitives.mul, this.both(a, b), {})
  div = (a: Operand, b: Operand): Tensor => this.apply(primitives.div, this.both(a, b), {})
  neg = (a: Tensor): Tensor => this.apply(primitives.neg, [a], {})
  exp = (a: Tensor): Tensor => this.apply(primitives.exp, [a], {})
  log = (a: Tensor): Tensor => this.apply(primitives.log, [a], {})
  sqrt = (a: Tensor): Tensor => this.apply(primitives.sqrt, [a], {})
  sigmoid = (a: Tensor): Tensor => this.apply(primitives.sigmoid, [a], {})
  abs = (a: Tensor): Tensor => this.apply(primitives.abs, [a], {})
  leakyRelu = (a: Tensor, slope: number): Tensor => this.apply(primitives.leakyRelu, [a], { slope })
  matmul = (a: Tensor, b: Tensor): Tensor => this.apply(primitives.matmul, [a, b], {})
  /** Sums over axes, which stay with size 1. */
  sum = (a: Tensor, axes: Shape): Tensor => this.apply(primitives.sum, [a], { axes })
  reshape = (a: Tensor, shape: Shape): Tensor => this.apply(primitives.reshape, [a], { shape })
  transpose = (a: Tensor, order: Shape): Tensor => this.apply(primitives.transpose, [a], { order })
  concat = (tensors: readonly Tensor[], axis: number): Tensor => this.apply(primitives.concat, tensors, { axis })
  slice = (a: Tensor, axis: number, start: number, end: number): Tensor =>
    this.apply(primitives.slice, [a], { axis, start, end })
  pad = (a: Tensor, before: Shape, after: Shape): Tensor => this.apply(primitives.pad, [a], { before, after })

  /** rows: int32 [P]; a: [V, C] */
  gatherRows = (a: Tensor, rows: Tensor): Tensor => this.apply(primitives.gatherRows, [a, rows], {})
  /** The feature vectors of voxels by number (i fastest): features [1, C, D, H, W], voxels int32 [P], gives [P, C]. */
  gatherVoxels = (features: Tensor, voxels: Tensor): Tensor => {
    const [channels, ...space] = features.shape.slice(1)
    return this.gatherRows(this.transpose(this.reshape(features, [channels, product(space)]), [1, 0]), voxels)
  }

  /** w: [O, I, kd, kh, kw], odd and centred; bias: [O]. */
  convolution = (x: Tensor, w: Tensor, bias: Tensor | null = null, stride: Triple = [1, 1, 1]): Tensor =>
    this.apply(convolution, bias ? [x, w, bias] : [x, w], { stride })
  instanceNorm = (x: Tensor, scale: Tensor, shift: Tensor, epsilon = 1e-5): Tensor =>
    this.apply(instanceNorm, [x, scale, shift], { epsilon })
  averagePool = (x: Tensor, factors: Triple): Tensor => this.apply(averagePool, [x], { factors })
  globalAveragePool = (x: Tensor): Tensor => this.apply(globalAveragePool, [x], {})
  meanFilter = (x: Tensor, kernel: Triple): Tensor => this.apply(meanFilter, [x], { kernel })
  /** Trilinear, by whole factors. */
  upsample = (x: Tensor, factors: Triple): Tensor => this.apply(upsample, [x], { factors })

  /** Probabilities over channels of [N, C, ...]; composed, since ONNX Runtime is slow on an axis that is not the last. */
  softmax(logits: Tensor): Tensor {
    // The maximum only keeps exp in range: it cancels, so nothing flows back through it.
    const exponentials = this.exp(this.sub(logits, this.graph.reduce('ReduceMax', logits, [1])))
    return this.div(exponentials, this.sum(exponentials, [1]))
  }
}
