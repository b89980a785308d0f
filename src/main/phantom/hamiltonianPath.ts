import type { Vec3 } from '../../shared/geometry/affine'
import type { Random } from '../../shared/random'

/**
 * A path that visits every node of a lattice once, going only to neighbours, at random: backbite moves (Oberdorf et
 * al., Physical Review E 74:051801, 2006) on a path that first went row by row.
 */
export function hamiltonianPath([nx, ny, nz]: Vec3, random: Random, moves: number): Vec3[] {
  let path: Vec3[] = []
  for (let k = 0; k < nz; k++) {
    for (let jj = 0; jj < ny; jj++) {
      const j = k % 2 === 0 ? jj : ny - 1 - jj
      for (let ii = 0; ii < nx; ii++) path.push([(k * ny + jj) % 2 === 0 ? ii : nx - 1 - ii, j, k])
    }
  }
  for (let move = 0; move < moves; move++) {
    if (random.next() < 0.5) path = path.reverse()
    const [i, j, k] = path[path.length - 1]
    const axis = random.int(3)
    const by = random.next() < 0.5 ? -1 : 1
    const next: Vec3 = [i + (axis === 0 ? by : 0), j + (axis === 1 ? by : 0), k + (axis === 2 ? by : 0)]
    // The end bites a neighbour that lies on the path: what was beyond it is turned around.
    const bitten = path.findIndex((p) => p[0] === next[0] && p[1] === next[1] && p[2] === next[2])
    if (bitten < 0 || bitten === path.length - 2) continue
    path = [...path.slice(0, bitten + 1), ...path.slice(bitten + 1).reverse()]
  }
  return path
}
