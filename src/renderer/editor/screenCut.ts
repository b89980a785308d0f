import type { Vec3 } from '../../shared/geometry/affine'
import { boxSize, type Box } from '../../shared/voxels/box'
import { fillPolygons, type Corner } from '../../shared/voxels/polygon'

/** Voxel coordinates to pixels of the screen, seen without perspective: x = row 0 . (i, j, k, 1), y = row 1 . (i, j, k, 1). */
export type Projection = readonly [readonly [number, number, number, number], readonly [number, number, number, number]]

/** An outline on the screen that cuts through the whole volume along the view's direction. */
export interface ScreenCut {
  /** CSS pixels */
  readonly outline: readonly Corner[]
  readonly projection: Projection
  /** Whether what lies within the outline is cut, or what lies around it. */
  readonly cuts: 'inside' | 'outside'
}

/** The part of a structure that a cut takes: 1 where the voxel's centre lies on the cut side of the outline. */
export function cutOut(structure: Uint8Array, box: Box, { outline, projection, cuts }: ScreenCut): Uint8Array {
  const [nx, ny, nz] = boxSize(box)
  const stencil = stencilOf(outline)
  const taken = cuts === 'inside' ? 1 : 0
  const [across, down] = projection
  const out = new Uint8Array(structure.length)
  const placeOf = (row: Projection[0], [i, j, k]: Vec3): number => row[0] * i + row[1] * j + row[2] * k + row[3]
  for (let k = 0, at = 0; k < nz; k++) {
    for (let j = 0; j < ny; j++) {
      const start: Vec3 = [box.low[0], box.low[1] + j, box.low[2] + k]
      const x = placeOf(across, start) - stencil.left
      const y = placeOf(down, start) - stencil.top
      for (let i = 0; i < nx; i++, at++) {
        if (structure[at] && stencilAt(stencil, x + i * across[0], y + i * down[0]) === taken) out[at] = 1
      }
    }
  }
  return out
}

interface Stencil {
  readonly left: number
  readonly top: number
  readonly width: number
  readonly height: number
  readonly pixels: Uint8Array
}

/** The outline filled, at twice the screen's resolution. */
function stencilOf(outline: readonly Corner[]): Stencil {
  const xs = outline.map(([x]) => x)
  const ys = outline.map(([, y]) => y)
  const [left, top] = [Math.floor(Math.min(...xs)), Math.floor(Math.min(...ys))]
  const width = fine * (Math.ceil(Math.max(...xs)) - left + 1)
  const height = fine * (Math.ceil(Math.max(...ys)) - top + 1)
  const pixels = new Uint8Array(width * height)
  const corners = outline.map(([x, y]): Corner => [fine * (x - left), fine * (y - top)])
  fillPolygons(pixels, width, height, [corners])
  return { left, top, width, height, pixels }
}

const fine = 2

function stencilAt({ width, height, pixels }: Stencil, x: number, y: number): number {
  const [column, row] = [Math.round(fine * x), Math.round(fine * y)]
  return column >= 0 && row >= 0 && column < width && row < height ? pixels[column + width * row] : 0
}
