import type { Affine, Vec3 } from '../geometry/affine'
import { determinantOf } from '../geometry/affine'

/** What is measured of one label. */
export interface Measurement {
  readonly voxels: number
  readonly volumeMl: number
  /** Of the image's values (HU for a CT) over the label's voxels; null where it has none. */
  readonly mean: number | null
  /** Population standard deviation, as NumPy's `std`. */
  readonly sd: number | null
  /**
   * Size in mm along the patient's axes: right to left, back to front, foot to head; from edge to edge of the outermost
   * voxels. Null where there is no voxel.
   */
  readonly extentMm: Vec3 | null
}

interface Sums {
  voxels: number
  sum: number
  squares: number
  readonly low: [number, number, number]
  readonly high: [number, number, number]
}

/**
 * Measures every label of a map over its image in one pass; background is left out.
 * @param affine voxel to RAS mm; any orientation, oblique or sheared
 * @param image on the same grid, or undefined where only sizes are asked for
 * @param onPlane called after every plane along k, so that the caller can report, or throw to stop
 * @returns by label id, in the order of the ids
 */
export function measureLabels(
  labels: Uint8Array,
  image: ArrayLike<number> | undefined,
  { dims, affine }: { dims: Vec3; affine: Affine },
  onPlane: () => void = () => undefined,
): Map<number, Measurement> {
  const [nx, ny, nz] = dims
  const found: (Sums | undefined)[] = []
  for (let k = 0, n = 0; k < nz; k++) {
    for (let j = 0; j < ny; j++) {
      for (let i = 0; i < nx;) {
        const id = labels[n]
        const first = i
        let sum = 0
        let squares = 0
        for (; i < nx && labels[n] === id; i++, n++) {
          if (id === 0 || !image) continue
          sum += image[n]
          squares += image[n] * image[n]
        }
        if (id === 0) continue
        const sums = (found[id] ??= nothing())
        sums.voxels += i - first
        sums.sum += sum
        sums.squares += squares
        widen(sums, affine, first, j, k)
        widen(sums, affine, i - 1, j, k)
      }
    }
    onPlane()
  }
  const voxelMl = Math.abs(determinantOf(affine)) / 1000
  const size = ([0, 1, 2] as const).map((axis) => affine[axis].slice(0, 3).reduce((sum, mm) => sum + Math.abs(mm), 0))
  return new Map(
    found.flatMap((sums, id) => (sums ? [[id, measurementOf(sums, voxelMl, size, image !== undefined)] as const] : [])),
  )
}

/** Of a structure that is not there. */
export const nothingMeasured: Measurement = { voxels: 0, volumeMl: 0, mean: null, sd: null, extentMm: null }

function nothing(): Sums {
  return { voxels: 0, sum: 0, squares: 0, low: [Infinity, Infinity, Infinity], high: [-Infinity, -Infinity, -Infinity] }
}

/** Grows the box, in mm, to hold the centre of a voxel. */
function widen({ low, high }: Sums, affine: Affine, i: number, j: number, k: number): void {
  for (let axis = 0; axis < 3; axis++) {
    const row = affine[axis]
    const mm = row[0] * i + row[1] * j + row[2] * k
    if (mm < low[axis]) low[axis] = mm
    if (mm > high[axis]) high[axis] = mm
  }
}

function measurementOf(
  { voxels, sum, squares, low, high }: Sums,
  voxelMl: number,
  voxelSize: readonly number[],
  hasImage: boolean,
): Measurement {
  const mean = sum / voxels
  return {
    voxels,
    volumeMl: voxels * voxelMl,
    mean: hasImage ? mean : null,
    sd: hasImage ? Math.sqrt(Math.max(0, squares / voxels - mean * mean)) : null,
    extentMm: [high[0] - low[0] + voxelSize[0], high[1] - low[1] + voxelSize[1], high[2] - low[2] + voxelSize[2]],
  }
}
