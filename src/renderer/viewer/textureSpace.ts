import { composeAffines, invertAffine, type Affine, type Vec3 } from '../../shared/geometry/affine'

/** A grid without its voxels: voxel to RAS mm. */
export interface Grid {
  readonly dims: Vec3
  readonly affine: Affine
}

/** Texture coordinates (0 and 1 at the outer edges) to voxels (centres are integers). */
function textureToVoxel([nx, ny, nz]: Vec3): Affine {
  return [
    [nx, 0, 0, -0.5],
    [0, ny, 0, -0.5],
    [0, 0, nz, -0.5],
  ]
}

/** Leads texture coordinates of one grid to those of another at the same place in the patient: 4 x 4, column by column. */
export function textureToTexture(from: Grid, to: Grid): Float32Array {
  const toMm = composeAffines(from.affine, textureToVoxel(from.dims))
  const back = invertAffine(composeAffines(to.affine, textureToVoxel(to.dims)))
  const affine = composeAffines(back, toMm)
  return Float32Array.from({ length: 16 }, (_, n) => {
    const [column, row] = [Math.floor(n / 4), n % 4]
    return row < 3 ? affine[row][column] : column === 3 ? 1 : 0
  })
}
