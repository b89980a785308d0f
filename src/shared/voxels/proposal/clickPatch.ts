import type { Vec3 } from '../../geometry/affine'

/** What lies around a click: how far alike tissue reaches to all sides, and its values. */
export interface ClickPatch {
  readonly radiusMm: number
  readonly mean: number
}

const largestMm = 40
const shells = 24

/**
 * The largest ball around a voxel in which the image is much the same: shells are added from the middle on while most of
 * each lies within the spread of the innermost.
 */
export function clickPatch(
  image: Int16Array,
  dims: Vec3,
  spacing: Vec3,
  at: Vec3,
  { noise, factor }: Grain,
): ClickPatch {
  const finest = Math.min(...spacing.map((mm, axis) => mm * factor[axis]))
  const edges = Array.from({ length: shells }, (_, n) => finest * 1.01 * (largestMm / finest) ** (n / (shells - 1)))
  const values = valuesByShell(meanAround(image, dims, factor), spacing, at, edges)
  const inner: number[] = []
  let [count, sum] = [0, 0]
  let radiusMm = edges[0] / 2
  let spread = 2 * noise
  for (let n = 0; n < shells; n++) {
    const shell = values[n]
    if (shell.length === 0) continue
    if (count >= 7) {
      const mean = sum / count
      const alike = shell.filter((value) => Math.abs(value - mean) <= 2.5 * spread).length
      if (alike < 0.8 * shell.length) break
    } else {
      inner.push(...shell)
      spread = Math.min(2 * noise, Math.max(noise, deviationOf(inner)))
    }
    for (const value of shell) sum += value
    count += shell.length
    radiusMm = edges[n]
  }
  return { radiusMm, mean: count > 0 ? sum / count : 0 }
}

export function deviationOf(values: readonly number[]): number {
  const mean = values.reduce((a, b) => a + b, 0) / values.length
  return Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length)
}

/** Fine voxels are averaged to about this, mm, before tissue is judged by them. */
const averagedMm = 2
/** An image smaller than this shows something small: every voxel of it counts. */
const smallMm = 120

/** How many voxels along each axis are averaged before tissue is judged by them: noise of thin, fine slices is no tissue. */
function averagingOf(dims: Vec3, spacing: Vec3): Vec3 {
  const small = dims.every((n, axis) => n * spacing[axis] < smallMm)
  const along = (axis: 0 | 1 | 2): number => (small ? 1 : Math.max(1, Math.round(averagedMm / spacing[axis])))
  return [along(0), along(1), along(2)]
}

/** The mean of as many voxels at and after a place; NaN outside the image. */
function meanAround(image: Int16Array, dims: Vec3, [fx, fy, fz]: Vec3): (i: number, j: number, k: number) => number {
  const [nx, ny, nz] = dims
  return (i, j, k) => {
    if (i < 0 || j < 0 || k < 0 || i >= nx || j >= ny || k >= nz) return NaN
    let sum = 0
    let count = 0
    for (let c = k; c < Math.min(nz, k + fz); c++) {
      for (let b = j; b < Math.min(ny, j + fy); b++) {
        for (let a = i; a < Math.min(nx, i + fx); a++, count++) sum += image[a + nx * (b + ny * c)]
      }
    }
    return sum / count
  }
}

/** Up to a few hundred values from each shell between consecutive edges, evenly picked. */
function valuesByShell(
  valueAt: (i: number, j: number, k: number) => number,
  spacing: Vec3,
  at: Vec3,
  edges: readonly number[],
): number[][] {
  const golden = Math.PI * (3 - Math.sqrt(5))
  return edges.map((edge, n) => {
    const radius = n === 0 ? 0 : (edges[n - 1] + edge) / 2
    const points = n === 0 ? 1 : 160
    const found = new Map<string, number>()
    for (let p = 0; p < points; p++) {
      const z = 1 - (2 * p + 1) / points
      const flat = Math.sqrt(1 - z * z)
      const i = Math.round(at[0] + (radius * flat * Math.cos(golden * p)) / spacing[0])
      const j = Math.round(at[1] + (radius * flat * Math.sin(golden * p)) / spacing[1])
      const k = Math.round(at[2] + (radius * z) / spacing[2])
      const value = valueAt(i, j, k)
      if (!Number.isNaN(value)) found.set(`${i} ${j} ${k}`, value)
    }
    return [...found.values()]
  })
}

/** How an image is looked at before tissue is judged by it. */
export interface Grain {
  /** Voxels that are averaged along each axis. */
  readonly factor: Vec3
  /** The standard deviation of noise that is left then. */
  readonly noise: number
}

/** Noise is looked for this far around the points, mm. */
const nearMm = 18

/**
 * Noise as the tissue around some points has it: of the differences between voxels a little apart those of middling size,
 * since edges make the largest.
 */
export function grainOf(image: Int16Array, dims: Vec3, spacing: Vec3, points: readonly Vec3[]): Grain {
  const factor = averagingOf(dims, spacing)
  const noises = points.map((at) => noiseAround(image, dims, spacing, at) / averagingGain(factor))
  noises.sort((a, b) => a - b)
  return { factor, noise: Math.max(1, noises[noises.length >> 1] ?? 1) }
}

function noiseAround(image: Int16Array, dims: Vec3, spacing: Vec3, at: Vec3): number {
  // Neighbours share some of their noise, voxels farther apart less.
  const apart = spacing[0] < 1.5 ? 2 : 1
  const range = (axis: 0 | 1 | 2): readonly [number, number] => {
    const reach = Math.max(2, Math.round(nearMm / spacing[axis]))
    return [Math.max(0, at[axis] - reach), Math.min(dims[axis] - 1, at[axis] + reach)]
  }
  const [x, y, z] = [range(0), range(1), range(2)]
  const differences: number[] = []
  for (let k = z[0]; k <= z[1]; k++) {
    for (let j = y[0]; j <= y[1]; j++) {
      const row = dims[0] * (j + dims[1] * k)
      for (let i = x[0]; i + apart <= x[1]; i++) differences.push(Math.abs(image[row + i + apart] - image[row + i]))
    }
  }
  differences.sort((a, b) => a - b)
  // A Gaussian's differences are below 0.742 standard deviations in four of ten.
  return (differences[Math.floor(0.4 * differences.length)] ?? 1) / 0.742
}

/** By how much averaging over blocks lowers noise; less than if neighbours were independent. */
export function averagingGain([fx, fy, fz]: Vec3): number {
  return Math.sqrt(fx * fy * fz) ** 0.7
}
