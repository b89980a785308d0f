import { applyAffine, determinantOf, type Affine } from '../../../shared/geometry/affine'
import { surfaceNets, type TriangleSurface } from '../../../shared/voxels/surfaceNets'
import { spacing, type LabelMap } from '../volume'

/**
 * The smoothed, closed surface of one label in LPS millimetres, as DICOM has its axes and as 3D Slicer takes STL, OBJ
 * and PLY that do not say theirs. It encloses the volume of the label's voxels: smoothing takes from small and thin
 * structures, which is given back along the normals. Triangles run anticlockwise seen from outside. No points where the
 * label is nowhere.
 */
export function labelSurface(labels: LabelMap, id: number): TriangleSurface {
  const { points, triangles } = surfaceNets(labels.data, labels.dims, id)
  const outward = determinantOf(labels.affine) > 0
  const surface = { points: toLps(points, labels.affine), triangles: outward ? triangles : turned(triangles) }
  let voxels = 0
  for (let n = labels.data.indexOf(id); n >= 0; n = labels.data.indexOf(id, n + 1)) voxels++
  restoreVolume(surface, voxels * Math.abs(determinantOf(labels.affine)), Math.min(...spacing(labels)) / 4)
  return surface
}

/** Moves a surface's points along their normals, at most `step` mm a round, until it encloses `volume` mm3 to 0.1 %. */
function restoreVolume(surface: TriangleSurface, volume: number, step: number): void {
  for (let round = 0; round < 20; round++) {
    const missing = volume - enclosedVolume(surface)
    if (Math.abs(missing) <= 0.001 * volume) return
    const { normals, area } = pointNormals(surface)
    const distance = Math.max(-step, Math.min(step, missing / area))
    for (let n = 0; n < normals.length; n++) surface.points[n] += distance * normals[n]
  }
}

/** Unit normals of all points, each the mean of its triangles' by their area, and the area of the surface. */
function pointNormals({ points, triangles }: TriangleSurface): { normals: Float64Array; area: number } {
  const normals = new Float64Array(points.length)
  let area = 0
  for (let t = 0; t < triangles.length; t += 3) {
    const corners = [3 * triangles[t], 3 * triangles[t + 1], 3 * triangles[t + 2]]
    const [a, b, c] = corners
    const normal = [0, 1, 2].map((axis) => {
      const [y, z] = [(axis + 1) % 3, (axis + 2) % 3]
      const side = (to: number, along: number): number => points[to + along] - points[a + along]
      return side(b, y) * side(c, z) - side(b, z) * side(c, y)
    })
    area += Math.hypot(...normal) / 2
    for (const corner of corners) for (let axis = 0; axis < 3; axis++) normals[corner + axis] += normal[axis]
  }
  for (let p = 0; p < normals.length; p += 3) {
    const length = Math.hypot(normals[p], normals[p + 1], normals[p + 2]) || 1
    for (let axis = 0; axis < 3; axis++) normals[p + axis] /= length
  }
  return { normals, area }
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
