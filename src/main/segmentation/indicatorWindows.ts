import type { Vec3 } from '../../shared/geometry/affine'
import type { Axis } from './modelAxes'

/** The windows of one transverse plane: those that are always run, and those that are only where one of them finds something. */
export interface WindowPlane {
  readonly indicators: readonly Vec3[]
  readonly others: readonly Vec3[]
}

/**
 * Organs lie in the middle of a transverse plane, so a few windows there tell whether the plane holds any (merge-max
 * paper, 2.2: of 2 x 2 windows the two on the diagonal, of 3 x 3 the one in the middle). Here for any number: the middle
 * window, or, where an even number has two middles, the diagonal of the middle 2 x 2, or both of a middle pair.
 * @param windows where windows start, all planes of them
 * @param upAxis the axis from foot to head
 */
export function indicatorPlanes(windows: readonly Vec3[], upAxis: Axis): WindowPlane[] {
  const planes = new Map<number, Vec3[]>()
  for (const at of windows) planes.set(at[upAxis], [...(planes.get(at[upAxis]) ?? []), at])
  const [a, b] = ([0, 1, 2] as const).filter((axis) => axis !== upAxis)
  return [...planes.values()].map((plane) => {
    const [low, high] = [middle(plane, a), middle(plane, b)]
    const isIndicator = (at: Vec3): boolean =>
      low.length === 2 && high.length === 2
        ? low.indexOf(at[a]) === high.indexOf(at[b]) && low.includes(at[a])
        : low.includes(at[a]) && high.includes(at[b])
    return { indicators: plane.filter(isIndicator), others: plane.filter((at) => !isIndicator(at)) }
  })
}

/** The middle start of a plane's windows along an axis; both middles of an even number. */
function middle(plane: readonly Vec3[], axis: Axis): number[] {
  const starts = [...new Set(plane.map((at) => at[axis]))].sort((x, y) => x - y)
  const half = starts.length >> 1
  return starts.length % 2 === 1 ? [starts[half]] : [starts[half - 1], starts[half]]
}

/**
 * Whether any voxel is likelier something than background.
 * @param scores [classes, voxels], the first class background; logits or probabilities
 */
export function showsAnything(scores: Float32Array, classes: number): boolean {
  const voxels = scores.length / classes
  for (let c = 1; c < classes; c++) {
    const ofClass = scores.subarray(c * voxels, (c + 1) * voxels)
    for (let n = 0; n < voxels; n++) if (ofClass[n] > scores[n]) return true
  }
  return false
}
