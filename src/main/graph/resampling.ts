import { product } from './graph'
import type { Graph, Tensor } from './graph'
import type { Rule } from './rule'

/** By tensor axis: [depth, height, width]. */
export type Triple = readonly [number, number, number]

/** A constant matrix that resamples one axis: [rows = new size, columns = old size]. */
interface Resampler {
  readonly rows: number
  readonly columns: number
  readonly data: Float32Array
}

function resampler(rows: number, columns: number, weight: (row: number, column: number) => number): Resampler {
  const data = Float32Array.from({ length: rows * columns }, (_, i) => weight(Math.floor(i / columns), i % columns))
  return { rows, columns, data }
}

const transposed = ({ rows, columns, data }: Resampler): Resampler =>
  resampler(columns, rows, (row, column) => data[column * columns + row])

/** Linear interpolation with voxel centres at half-integers and the border repeated: ONNX's 'half_pixel'. */
const linear = (size: number, scale: number): Resampler =>
  resampler(size * scale, size, (row, column) => {
    const at = Math.min(size - 1, Math.max(0, (row + 0.5) / scale - 0.5))
    return Math.max(0, 1 - Math.abs(at - column))
  })

/** Means of `factor` neighbours. */
const averaging = (size: number, factor: number): Resampler =>
  resampler(size / factor, size, (row, column) => (Math.floor(column / factor) === row ? 1 / factor : 0))

/** Value i goes to place i * factor, zeros between. */
const spreading = (size: number, factor: number): Resampler =>
  resampler(size * factor, size, (row, column) => (row === column * factor ? 1 : 0))

/** Resamples the spatial axes of [N, C, D, H, W] one after the other, each as a matrix product; null leaves an axis. */
function separable(g: Graph, x: Tensor, matrices: readonly (Resampler | null)[]): Tensor {
  return matrices.reduceRight((tensor, matrix, i) => {
    if (!matrix) return tensor
    const axis = i + 2
    const outer = product(tensor.shape.slice(0, axis))
    const inner = product(tensor.shape.slice(axis + 1))
    const shape = tensor.shape.with(axis, matrix.rows)
    if (inner === 1) {
      const right = transposed(matrix)
      const rows = g.reshape(tensor, [outer, matrix.columns])
      return g.reshape(g.matmul(rows, g.floats(right.data, [right.rows, right.columns])), shape)
    }
    const slabs = g.reshape(tensor, [outer, matrix.columns, inner])
    return g.reshape(g.matmul(g.floats(matrix.data, [matrix.rows, matrix.columns]), slabs), shape)
  }, x)
}

const along = (factors: Triple, make: (axis: number, factor: number) => Resampler): (Resampler | null)[] =>
  factors.map((factor, axis) => (factor === 1 ? null : make(axis, factor)))

/** Puts the voxels of x on a grid finer by `factors` with zeros between: the adjoint of taking every n-th voxel. */
export const spread = (g: Graph, x: Tensor, factors: Triple): Tensor =>
  separable(
    g,
    x,
    along(factors, (axis, factor) => spreading(x.shape[axis + 2], factor)),
  )

/** Mean over blocks of `factors` voxels; the sizes must be multiples of them. */
export const averagePool: Rule<{ factors: Triple }> = {
  forward(g, [x], { factors }) {
    if (product(factors) === 1) return x
    const shape = x.shape.map((n, axis) => (axis < 2 ? n : n / factors[axis - 2]))
    if (!shape.every(Number.isInteger)) throw new Error(`cannot pool [${x.shape}] by ${factors.join('x')}`)
    return g.node('AveragePool', [x], shape, { kernel_shape: { ints: factors }, strides: { ints: factors } })
  },
  adjoint: (g, { inputs: [x], attributes: { factors } }, d) => [
    separable(
      g,
      d,
      along(factors, (axis, factor) => transposed(averaging(x.shape[axis + 2], factor))),
    ),
  ],
}

/** Trilinear upsampling by whole factors, voxel centres at half-integers (PyTorch: align_corners=False). */
export const upsample: Rule<{ factors: Triple }> = {
  forward(g, [x], { factors }) {
    if (product(factors) === 1) return x
    const shape = x.shape.map((n, axis) => (axis < 2 ? n : n * factors[axis - 2]))
    return g.node('Resize', [x, null, g.floats([1, 1, ...factors])], shape, { mode: { string: 'linear' } })
  },
  adjoint: (g, { inputs: [x], attributes: { factors } }, d) => [
    separable(
      g,
      d,
      along(factors, (axis, factor) => transposed(linear(x.shape[axis + 2], factor))),
    ),
  ],
}

/** Mean over all voxels, [N, C, 1, 1, 1]. ONNX's own operator, so that an exported network takes any size. */
export const globalAveragePool: Rule<Record<never, never>> = {
  forward: (g, [x]) => g.node('GlobalAveragePool', [x], [...x.shape.slice(0, 2), 1, 1, 1]),
  adjoint: (g, { inputs: [x] }, d) => [g.expand(g.mul(d, 1 / product(x.shape.slice(2))), x.shape)],
}

const smooth = (g: Graph, x: Tensor, kernel: Triple): Tensor => {
  const margin = kernel.map((k) => (k - 1) / 2)
  const attributes = { kernel_shape: { ints: kernel }, pads: { ints: [...margin, ...margin] } }
  return g.node('AveragePool', [x], x.shape, { ...attributes, count_include_pad: { int: 1 } })
}

/** Mean over a neighbourhood of odd size about each voxel, zeros beyond the border: its own adjoint. */
export const meanFilter: Rule<{ kernel: Triple }> = {
  forward: (g, [x], { kernel }) => smooth(g, x, kernel),
  adjoint: (g, { attributes: { kernel } }, d) => [smooth(g, d, kernel)],
}
