import { readFile } from 'node:fs/promises'
import { basename } from 'node:path'
import { EmendError } from '../../../shared/errors'
import { applyAffine, invertAffine, type Vec3 } from '../../../shared/geometry/affine'
import { voxelCount, type Grid, type LabelMap } from '../volume'
import { looksLikeDicom, parseDicom } from './attributes'
import { flipLps } from './vector'

/** One region of interest of an RTSTRUCT: closed polygons, each in a plane. */
export interface Contours {
  readonly name: string
  /** x, y, z of each corner in LPS mm, one array a polygon. */
  readonly polygons: readonly Float64Array[]
}

/** Reads the RTSTRUCT file at `path`. @throws EmendError where it cannot be read or is no RTSTRUCT */
export async function readContours(path: string): Promise<Contours[]> {
  let bytes: Uint8Array
  try {
    bytes = await readFile(path)
  } catch (error) {
    throw new EmendError(`${path} cannot be read`, { cause: error })
  }
  return parseContours(bytes, basename(path))
}

/** The regions of an RTSTRUCT in the order of its list, with their closed planar contours; points are left out. */
export function parseContours(bytes: Uint8Array, name: string): Contours[] {
  const file = looksLikeDicom(bytes) ? parseDicom(bytes, name) : null
  if (file?.text('x00080060') !== 'RTSTRUCT') throw new EmendError(`${name} is no DICOM RTSTRUCT`)
  const byNumber = new Map(
    file.items('x30060039').map((roi) => [roi.text('x30060084'), roi.items('x30060040')] as const),
  )
  return file.items('x30060020').map((roi) => {
    const contours = byNumber.get(roi.text('x30060022')) ?? []
    const polygons = contours
      .filter((contour) => contour.text('x30060042').startsWith('CLOSED'))
      .map((contour) => Float64Array.from(contour.numbers('x30060050')))
      .filter((points) => points.length >= 9 && points.length % 3 === 0)
    return { name: roi.text('x30060026'), polygons }
  })
}

type Edge = readonly [i0: number, j0: number, i1: number, j1: number]

/**
 * Fills contours on the slices (third axis) of a grid: a voxel is in where its centre is inside by the even-odd rule
 * over all polygons of its slice, so that a polygon within another is a hole (PS3.3 C.8.8.6).
 * @returns 1 inside, 0 outside
 * @throws EmendError where a polygon's plane is not one of the grid's slices
 */
export function rasterise({ name, polygons }: Contours, grid: Grid): LabelMap {
  const [nx, ny, nz] = grid.dims
  const toVoxel = invertAffine(grid.affine)
  const edges = new Map<number, Edge[]>()
  for (const polygon of polygons) {
    const corners = cornersOf(polygon, (mm) => applyAffine(toVoxel, flipLps(mm)))
    const heights = corners.map((corner) => corner[2])
    if (Math.max(...heights) - Math.min(...heights) > 0.2) {
      throw new EmendError(`the contours of ${name} do not lie in the slices of the image`)
    }
    const k = Math.round(heights.reduce((sum, h) => sum + h, 0) / heights.length)
    if (k < 0 || k >= nz) continue
    const slice = edges.get(k) ?? []
    edges.set(k, slice)
    corners.forEach((corner, n) => {
      const next = corners[(n + 1) % corners.length]
      slice.push([corner[0], corner[1], next[0], next[1]])
    })
  }
  const data = new Uint8Array(voxelCount(grid.dims))
  for (const [k, slice] of edges) fillSlice(data.subarray(k * nx * ny, (k + 1) * nx * ny), nx, ny, slice)
  return { dims: grid.dims, affine: grid.affine, data }
}

function cornersOf(polygon: Float64Array, toVoxel: (mm: Vec3) => Vec3): Vec3[] {
  return Array.from({ length: polygon.length / 3 }, (_, n) =>
    toVoxel([polygon[3 * n], polygon[3 * n + 1], polygon[3 * n + 2]]),
  )
}

/** Row by row: where edges cross the row's middle, the inside begins and ends. */
function fillSlice(mask: Uint8Array, nx: number, ny: number, edges: readonly Edge[]): void {
  const crossings: number[][] = Array.from({ length: ny }, () => [])
  for (const [i0, j0, i1, j1] of edges) {
    const [low, high] = j0 < j1 ? [j0, j1] : [j1, j0]
    // An edge counts for rows in [low, high), so that a corner on a row is crossed once.
    for (let j = Math.max(0, Math.ceil(low)); j < Math.min(ny, high); j++) {
      crossings[j].push(i0 + ((j - j0) / (j1 - j0)) * (i1 - i0))
    }
  }
  crossings.forEach((row, j) => {
    row.sort((a, b) => a - b)
    for (let n = 0; n + 1 < row.length; n += 2) {
      const from = Math.max(0, Math.ceil(row[n]))
      const to = Math.min(nx, Math.ceil(row[n + 1]))
      if (to > from) mask.fill(1, j * nx + from, j * nx + to)
    }
  })
}
