import { applyAffine, type Affine, type Vec3 } from '../../shared/geometry/affine'
import { surfaceNets, type TriangleSurface } from '../../shared/voxels/surfaceNets'
import type { Overview } from './overview'

/** What the worker is asked: the surfaces of some values of a label overview, in millimetres. */
export interface SurfaceRequest {
  readonly turn: number
  readonly overview: Overview
  readonly affine: Affine
  readonly values: readonly number[]
}

export interface SurfaceReply {
  readonly turn: number
  readonly surfaces: readonly { readonly value: number; readonly surface: TriangleSurface }[]
}

export function surfacesOf({ turn, overview, affine, values }: SurfaceRequest): SurfaceReply {
  const { dims, step, data } = overview
  const surfaces = values.map((value) => {
    const { points, triangles } = surfaceNets(data, dims, value)
    return { value, surface: { points: inMillimetres(points, step, affine), triangles } }
  })
  return { turn, surfaces }
}

function inMillimetres(points: Float32Array, step: Vec3, affine: Affine): Float32Array {
  const moved = new Float32Array(points.length)
  for (let p = 0; p < points.length; p += 3) {
    moved.set(applyAffine(affine, [points[p] * step[0], points[p + 1] * step[1], points[p + 2] * step[2]]), p)
  }
  return moved
}
