import type { Vec3 } from '../geometry/affine'
import { keepLargestComponent } from './components'

/** HU above which there is something; air and the lungs lie below. */
const airHu = -300
/** The body is found on cells of about this size, mm, so that a thin gap or a sheet is no way in. */
const cellMm = 4

/**
 * The patient's body on a CT, air in lungs and bowel within: what air from outside does not reach, the largest piece of it
 * (the table goes), to the voxel at its surface. 1 inside, 0 outside.
 * @param image HU, `image[i + nx * (j + ny * k)]`; spacing in mm
 */
export function bodyOf(image: ArrayLike<number>, dims: Vec3, spacing: Vec3): Uint8Array {
  const [nx, ny, nz] = dims
  const step = (axis: 0 | 1): number => Math.max(1, Math.round(cellMm / spacing[axis]))
  const [sx, sy] = [step(0), step(1)]
  const cells: Vec3 = [Math.ceil(nx / sx), Math.ceil(ny / sy), nz]
  const [cx, cy] = cells
  const solid = new Uint8Array(cx * cy * nz)
  for (let k = 0, n = 0; k < nz; k++) {
    for (let j = 0; j < ny; j++) {
      const row = cx * (Math.floor(j / sy) + cy * k)
      for (let i = 0; i < nx; i++, n++) if (image[n] > airHu) solid[row + Math.floor(i / sx)] = 1
    }
  }
  keepLargestComponent(solid, cells, 1)
  for (let k = 0; k < nz; k++) fillHolesOfSlice(solid.subarray(cx * cy * k, cx * cy * (k + 1)), cx, cy)
  const body = new Uint8Array(image.length)
  for (let k = 0, n = 0; k < nz; k++) {
    for (let j = 0; j < ny; j++) {
      const y = Math.floor(j / sy)
      const row = cx * (y + cy * k)
      for (let i = 0; i < nx; i++, n++) {
        const x = Math.floor(i / sx)
        const cell = row + x
        if (solid[cell] === 0) continue
        // Where all cells around are body the voxel is, whatever its HU; at the surface it must be tissue.
        const deep =
          x > 0 && x < cx - 1 && y > 0 && y < cy - 1 && solid[cell - 1] + solid[cell + 1] + solid[cell - cx] + solid[cell + cx] === 4 // prettier-ignore
        if (deep || image[n] > airHu) body[n] = 1
      }
    }
  }
  return body
}

/** Makes 1 what cannot be reached from a slice's border over 0. */
function fillHolesOfSlice(slice: Uint8Array, width: number, height: number): void {
  const outside: number[] = []
  const reach = (at: number): void => {
    if (slice[at] !== 0) return
    slice[at] = 2
    outside.push(at)
  }
  for (let x = 0; x < width; x++) [x, x + width * (height - 1)].forEach(reach)
  for (let y = 0; y < height; y++) [width * y, width * y + width - 1].forEach(reach)
  for (let at = outside.pop(); at !== undefined; at = outside.pop()) {
    const x = at % width
    if (x > 0) reach(at - 1)
    if (x < width - 1) reach(at + 1)
    if (at >= width) reach(at - width)
    if (at < width * (height - 1)) reach(at + width)
  }
  for (let at = 0; at < slice.length; at++) slice[at] = slice[at] === 2 ? 0 : 1
}
