import { encodeModel } from './onnx'
import type { Attribute, DType, OnnxInitializer, OnnxNode, OnnxValue, TensorData } from './onnx'

export type Shape = readonly number[]

/** A named value of the graph; images and features are [N, C, D, H, W]. */
export interface Tensor {
  readonly name: string
  readonly shape: Shape
  readonly dtype: DType
}

export const product = (values: Shape): number => values.reduce((a, b) => a * b, 1)

/** The shape of an elementwise result of both, by NumPy's rule. */
export function broadcast(a: Shape, b: Shape): number[] {
  const rank = Math.max(a.length, b.length)
  return Array.from({ length: rank }, (_, i) => {
    const x = a[a.length - rank + i] ?? 1
    const y = b[b.length - rank + i] ?? 1
    if (x !== y && x !== 1 && y !== 1) throw new Error(`shapes [${a}] and [${b}] do not broadcast`)
    return Math.max(x, y)
  })
}

/** An operator of a finished graph, with the tensor that it makes. */
export interface GraphNode {
  readonly op: string
  readonly inputs: readonly Tensor[]
  readonly output: Tensor
}

/** What a finished graph runs, in order, and what it holds besides: all that cost and memory follow from. */
export interface GraphPlan {
  readonly nodes: readonly GraphNode[]
  readonly inputs: readonly Tensor[]
  readonly initializers: readonly Tensor[]
  readonly outputs: readonly Tensor[]
}

/**
 * An ONNX graph under construction: emits nodes and keeps track of shapes. It knows no gradients; those are the tape's.
 * Equal nodes are emitted once, and what no output needs is left out of the file, so callers need not care.
 */
export class Graph {
  private readonly nodes: OnnxNode[] = []
  private readonly initializers: OnnxInitializer[] = []
  private readonly inputs: OnnxValue[] = []
  private readonly outputs: OnnxValue[] = []
  private readonly known = new Map<string, Tensor>()
  /** Every tensor by name, for what is worked out of a finished graph. */
  private readonly tensors = new Map<string, Tensor>()
  private counter = 0

  input(name: string, shape: Shape, dtype: DType = 'float32', dims: OnnxValue['dims'] = shape): Tensor {
    this.inputs.push({ name, dtype, dims })
    return this.remember({ name, shape, dtype })
  }

  output(name: string, tensor: Tensor, dims: OnnxValue['dims'] = tensor.shape): void {
    this.nodes.push({ op: 'Identity', inputs: [tensor.name], outputs: [name], attributes: {} })
    this.remember({ ...tensor, name })
    this.outputs.push({ name, dtype: tensor.dtype, dims })
  }

  /** A tensor of weights that stays in the file under its name. */
  initializer(name: string, shape: Shape, data: TensorData, dtype: DType = 'float32'): Tensor {
    this.initializers.push({ name, dtype, dims: shape, data })
    return this.remember({ name, shape, dtype })
  }

  private remember(tensor: Tensor): Tensor {
    this.tensors.set(tensor.name, tensor)
    return tensor
  }

  private constant(data: TensorData, shape: Shape, dtype: DType): Tensor {
    const key = `${dtype}|${shape.join()}|${data.join()}`
    const tensor = this.known.get(key) ?? this.initializer(`/constant/${this.counter++}`, shape, data, dtype)
    this.known.set(key, tensor)
    return tensor
  }

  floats(data: ArrayLike<number>, shape: Shape = [data.length]): Tensor {
    return this.constant(Float32Array.from(data), shape, 'float32')
  }

  scalar(value: number): Tensor {
    return this.floats([value], [])
  }

  int32s(values: Shape, shape: Shape = [values.length]): Tensor {
    return this.constant(Int32Array.from(values), shape, 'int32')
  }

  private int64s(values: Shape): Tensor {
    return this.constant(BigInt64Array.from(values.map(BigInt)), [values.length], 'int64')
  }

  /** Any operator; the caller says the result's shape. */
  node(
    op: string,
    inputs: readonly (Tensor | null)[],
    shape: Shape,
    attributes: Readonly<Record<string, Attribute>> = {},
    dtype: DType = 'float32',
  ): Tensor {
    const names = inputs.map((input) => input?.name ?? '')
    const key = `${op}(${names.join()})${JSON.stringify(attributes)}`
    const known = this.known.get(key)
    if (known) return known
    const tensor = this.remember({ name: `/${op}/${this.counter++}`, shape, dtype })
    this.nodes.push({ op, inputs: names, outputs: [tensor.name], attributes })
    this.known.set(key, tensor)
    return tensor
  }

  private binary(op: string, a: Tensor, b: Tensor | number, dtype: DType = a.dtype): Tensor {
    const right = typeof b === 'number' ? this.scalar(b) : b
    return this.node(op, [a, right], broadcast(a.shape, right.shape), {}, dtype)
  }

  add = (a: Tensor, b: Tensor | number): Tensor => this.binary('Add', a, b)
  sub = (a: Tensor, b: Tensor | number): Tensor => this.binary('Sub', a, b)
  mul = (a: Tensor, b: Tensor | number): Tensor => this.binary('Mul', a, b)
  div = (a: Tensor, b: Tensor | number): Tensor => this.binary('Div', a, b)
  min = (a: Tensor, b: Tensor | number): Tensor => this.binary('Min', a, b)
  max = (a: Tensor, b: Tensor | number): Tensor => this.binary('Max', a, b)
  /** 1 where equal, else 0, as floats. */
  equal = (a: Tensor, b: Tensor): Tensor => {
    const equal = this.binary('Equal', a, b, 'bool')
    return this.node('Cast', [equal], equal.shape, { to: { int: 1 } })
  }

  unary(op: 'Neg' | 'Exp' | 'Log' | 'Sqrt' | 'Reciprocal', a: Tensor): Tensor {
    return this.node(op, [a], a.shape)
  }

  clip(a: Tensor, low: number, high: number): Tensor {
    return this.node('Clip', [a, this.scalar(low), this.scalar(high)], a.shape)
  }

  reshape(a: Tensor, shape: Shape): Tensor {
    if (product(shape) !== product(a.shape)) throw new Error(`cannot reshape [${a.shape}] to [${shape}]`)
    if (shape.length === a.shape.length && shape.every((n, i) => n === a.shape[i])) return a
    return this.node('Reshape', [a, this.int64s(shape)], shape, {}, a.dtype)
  }

  transpose(a: Tensor, order: Shape): Tensor {
    const shape = order.map((axis) => a.shape[axis])
    return this.node('Transpose', [a], shape, { perm: { ints: order } }, a.dtype)
  }

  /** Half-open ranges [start, end) along the given axes, every `step`-th. */
  slice(a: Tensor, starts: Shape, ends: Shape, axes: Shape, steps: Shape = axes.map(() => 1)): Tensor {
    const shape = a.shape.slice()
    axes.forEach((axis, i) => {
      if (starts[i] < 0 || ends[i] > shape[axis] || starts[i] >= ends[i]) {
        throw new Error(`slice ${starts[i]}:${ends[i]} of axis ${axis} lies outside [${a.shape}]`)
      }
      shape[axis] = Math.ceil((ends[i] - starts[i]) / steps[i])
    })
    if (shape.every((n, axis) => n === a.shape[axis])) return a
    const bounds = [starts, ends, axes, steps].map((values) => this.int64s(values))
    return this.node('Slice', [a, ...bounds], shape, {}, a.dtype)
  }

  concat(tensors: readonly Tensor[], axis: number): Tensor {
    if (tensors.length === 1) return tensors[0]
    const shape = tensors[0].shape.slice()
    shape[axis] = tensors.reduce((sum, tensor) => sum + tensor.shape[axis], 0)
    return this.node('Concat', tensors, shape, { axis: { int: axis } }, tensors[0].dtype)
  }

  /** Zeros before and after, by axis. */
  pad(a: Tensor, before: Shape, after: Shape): Tensor {
    if ([...before, ...after].every((n) => n === 0)) return a
    const shape = a.shape.map((n, axis) => n + before[axis] + after[axis])
    return this.node('Pad', [a, this.int64s([...before, ...after])], shape)
  }

  expand(a: Tensor, shape: Shape): Tensor {
    return this.node('Expand', [a, this.int64s(shape)], shape)
  }

  matmul(a: Tensor, b: Tensor): Tensor {
    const [m, k] = a.shape.slice(-2)
    const [k2, n] = b.shape.slice(-2)
    if (k !== k2) throw new Error(`cannot multiply [${a.shape}] by [${b.shape}]`)
    return this.node('MatMul', [a, b], [...broadcast(a.shape.slice(0, -2), b.shape.slice(0, -2)), m, n])
  }

  /** a bT of two matrices, without a transposed copy of b. */
  matmulTransposed(a: Tensor, b: Tensor): Tensor {
    if (a.shape[1] !== b.shape[1]) throw new Error(`cannot multiply [${a.shape}] by [${b.shape}] transposed`)
    return this.node('Gemm', [a, b], [a.shape[0], b.shape[0]], { transB: { int: 1 } })
  }

  reduce(op: 'ReduceSum' | 'ReduceMax' | 'ReduceSumSquare', a: Tensor, axes: Shape): Tensor {
    const shape = a.shape.map((n, axis) => (axes.includes(axis) ? 1 : n))
    return this.node(op, [a, this.int64s(axes)], shape, { keepdims: { int: 1 } })
  }

  /**
   * Sums over axes, keeping them with size 1. Innermost first, one axis at a time: a single reduction over a whole
   * volume in float32 loses three digits.
   */
  sum(a: Tensor, axes: Shape): Tensor {
    return [...axes]
      .sort((x, y) => y - x)
      .filter((axis) => a.shape[axis] > 1)
      .reduce((sum, axis) => this.reduce('ReduceSum', sum, [axis]), a)
  }

  /** Sum of squares over axes, staged as `sum`. */
  sumSquares(a: Tensor, axes: Shape): Tensor {
    const [innermost, ...rest] = [...axes].sort((x, y) => y - x)
    return this.sum(this.reduce('ReduceSumSquare', a, [innermost]), rest)
  }

  /** Names of all tensors that an output needs. */
  private needed(): Set<string> {
    const maker = new Map(this.nodes.map((node) => [node.outputs[0], node]))
    const needed = new Set<string>()
    const stack = this.outputs.map((output) => output.name)
    for (let name = stack.pop(); name !== undefined; name = stack.pop()) {
      if (needed.has(name)) continue
      needed.add(name)
      stack.push(...(maker.get(name)?.inputs ?? []))
    }
    return needed
  }

  /** What will run: only nodes that an output needs. */
  plan(): GraphPlan {
    const needed = this.needed()
    const tensorsOf = (names: readonly string[]): Tensor[] =>
      names.flatMap((name) => this.tensors.get(name) ?? []).filter(({ name }) => needed.has(name))
    return {
      nodes: this.nodes
        .filter((node) => needed.has(node.outputs[0]))
        .map(({ op, inputs, outputs }) => ({ op, inputs: tensorsOf(inputs), output: tensorsOf(outputs)[0] })),
      inputs: tensorsOf(this.inputs.map(({ name }) => name)),
      initializers: tensorsOf(this.initializers.map(({ name }) => name)),
      outputs: tensorsOf(this.outputs.map(({ name }) => name)),
    }
  }

  /** The ONNX file: only nodes and initializers that an output needs. */
  encode(): Uint8Array {
    const needed = this.needed()
    return encodeModel({
      nodes: this.nodes.filter((node) => needed.has(node.outputs[0])),
      initializers: this.initializers.filter(({ name }) => needed.has(name)),
      inputs: this.inputs.filter(({ name }) => needed.has(name)),
      outputs: this.outputs,
    })
  }
}
