import type { Vec3 } from '../../../shared/geometry/affine'

/**
 * The 13 ways in which a surface can run between the eight voxels that meet in a corner, all others being rotations,
 * reflections or complements of these: the neighbour code (bit 4 di + 2 dj + dk is voxel (i - 1 + di, ...)) and the
 * normals of the surface's triangles, as eight times their absolute components along i, j, k; a normal's length is the
 * triangle's area in voxels. From the marching-cubes table of google-deepmind's surface-distance, which these generate.
 */
const cases: readonly (readonly [code: number, ...normals: Vec3[]])[] = [
  [0b00000001, [1, 1, 1]],
  [0b00000011, [2, 2, 0], [2, 2, 0]],
  [0b00000110, [1, 1, 1], [1, 1, 1]],
  [0b00000111, [1, 1, 1], [2, 2, 2], [4, 0, 0]],
  [0b00001111, [4, 0, 0], [4, 0, 0]],
  [0b00010110, [1, 1, 1], [1, 1, 1], [1, 1, 1]],
  [0b00010111, [1, 1, 1], [1, 1, 1], [2, 2, 2], [2, 2, 2]],
  [0b00011000, [1, 1, 1], [1, 1, 1]],
  [0b00011001, [0, 2, 2], [0, 2, 2], [1, 1, 1]],
  [0b00011011, [0, 2, 2], [1, 1, 1], [2, 0, 2], [3, 3, 3]],
  [0b00011110, [1, 1, 1], [1, 1, 1], [2, 2, 2], [4, 0, 0]],
  [0b00111100, [2, 2, 0], [2, 2, 0], [2, 2, 0], [2, 2, 0]],
  [0b01101001, [1, 1, 1], [1, 1, 1], [1, 1, 1], [1, 1, 1]],
]

const permutations: readonly Vec3[] = [
  [0, 1, 2],
  [0, 2, 1],
  [1, 0, 2],
  [1, 2, 0],
  [2, 0, 1],
  [2, 1, 0],
]

/** The area in mm2 of the surface around a corner, by neighbour code (0 to 255), for voxels of `spacing` mm. */
export function surfaceAreas([si, sj, sk]: Vec3): Float64Array {
  const areas = new Float64Array(256)
  for (const [code, ...normals] of cases) {
    for (const axes of permutations) {
      const area = normals.reduce((sum, normal) => {
        const [a, b, c] = [normal[axes[0]], normal[axes[1]], normal[axes[2]]]
        return sum + Math.hypot(a * sj * sk, b * si * sk, c * si * sj) / 8
      }, 0)
      for (let mirror = 0; mirror < 8; mirror++) {
        const moved = movedCode(code, axes, mirror)
        areas[moved] = area
        areas[255 - moved] = area
      }
    }
  }
  return areas
}

/** The code after new axis a takes the place of axis `axes[a]`, then mirrored along the axes whose bit is set. */
function movedCode(code: number, axes: Vec3, mirror: number): number {
  let moved = 0
  for (let corner = 0; corner < 8; corner++) {
    if (((code >> corner) & 1) === 0) continue
    const bit = (axis: number): number => (corner >> (2 - axis)) & 1
    moved |= 1 << (((bit(axes[0]) << 2) | (bit(axes[1]) << 1) | bit(axes[2])) ^ mirror)
  }
  return moved
}

/**
 * Neighbour codes of every voxel corner: of a mask of nx x ny x nz voxels there are (nx + 1)(ny + 1)(nz + 1), corner
 * (i, j, k) lying between voxels (i - 1, j - 1, k - 1) and (i, j, k); outside the mask is background.
 */
export function neighbourCodes(mask: Uint8Array, [nx, ny, nz]: Vec3): Uint8Array {
  const [cx, cy] = [nx + 1, ny + 1]
  const codes = new Uint8Array(cx * cy * (nz + 1))
  for (let k = 0; k < nz; k++) {
    for (let j = 0; j < ny; j++) {
      for (let i = 0, voxel = nx * (j + ny * k), at = cx * (j + cy * k); i < nx; i++, voxel++, at++) {
        if (mask[voxel] === 0) continue
        codes[at] |= 128
        codes[at + cx * cy] |= 64
        codes[at + cx] |= 32
        codes[at + cx + cx * cy] |= 16
        codes[at + 1] |= 8
        codes[at + 1 + cx * cy] |= 4
        codes[at + 1 + cx] |= 2
        codes[at + 1 + cx + cx * cy] |= 1
      }
    }
  }
  return codes
}
