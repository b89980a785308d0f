import { EmendError } from '../../../shared/errors'
import { affineOf, applyAffine, composeAffines, invertAffine, type Affine } from '../../../shared/geometry/affine'
import { orientationOf } from '../../../shared/geometry/orientation'
import { reorient } from '../canonical'
import { orientation, voxelCount, type Grid, type LabelMap } from '../volume'
import type { Frame } from './instance'
import { Planes } from './planes'
import type { DicomSource } from './source'
import { cross, flipLps, times } from './vector'

/** Beyond this, frames are askew to the image: half a voxel over 50. */
const ASKEW = 0.01

/** Puts the frames of a segmentation where they belong on an image's grid, each pixel on the voxels nearest to it. */
export class SegPainter {
  /** Frames that lie on none of the image's slices. */
  outside = 0
  overlapping = 0
  private readonly grid: Grid
  private readonly target: LabelMap
  private readonly planes: Planes
  /** The grid's slices by the plane that they take their labels from. */
  private readonly slicesOf = new Map<number, number[]>()

  /** @param first any frame: all of a segmentation run the same ways */
  constructor(grid: Grid, source: DicomSource | undefined, first: Frame) {
    this.grid = grid
    const blank = { ...grid, data: new Uint8Array(voxelCount(grid.dims)) }
    this.target = reorient(blank, orientationOf(affineOfFrame(first)))
    this.planes = new Planes(this.target, source)
    for (let k = 0; k < this.target.dims[2]; k++) {
      const plane = this.planes.nearestTo(k)
      this.slicesOf.set(plane, [...(this.slicesOf.get(plane) ?? []), k])
    }
  }

  /**
   * @param columns of the frame, whose pixels lie row by row
   * @param idOf the label for a pixel's value, 0 for none
   * @throws EmendError where the frame's axes are askew to the grid's
   */
  paint(frame: Frame, columns: number, pixels: Uint8Array, idOf: Uint8Array): void {
    const place = affineOfFrame(frame)
    const toVoxel = invertAffine(this.target.affine)
    const plane = this.planes.planeOf(applyAffine(toVoxel, flipLps(frame.position))[2])
    if (plane === null) {
      this.outside++
      return
    }
    const toPixel = composeAffines(invertAffine(place), this.target.affine)
    if (isAskew(toPixel)) {
      throw new EmendError('the segmentation lies askew to the image', {
        hint: 'resample it to the image in the program that made it',
      })
    }
    for (const k of this.slicesOf.get(plane) ?? []) this.paintSlice(k, toPixel, columns, pixels, idOf)
  }

  finished(): LabelMap {
    return { ...reorient(this.target, orientation(this.grid)), affine: this.grid.affine }
  }

  private paintSlice(k: number, toPixel: Affine, columns: number, pixels: Uint8Array, idOf: Uint8Array): void {
    const { dims, data } = this.target
    const rows = pixels.length / columns
    const along = (axis: 0 | 1): Int32Array =>
      Int32Array.from({ length: dims[axis] }, (_, n) =>
        Math.round(toPixel[axis][axis] * n + toPixel[axis][2] * k + toPixel[axis][3]),
      )
    const [column, row] = [along(0), along(1)]
    for (let j = 0; j < dims[1]; j++) {
      if (row[j] < 0 || row[j] >= rows) continue
      const line = pixels.subarray(row[j] * columns, (row[j] + 1) * columns)
      const to = dims[0] * (j + dims[1] * k)
      for (let i = 0; i < dims[0]; i++) {
        if (column[i] < 0 || column[i] >= columns) continue
        const id = idOf[line[column[i]]]
        if (id === 0) continue
        if (data[to + i] !== 0) this.overlapping++
        data[to + i] = id
      }
    }
  }
}

/** Column, row and (1 mm along the normal) of one frame to RAS mm. */
function affineOfFrame({ orientation: [x, y], pixelSpacing, position }: Frame): Affine {
  const [dx, dy] = pixelSpacing
  return affineOf(flipLps(times(x, dx)), flipLps(times(y, dy)), flipLps(cross(x, y)), flipLps(position))
}

function isAskew(toPixel: Affine): boolean {
  const off = Math.max(
    Math.abs(toPixel[0][1]),
    Math.abs(toPixel[1][0]),
    Math.abs(toPixel[2][0]),
    Math.abs(toPixel[2][1]),
  )
  return off > ASKEW * Math.max(Math.abs(toPixel[0][0]), Math.abs(toPixel[1][1]))
}
