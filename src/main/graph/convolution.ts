import { product } from './graph'
import type { Graph, Tensor } from './graph'
import { spread } from './resampling'
import type { Triple } from './resampling'
import type { Rule } from './rule'

/** Bytes of shifted copies at a time in a weight gradient: they stay near the cache, and the graph stays short. */
const CHUNK_BYTES = 25e6

const spatial = (tensor: Tensor): Triple => [tensor.shape[2], tensor.shape[3], tensor.shape[4]]

/** Odd kernels, centred: stride 1 keeps the size, stride s divides it. */
function convolve(g: Graph, x: Tensor, w: Tensor, bias: Tensor | null, stride: Triple): Tensor {
  const kernel = spatial(w)
  const margin = kernel.map((k) => (k - 1) / 2)
  if (x.shape[1] !== w.shape[1]) throw new Error(`cannot convolve [${x.shape}] with [${w.shape}]`)
  const size = spatial(x).map((n, axis) => Math.floor((n - 1) / stride[axis]) + 1)
  return g.node('Conv', bias ? [x, w, bias] : [x, w], [x.shape[0], w.shape[0], ...size], {
    kernel_shape: { ints: kernel },
    pads: { ints: [...margin, ...margin] },
    strides: { ints: stride },
  })
}

/** dx: the gradient, spread to the input's grid, convolved with the mirrored kernel. */
function inputGradient(g: Graph, x: Tensor, w: Tensor, d: Tensor, stride: Triple): Tensor {
  const fine = spread(g, d, stride)
  if (fine.shape.some((n, axis) => axis > 1 && n !== x.shape[axis])) {
    throw new Error(`a convolution with stride ${stride.join('x')} needs sizes that it divides, not [${x.shape}]`)
  }
  return convolve(g, fine, g.transpose(mirrored(g, w), [1, 0, 2, 3, 4]), null, [1, 1, 1])
}

/** The kernels end for end: a product with the permutation, which is exact; a Slice backwards goes value by value. */
function mirrored(g: Graph, w: Tensor): Tensor {
  const taps = product(spatial(w))
  if (taps === 1) return w
  const backwards = Array.from({ length: taps ** 2 }, (_, at) =>
    Number(Math.floor(at / taps) + (at % taps) === taps - 1),
  )
  const rows = g.reshape(w, [w.shape[0] * w.shape[1], taps])
  return g.reshape(g.matmul(rows, g.floats(backwards, [taps, taps])), w.shape)
}

/** All combinations of shifts along the axes, the last fastest. */
function shifts(kernel: readonly number[]): number[][] {
  return kernel.reduce<number[][]>(
    (all, k) => all.flatMap((head) => Array.from({ length: k }, (_, shift) => [...head, shift])),
    [[]],
  )
}

/**
 * dW[o, c, k] = sum over voxels p of d[o, p] x[c, s p + k - margin].
 *
 * One Gemm over voxels between shifted copies of x and of d. A shift of x by k is as good as one of d by -k, so the
 * shifts are split between the two: the axes from `split` on move x, those before move d (3 and 9 copies instead of
 * 27 of one). Depth goes in chunks. 95 GFLOP/s on two cores where a Conv over transposed x and d gives 35.
 */
function weightGradient(g: Graph, x: Tensor, d: Tensor, kernel: Triple, stride: Triple): Tensor {
  const [batch, inputs] = x.shape
  const outputs = d.shape[1]
  const [depth, height, width] = spatial(d)
  const margin = kernel.map((k) => (k - 1) / 2)
  const copies = (split: number): [number, number] => [product(kernel.slice(split)), product(kernel.slice(0, split))]
  const rows = (split: number): number => copies(split)[0] * inputs + copies(split)[1] * outputs
  // A strided axis cannot move d, whose grid is coarser.
  const splits = stride.some((s) => s > 1) ? [0] : [0, 1, 2]
  const split = splits.reduce((best, other) => (rows(other) < rows(best) ? other : best))
  const [xCopies, dCopies] = copies(split)
  const copied = product(kernel) === 1 ? 0 : 4 * depth * height * width * rows(split)
  const chunk = Math.ceil(depth / Math.min(depth, Math.max(1, Math.round(copied / CHUNK_BYTES))))

  const xMargin = [0, ...margin.map((n, axis) => (axis >= split ? n : 0))]
  const dMargin = [0, ...margin.map((n, axis) => (axis < split ? n : 0))]
  const xShifts = shifts(kernel.map((k, axis) => (axis >= split ? k : 1)))
  const dShifts = shifts(kernel.map((k, axis) => (axis < split ? k : 1)))

  const products: Tensor[] = []
  for (let n = 0; n < batch; n++) {
    const xPadded = g.pad(g.reshape(g.slice(x, [n], [n + 1], [0]), x.shape.slice(1)), xMargin, xMargin)
    const dPadded = g.pad(g.reshape(g.slice(d, [n], [n + 1], [0]), d.shape.slice(1)), dMargin, dMargin)
    // d is never shifted along the width, so its rows stay joined and each copy is one contiguous piece a slice.
    const dRows = g.reshape(dPadded, [outputs, dPadded.shape[1], dPadded.shape[2] * width])
    for (let z = 0; z < depth; z += chunk) {
      const slices = Math.min(chunk, depth - z)
      const size = [slices, height, width]
      const xs = xShifts.map((shift) => {
        const starts = shift.map((k, axis) => (axis === 0 ? z * stride[0] : 0) + k)
        const ends = starts.map((start, axis) => start + (size[axis] - 1) * stride[axis] + 1)
        return g.slice(xPadded, starts, ends, [1, 2, 3], stride)
      })
      const ds = dShifts.map(([k, j]) => {
        const start = [split > 0 ? z + kernel[0] - 1 - k : z, split > 1 ? (kernel[1] - 1 - j) * width : 0]
        return g.slice(dRows, start, [start[0] + slices, start[1] + height * width], [1, 2])
      })
      const voxels = product(size)
      // Copies of a channel beside each other, so that the product's rows and columns are nearly in the kernel's order.
      const joined = (copies: readonly Tensor[], channels: number): Tensor => {
        const rows = copies.map((copy) => g.reshape(copy, [channels, 1, voxels]))
        return g.reshape(g.concat(rows, 1), [channels * copies.length, voxels])
      }
      products.push(g.matmulTransposed(joined(ds, outputs), joined(xs, inputs)))
    }
  }
  const all = g.reshape(
    products.reduce((sum, part) => g.add(sum, part)),
    [outputs, dCopies, inputs, xCopies],
  )
  return g.reshape(dCopies === 1 ? all : g.transpose(all, [0, 2, 1, 3]), [outputs, inputs, ...kernel])
}

/**
 * Convolution of x [N, I, D, H, W] with w [O, I, kd, kh, kw] (odd, centred, zero margin), and a bias [O] where a third
 * input is given. With a stride, sizes must be its multiples for x to get a gradient.
 */
export const convolution: Rule<{ stride: Triple }> = {
  forward: (g, [x, w, bias], { stride }) => convolve(g, x, w, bias ?? null, stride),
  adjoint(g, { inputs: [x, w, bias], attributes: { stride } }, d) {
    const dw = weightGradient(g, x, d, spatial(w), stride)
    const back = [inputGradient(g, x, w, d, stride), dw]
    return bias ? [...back, g.reshape(g.sum(d, [0, 2, 3, 4]), bias.shape)] : back
  },
}
