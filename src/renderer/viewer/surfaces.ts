import { applyAffine, type Affine, type Vec3 } from '../../shared/geometry/affine'
import { surfaceNets, type TriangleSurface } from '../../shared/voxels/surfaceNets'
import { meshVertices } from './meshVertices'
import type { Overview } from './overview'

/** What the worker is asked: the surfaces of some values of a label overview, in millimetres. */
export interface SurfaceRequest {
  readonly overview: Overview
  readonly affine: Affine
  readonly values: readonly number[]
  /** How many edits the labels have seen; the reply says it again. */
  readonly edits: number
}

/** A surface, in millimetres, and what of it goes to the graphics card. */
export interface ShownSurface extends TriangleSurface {
  readonly vertices: Float32Array
}

export interface SurfaceReply {
  readonly surfaces: readonly { readonly value: number; readonly surface: ShownSurface }[]
  readonly edits: number
}

/** Surfaces of the values whose voxels are not where they were in the overview before; all where there was none. */
export function surfacesOf(
  { overview, affine, values, edits }: SurfaceRequest,
  before: Uint8Array | null,
): SurfaceReply {
  const { dims, step, data } = overview
  const changed = changedValues(data, before)
  const surfaces = values
    .filter((value) => changed[value] === 1)
    .map((value) => {
      const { points, triangles } = surfaceNets(data, dims, value)
      const surface = { points: inMillimetres(points, step, affine), triangles }
      return { value, surface: { ...surface, vertices: meshVertices(surface) } }
    })
  return { surfaces, edits }
}

/** 1 for each value that came, went or moved. */
function changedValues(data: Uint8Array, before: Uint8Array | null): Uint8Array {
  const changed = new Uint8Array(256)
  if (before?.length !== data.length) return changed.fill(1)
  for (let n = 0; n < data.length; n++) {
    if (data[n] === before[n]) continue
    changed[data[n]] = 1
    changed[before[n]] = 1
  }
  return changed
}

function inMillimetres(points: Float32Array, step: Vec3, affine: Affine): Float32Array {
  const moved = new Float32Array(points.length)
  for (let p = 0; p < points.length; p += 3) {
    moved.set(applyAffine(affine, [points[p] * step[0], points[p + 1] * step[1], points[p + 2] * step[2]]), p)
  }
  return moved
}
