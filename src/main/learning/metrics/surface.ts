import type { Vec3 } from '../../../shared/geometry/affine'
import { boxOf, boxSize, cropped, unionOf } from '../../../shared/voxels/box'
import { squaredDistanceTo } from '../../../shared/voxels/distance'
import { neighbourCodes, surfaceAreas } from './surfaceElements'

/** A surface's elements: the area of each in mm2, and its distance to the other surface in mm (Infinity where that is empty). */
export interface SurfaceElements {
  readonly areas: Float64Array
  readonly distances: Float64Array
}

export interface SurfaceDistances {
  readonly reference: SurfaceElements
  readonly prediction: SurfaceElements
}

/**
 * How far each mask's surface lies from the other's, as google-deepmind's surface-distance measures it (Nikolov et
 * al., Clinically applicable segmentation of head and neck anatomy, JMIR 23:e26151, 2021): surface elements sit at
 * voxel corners, distances are Euclidean and exact.
 */
export function surfaceDistances(
  reference: Uint8Array,
  prediction: Uint8Array,
  dims: Vec3,
  spacing: Vec3,
): SurfaceDistances {
  const box = unionOf(boxOf(reference, dims), boxOf(prediction, dims))
  if (!box) return { reference: noElements, prediction: noElements }
  const size = boxSize(box)
  const corners: Vec3 = [size[0] + 1, size[1] + 1, size[2] + 1]
  const referenceCodes = neighbourCodes(cropped(reference, dims, box), size)
  const predictionCodes = neighbourCodes(cropped(prediction, dims, box), size)
  const areas = surfaceAreas(spacing)
  return {
    reference: elementsOf(referenceCodes, predictionCodes, corners, spacing, areas),
    prediction: elementsOf(predictionCodes, referenceCodes, corners, spacing, areas),
  }
}

const noElements: SurfaceElements = { areas: new Float64Array(0), distances: new Float64Array(0) }

function elementsOf(
  codes: Uint8Array,
  others: Uint8Array,
  corners: Vec3,
  spacing: Vec3,
  areaOf: Float64Array,
): SurfaceElements {
  const squared = squaredDistanceTo(
    others.map((code) => (isSurface(code) ? 1 : 0)),
    corners,
    spacing,
  )
  let count = 0
  for (const code of codes) if (isSurface(code)) count++
  const areas = new Float64Array(count)
  const distances = new Float64Array(count)
  for (let n = 0, at = 0; n < codes.length; n++) {
    if (!isSurface(codes[n])) continue
    areas[at] = areaOf[codes[n]]
    distances[at] = Math.sqrt(squared[n])
    at++
  }
  return { areas, distances }
}

function isSurface(code: number): boolean {
  return code !== 0 && code !== 255
}

/** Normalised surface distance: the part of both surfaces, by area, within `toleranceMm` of the other. NaN where both are empty. */
export function nsd({ reference, prediction }: SurfaceDistances, toleranceMm: number): number {
  const within = areaWithin(reference, toleranceMm) + areaWithin(prediction, toleranceMm)
  return within / (sumOf(reference.areas) + sumOf(prediction.areas))
}

/** The part of one surface, by area, within `toleranceMm` of the other. */
export function surfaceOverlap(surface: SurfaceElements, toleranceMm: number): number {
  return areaWithin(surface, toleranceMm) / sumOf(surface.areas)
}

/** Mean distance of one surface from the other, mm, weighted by area. */
export function meanSurfaceDistance({ areas, distances }: SurfaceElements): number {
  let sum = 0
  for (let n = 0; n < areas.length; n++) sum += areas[n] * distances[n]
  return sum / sumOf(areas)
}

/** Hausdorff distance at the 95th percentile, mm: the larger of both sides'; Infinity where either mask is empty. */
export function hd95(distances: SurfaceDistances): number {
  return robustHausdorff(distances, 95)
}

/** The larger of the area-weighted percentiles of both sides, mm; 100 is the Hausdorff distance. */
export function robustHausdorff({ reference, prediction }: SurfaceDistances, percent: number): number {
  return Math.max(percentileOf(reference, percent), percentileOf(prediction, percent))
}

function percentileOf({ areas, distances }: SurfaceElements, percent: number): number {
  if (areas.length === 0) return Infinity
  const order = Uint32Array.from(areas.keys()).sort((a, b) => distances[a] - distances[b] || areas[a] - areas[b])
  const enough = (percent / 100) * sumOf(areas)
  let sum = 0
  for (const n of order) {
    sum += areas[n]
    if (sum >= enough) return distances[n]
  }
  return distances[order[order.length - 1]]
}

function areaWithin({ areas, distances }: SurfaceElements, toleranceMm: number): number {
  let sum = 0
  for (let n = 0; n < areas.length; n++) if (distances[n] <= toleranceMm) sum += areas[n]
  return sum
}

function sumOf(values: Float64Array): number {
  let sum = 0
  for (const value of values) sum += value
  return sum
}
