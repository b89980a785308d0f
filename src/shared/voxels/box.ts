import type { Vec3 } from '../geometry/affine'

/** A block of voxels: `low` is inside, `high` is the first voxel outside, along i, j, k. */
export interface Box {
  readonly low: Vec3
  readonly high: Vec3
}

export function boxSize({ low, high }: Box): Vec3 {
  return [high[0] - low[0], high[1] - low[1], high[2] - low[2]]
}

export function wholeBox(dims: Vec3): Box {
  return { low: [0, 0, 0], high: dims }
}

/** The smallest box around every voxel that equals `label`, or that is not 0 where no label is given; null where there is none. */
export function boxOf(voxels: Uint8Array, dims: Vec3, label?: number): Box | null {
  const [nx, ny, nz] = dims
  let [i0, j0, k0] = [nx, ny, nz]
  let [i1, j1, k1] = [-1, -1, -1]
  // From one find to the next: `indexOf` looks through memory many times faster than a loop does.
  const next = (from: number): number => (label === undefined ? nonZeroFrom(voxels, from) : voxels.indexOf(label, from))
  for (let at = next(0); at >= 0;) {
    const row = Math.floor(at / nx)
    const [first, j, k] = [at - row * nx, row % ny, Math.floor(row / ny)]
    let last = nx - 1
    while (label === undefined ? voxels[row * nx + last] === 0 : voxels[row * nx + last] !== label) last--
    i0 = Math.min(i0, first)
    i1 = Math.max(i1, last)
    j0 = Math.min(j0, j)
    j1 = Math.max(j1, j)
    k0 = Math.min(k0, k)
    k1 = k
    at = next((row + 1) * nx)
  }
  return i1 < 0 ? null : { low: [i0, j0, k0], high: [i1 + 1, j1 + 1, k1 + 1] }
}

function nonZeroFrom(voxels: Uint8Array, from: number): number {
  for (let n = from; n < voxels.length; n++) if (voxels[n] !== 0) return n
  return -1
}

/** The box of every label id that occurs (0 aside), found in one pass. */
export function boxesOf(labels: Uint8Array, dims: Vec3): Map<number, Box> {
  const [nx, ny, nz] = dims
  const low = [new Int32Array(256).fill(nx), new Int32Array(256).fill(ny), new Int32Array(256).fill(nz)]
  const high = [new Int32Array(256), new Int32Array(256), new Int32Array(256)]
  for (let k = 0, row = 0; k < nz; k++) {
    for (let j = 0; j < ny; j++, row += nx) {
      // Once a run of equal labels, not once a voxel.
      for (let i = 0; i < nx;) {
        const label = labels[row + i]
        const start = i
        do i++
        while (i < nx && labels[row + i] === label)
        if (label === 0) continue
        if (start < low[0][label]) low[0][label] = start
        if (i > high[0][label]) high[0][label] = i
        if (j < low[1][label]) low[1][label] = j
        if (j >= high[1][label]) high[1][label] = j + 1
        if (k < low[2][label]) low[2][label] = k
        high[2][label] = k + 1
      }
    }
  }
  const boxes = new Map<number, Box>()
  for (let label = 1; label < 256; label++) {
    if (high[0][label] === 0) continue
    boxes.set(label, {
      low: [low[0][label], low[1][label], low[2][label]],
      high: [high[0][label], high[1][label], high[2][label]],
    })
  }
  return boxes
}

export function unionOf(a: Box | null, b: Box | null): Box | null {
  if (!a || !b) return a ?? b
  const each = (pick: (x: number, y: number) => number, s: Vec3, t: Vec3): Vec3 => [
    pick(s[0], t[0]),
    pick(s[1], t[1]),
    pick(s[2], t[2]),
  ]
  return { low: each(Math.min, a.low, b.low), high: each(Math.max, a.high, b.high) }
}

/** The box with `margin` voxels more on every side, cut to the grid. */
export function growBox({ low, high }: Box, margin: Vec3, dims: Vec3): Box {
  const down = (axis: 0 | 1 | 2): number => Math.max(0, low[axis] - margin[axis])
  const up = (axis: 0 | 1 | 2): number => Math.min(dims[axis], high[axis] + margin[axis])
  return { low: [down(0), down(1), down(2)], high: [up(0), up(1), up(2)] }
}

/** The voxels of a box, copied out: `out[i + nx * (j + ny * k)]` with the box's own size. */
export function cropped<T extends Uint8Array | Int16Array | Float32Array>(voxels: T, dims: Vec3, box: Box): T {
  const [nx, ny, nz] = boxSize(box)
  const out = new (voxels.constructor as new (length: number) => T)(nx * ny * nz)
  for (let k = 0; k < nz; k++) {
    for (let j = 0; j < ny; j++) {
      const from = box.low[0] + dims[0] * (box.low[1] + j + dims[1] * (box.low[2] + k))
      out.set(voxels.subarray(from, from + nx), nx * (j + ny * k))
    }
  }
  return out
}
