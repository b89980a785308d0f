import type { Vec3 } from '../../shared/geometry/affine'

/** How far around a point its tissue is looked at, mm. */
const reachMm = 7
/** In standard deviations of a normal distribution, to either side. */
const breadth = 2.8
/** HU to either side at least: an image without noise has a range too. */
const least = 12

/**
 * The range of HU that the tissue around a voxel has: the median of a ball and 2.8 standard deviations to either side,
 * these by the median absolute deviation, so that a vessel or an edge that reaches into the ball does not widen it.
 * @param image HU, `image[i + nx * (j + ny * k)]`; spacing in mm
 */
export function localRange(
  image: Int16Array,
  dims: Vec3,
  spacing: Vec3,
  at: Vec3,
): readonly [low: number, high: number] {
  const values: number[] = []
  const [ri, rj, rk] = spacing.map((mm) => Math.floor(reachMm / mm))
  for (let c = -rk; c <= rk; c++) {
    for (let b = -rj; b <= rj; b++) {
      for (let a = -ri; a <= ri; a++) {
        const [i, j, k] = [at[0] + a, at[1] + b, at[2] + c]
        if (i < 0 || j < 0 || k < 0 || i >= dims[0] || j >= dims[1] || k >= dims[2]) continue
        const far = Math.hypot(a * spacing[0], b * spacing[1], c * spacing[2])
        if (far <= reachMm) values.push(image[i + dims[0] * (j + dims[1] * k)])
      }
    }
  }
  const middle = median(values)
  const deviation = 1.4826 * median(values.map((value) => Math.abs(value - middle)))
  const half = Math.max(least, breadth * deviation)
  return [Math.round(middle - half), Math.round(middle + half)]
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)] ?? 0
}
