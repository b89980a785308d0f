import { applyAffine, determinantOf, type Affine } from '../../../shared/geometry/affine'
import { surfaceNets, type TriangleSurface } from '../../../shared/voxels/surfaceNets'
import type { LabelMap } from '../volume'

/**
 * The smoothed, closed surface of one label in LPS millimetres, as DICOM has its axes and as 3D Slicer takes STL, OBJ
 * and PLY that do not say theirs. Triangles run anticlockwise seen from outside. No points where the label is nowhere.
 */
export function labelSurface(labels: LabelMap, id: number): TriangleSurface {
  const { points, triangles } = surfaceNets(labels.data, labels.dims, id)
  const outward = determinantOf(labels.affine) > 0
  return { points: toLps(points, labels.affine), triangles: outward ? triangles : turned(triangles) }
}

function toLps(points: Float32Array, affine: Affine): Float32Array {
  const placed = new Float32Array(points.length)
  for (let p = 0; p < points.length; p += 3) {
    const [x, y, z] = applyAffine(affine, [points[p], points[p + 1], points[p + 2]])
    placed[p] = -x
    placed[p + 1] = -y
    placed[p + 2] = z
  }
  return placed
}

/** A mirrored grid turns surfaces inside out. */
function turned(triangles: Uint32Array): Uint32Array {
  const result = Uint32Array.from(triangles)
  for (let t = 0; t < result.length; t += 3) [result[t + 1], result[t + 2]] = [result[t + 2], result[t + 1]]
  return result
}

/** The volume that a closed surface encloses, by the divergence theorem; positive where triangles face outwards. */
export function enclosedVolume({ points, triangles }: TriangleSurface): number {
  let six = 0
  for (let t = 0; t < triangles.length; t += 3) {
    const [a, b, c] = [3 * triangles[t], 3 * triangles[t + 1], 3 * triangles[t + 2]]
    six +=
      points[a] * (points[b + 1] * points[c + 2] - points[b + 2] * points[c + 1]) +
      points[a + 1] * (points[b + 2] * points[c] - points[b] * points[c + 2]) +
      points[a + 2] * (points[b] * points[c + 1] - points[b + 1] * points[c])
  }
  return six / 6
}
