import { product } from './graph'
import type { GraphNode, GraphPlan, Tensor } from './graph'

/**
 * Multiply-adds of the convolutions and matrix products that a graph runs, which is what papers' tables call FLOPs
 * (thop and fvcore count so); all else is a few per cent more.
 */
export function multiplyAdds({ nodes }: Pick<GraphPlan, 'nodes'>): number {
  return nodes.reduce((sum, node) => sum + multiplyAddsOf(node), 0)
}

function multiplyAddsOf({ op, inputs, output }: GraphNode): number {
  if (op === 'Conv') return product(output.shape) * product(inputs[1].shape.slice(1))
  if (op === 'MatMul' || op === 'Gemm') return product(output.shape) * (inputs[0].shape.at(-1) ?? 1)
  return 0
}

const bytesPerValue = { float32: 4, int32: 4, int64: 8, uint8: 1, bool: 1 } as const
const bytesOf = ({ shape, dtype }: Tensor): number => product(shape) * bytesPerValue[dtype]

/** Operators that only look at their input in another shape. */
const views = new Set(['Reshape', 'Identity'])
/** Operators that may write over an input that nobody else needs. */
const inPlace = new Set([
  'Add',
  'Sub',
  'Mul',
  'Div',
  'Min',
  'Max',
  'Neg',
  'Exp',
  'Log',
  'Sqrt',
  'Reciprocal',
  'Clip',
  'LeakyRelu',
  'Abs',
  'Sigmoid',
])

/**
 * The most bytes that a graph's tensors take at one time, run in the order given: inputs and weights throughout, every
 * other tensor from where it is made to where it is last read; outputs stay. What the runtime itself takes is not in it.
 */
export function peakBytes({ nodes, inputs, initializers, outputs }: GraphPlan): number {
  const held = [...inputs, ...initializers].reduce((sum, tensor) => sum + bytesOf(tensor), 0)
  const home = new Map<string, string>()
  const homeOf = (name: string): string => home.get(name) ?? name
  const readers = new Map<string, number>()
  const count = (name: string, by: number): number => {
    const left = (readers.get(name) ?? 0) + by
    readers.set(name, left)
    return left
  }
  for (const { op, inputs: read, output } of nodes) {
    if (views.has(op)) home.set(output.name, homeOf(read[0].name))
    else for (const { name } of read) count(homeOf(name), 1)
  }
  for (const { name } of outputs) count(homeOf(name), 1)

  const alive = new Map<string, number>()
  let now = 0
  let peak = 0
  const release = (name: string): void => {
    now -= alive.get(name) ?? 0
    alive.delete(name)
  }
  for (const { op, inputs: read, output } of nodes) {
    if (views.has(op)) continue
    const bytes = bytesOf(output)
    const done = read.map(({ name }) => homeOf(name)).filter((name) => count(name, -1) === 0 && alive.has(name))
    const reused = inPlace.has(op) ? done.find((name) => alive.get(name) === bytes) : undefined
    if (reused !== undefined) release(reused)
    alive.set(output.name, bytes)
    now += bytes
    peak = Math.max(peak, now)
    for (const name of done) release(name)
    if ((readers.get(output.name) ?? 0) === 0) release(output.name)
  }
  return held + peak
}
