import type { Graph, Shape, Tensor } from './graph'
import type { Rule } from './rule'

/** The primitives without a file of their own: what goes forward, and what comes back. */

type Plain = Record<never, never>

/** Undoes broadcasting on the way back: sums over the axes along which `shape` was repeated. */
function unbroadcast(graph: Graph, gradient: Tensor, shape: Shape): Tensor {
  const missing = gradient.shape.length - shape.length
  const repeated = gradient.shape.map((_, axis) => axis).filter((axis) => (shape[axis - missing] ?? 1) === 1)
  return graph.reshape(graph.sum(gradient, repeated), shape)
}

const add: Rule<Plain> = {
  forward: (g, [a, b]) => g.add(a, b),
  adjoint: (g, { inputs: [a, b] }, d) => [unbroadcast(g, d, a.shape), unbroadcast(g, d, b.shape)],
}

const sub: Rule<Plain> = {
  forward: (g, [a, b]) => g.sub(a, b),
  adjoint: (g, { inputs: [a, b] }, d) => [unbroadcast(g, d, a.shape), unbroadcast(g, g.unary('Neg', d), b.shape)],
}

const mul: Rule<Plain> = {
  forward: (g, [a, b]) => g.mul(a, b),
  adjoint: (g, { inputs: [a, b] }, d) => [unbroadcast(g, g.mul(d, b), a.shape), unbroadcast(g, g.mul(d, a), b.shape)],
}

const div: Rule<Plain> = {
  forward: (g, [a, b]) => g.div(a, b),
  adjoint: (g, { inputs: [a, b], output }, d) => {
    const da = g.div(d, b)
    return [unbroadcast(g, da, a.shape), unbroadcast(g, g.unary('Neg', g.mul(da, output)), b.shape)]
  },
}

const neg: Rule<Plain> = {
  forward: (g, [a]) => g.unary('Neg', a),
  adjoint: (g, _, d) => [g.unary('Neg', d)],
}

const exp: Rule<Plain> = {
  forward: (g, [a]) => g.unary('Exp', a),
  adjoint: (g, { output }, d) => [g.mul(d, output)],
}

const log: Rule<Plain> = {
  forward: (g, [a]) => g.unary('Log', a),
  adjoint: (g, { inputs: [a] }, d) => [g.div(d, a)],
}

const sqrt: Rule<Plain> = {
  forward: (g, [a]) => g.unary('Sqrt', a),
  adjoint: (g, { output }, d) => [g.div(g.mul(d, 0.5), output)],
}

/** 1 / (1 + exp(-x)) */
const sigmoid: Rule<Plain> = {
  forward: (g, [a]) => g.node('Sigmoid', [a], a.shape),
  adjoint: (g, { output }, d) => [g.mul(d, g.mul(output, g.sub(g.scalar(1), output)))],
}

/** |x|; its derivative at 0 is 0. */
const abs: Rule<Plain> = {
  forward: (g, [a]) => g.node('Abs', [a], a.shape),
  // Blown up and clipped it is the sign, which some devices have no operator for.
  adjoint: (g, { inputs: [a] }, d) => [g.mul(d, g.clip(g.mul(a, 1e30), -1, 1))],
}

/** x where positive, else slope x; 0 <= slope <= 1. */
const leakyRelu: Rule<{ slope: number }> = {
  forward: (g, [a], { slope }) => g.node('LeakyRelu', [a], a.shape, { alpha: { float: slope } }),
  // The output has the input's sign. Blown up and clipped it is the derivative, without Where, which is slow.
  adjoint: (g, { output, attributes: { slope } }, d) => [g.mul(d, g.clip(g.mul(output, 1e30), slope, 1))],
}

const lastTwoSwapped = (a: Tensor): number[] => {
  const order = a.shape.map((_, axis) => axis)
  return [...order.slice(0, -2), order.length - 1, order.length - 2]
}

const matmul: Rule<Plain> = {
  forward: (g, [a, b]) => g.matmul(a, b),
  adjoint: (g, { inputs: [a, b] }, d) => [
    unbroadcast(g, g.matmul(d, g.transpose(b, lastTwoSwapped(b))), a.shape),
    unbroadcast(g, g.matmul(g.transpose(a, lastTwoSwapped(a)), d), b.shape),
  ],
}

/** Sum over axes, which stay with size 1. */
const sum: Rule<{ axes: Shape }> = {
  forward: (g, [a], { axes }) => g.sum(a, axes),
  adjoint: (g, { inputs: [a] }, d) => [g.expand(d, a.shape)],
}

const reshape: Rule<{ shape: Shape }> = {
  forward: (g, [a], { shape }) => g.reshape(a, shape),
  adjoint: (g, { inputs: [a] }, d) => [g.reshape(d, a.shape)],
}

const transpose: Rule<{ order: Shape }> = {
  forward: (g, [a], { order }) => g.transpose(a, order),
  adjoint: (g, { attributes: { order } }, d) => [
    g.transpose(
      d,
      order.map((_, axis) => order.indexOf(axis)),
    ),
  ],
}

const concat: Rule<{ axis: number }> = {
  forward: (g, inputs, { axis }) => g.concat(inputs, axis),
  adjoint: (g, { inputs, attributes: { axis } }, d) => {
    let start = 0
    return inputs.map(({ shape }) => {
      start += shape[axis]
      return g.slice(d, [start - shape[axis]], [start], [axis])
    })
  },
}

/** The half-open range [start, end) of one axis. */
const slice: Rule<{ axis: number; start: number; end: number }> = {
  forward: (g, [a], { axis, start, end }) => g.slice(a, [start], [end], [axis]),
  adjoint: (g, { inputs: [a], attributes: { axis, start, end } }, d) => [
    g.pad(
      d,
      a.shape.map((_, i) => (i === axis ? start : 0)),
      a.shape.map((n, i) => (i === axis ? n - end : 0)),
    ),
  ],
}

/** Zeros before and after, by axis. */
const pad: Rule<{ before: Shape; after: Shape }> = {
  forward: (g, [a], { before, after }) => g.pad(a, before, after),
  adjoint: (g, { inputs: [a], attributes: { before } }, d) => [
    g.slice(
      d,
      before,
      before.map((n, axis) => n + a.shape[axis]),
      before.map((_, axis) => axis),
    ),
  ],
}

/**
 * Rows of a matrix [V, C] by number: rows int32 [P] gives [P, C]. A row that is taken several times gets the sum of
 * what comes back.
 */
const gatherRows: Rule<Plain> = {
  forward: (g, [a, rows]) => g.node('Gather', [a, rows], [rows.shape[0], a.shape[1]], { axis: { int: 0 } }),
  adjoint: (g, { inputs: [a, rows] }, d) => {
    const places = g.node(
      'Cast',
      [g.reshape(rows, [rows.shape[0], 1])],
      [rows.shape[0], 1],
      { to: { int: 7 } },
      'int64',
    )
    const zeros = g.expand(g.scalar(0), a.shape)
    return [g.node('ScatterND', [zeros, places, d], a.shape, { reduction: { string: 'add' } }), null]
  },
}

export const primitives = {
  add,
  sub,
  mul,
  div,
  neg,
  exp,
  log,
  sqrt,
  sigmoid,
  abs,
  leakyRelu,
  matmul,
  sum,
  reshape,
  transpose,
  concat,
  slice,
  pad,
  gatherRows,
} as const
