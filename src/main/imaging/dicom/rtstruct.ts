import { EmendError } from '../../../shared/errors'
import { applyAffine, columnOf, invertAffine, type Vec3 } from '../../../shared/geometry/affine'
import { fillPolygons, type Corner } from '../../../shared/voxels/polygon'
import { voxelCount, type Grid, type LabelMap } from '../volume'
import { looksLikeDicom, parseDicom, type Attributes } from './attributes'
import { Planes } from './planes'
import { dot, flipLps } from './vector'

/** One region of interest of an RTSTRUCT: closed polygons, each in a plane. */
export interface Contours {
  /** By which the other parts of the file refer to it. */
  readonly number: number
  readonly name: string
  /** x, y, z of each corner in LPS mm, one array a polygon. */
  readonly polygons: readonly Float64Array[]
}

/** The regions of an RTSTRUCT in the order of its list, with their closed planar contours; points are left out. */
export function parseContours(bytes: Uint8Array, name: string): Contours[] {
  const file = looksLikeDicom(bytes) ? parseDicom(bytes, name) : null
  if (file?.text('x00080060') !== 'RTSTRUCT') throw new EmendError(`${name} is no DICOM RTSTRUCT`)
  return contoursFrom(file)
}

/** As `parseContours`, from a parsed file. */
export function contoursFrom(file: Attributes): Contours[] {
  const byNumber = new Map(
    file.items('x30060039').map((roi) => [roi.text('x30060084'), roi.items('x30060040')] as const),
  )
  return file.items('x30060020').map((roi) => {
    const contours = byNumber.get(roi.text('x30060022')) ?? []
    const polygons = contours
      .filter((contour) => contour.text('x30060042').startsWith('CLOSED'))
      .map((contour) => Float64Array.from(contour.numbers('x30060050')))
      .filter((points) => points.length >= 9 && points.length % 3 === 0)
    return { number: Number(roi.text('x30060022')), name: roi.text('x30060026'), polygons }
  })
}

/** One polygon in voxels, at height k along the third axis. */
interface Outline {
  readonly k: number
  readonly corners: readonly Vec3[]
}

/** A mask, 1 inside and 0 outside, and how many polygons lie on none of the image's slices. */
export interface Filled extends LabelMap {
  readonly outside: number
}

/**
 * Fills contours on the slices (third axis) of a grid: a voxel is in where its centre is inside by the even-odd rule
 * over all polygons of its slice, so that a polygon within another is a hole (PS3.3 C.8.8.6). Each slice takes the
 * polygons of the plane nearest to it.
 * @param planes the slices as they were acquired; the grid's own where absent
 * @throws EmendError where a polygon's plane is not one of the grid's slices
 */
export function rasterise(
  { name, polygons }: Pick<Contours, 'name' | 'polygons'>,
  grid: Grid,
  planes = new Planes(grid, undefined),
): Filled {
  const [nx, ny, nz] = grid.dims
  const outlines = new Map<number, Outline[]>()
  let outside = 0
  for (const polygon of polygons) {
    const outline = outlineOf(polygon, grid, name)
    const plane = planes.planeOf(outline.k)
    if (plane === null) outside++
    else outlines.set(plane, [...(outlines.get(plane) ?? []), outline])
  }
  const [columns, rows] = leanOf(grid)
  const data = new Uint8Array(voxelCount(grid.dims))
  for (let k = 0; k < nz; k++) {
    const polygons = (outlines.get(planes.nearestTo(k)) ?? []).map((outline) =>
      shifted(outline, columns * (outline.k - k), rows * (outline.k - k)),
    )
    if (polygons.length > 0) fillPolygons(data.subarray(k * nx * ny, (k + 1) * nx * ny), nx, ny, polygons)
  }
  return { dims: grid.dims, affine: grid.affine, data, outside }
}

function outlineOf(polygon: Float64Array, grid: Grid, name: string): Outline {
  const toVoxel = invertAffine(grid.affine)
  const corners = cornersOf(polygon, (mm) => applyAffine(toVoxel, flipLps(mm)))
  const heights = corners.map((corner) => corner[2])
  if (Math.max(...heights) - Math.min(...heights) > 0.2) {
    throw new EmendError(`the contours of ${name} do not lie in the slices of the image`)
  }
  return { k: heights.reduce((sum, h) => sum + h, 0) / heights.length, corners }
}

/** How many columns and rows a sheared grid's slices move from one to the next. */
function leanOf({ affine }: Grid): readonly [number, number] {
  const [i, j, k] = [columnOf(affine, 0), columnOf(affine, 1), columnOf(affine, 2)]
  return [dot(k, i) / dot(i, i), dot(k, j) / dot(j, j)]
}

/** The corners in pixels of a slice that lies so many columns and rows off. */
function shifted({ corners }: Outline, di: number, dj: number): Corner[] {
  return corners.map(([i, j]): Corner => [i + di, j + dj])
}

function cornersOf(polygon: Float64Array, toVoxel: (mm: Vec3) => Vec3): Vec3[] {
  return Array.from({ length: polygon.length / 3 }, (_, n) =>
    toVoxel([polygon[3 * n], polygon[3 * n + 1], polygon[3 * n + 2]]),
  )
}
