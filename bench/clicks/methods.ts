import { featureNames, type Evidence } from '../../src/shared/voxels/proposal/evidence'

const at = (name: (typeof featureNames)[number]): number => featureNames.indexOf(name)

/**
 * Geodesic segmentation (Criminisi, Sharp and Blake, GeoS, ECCV 2008; Bai and Sapiro, ICCV 2007): a cell belongs to the
 * seeds that it is nearest to through alike tissue; as long as there are none outside, to the inside ones up to a reach.
 */
export function geodesic({ features }: Evidence): Float32Array {
  const inside = features[at('way from inside through alike')]
  const outside = features[at('way from outside through unlike')]
  const likelihood = features[at('likelihood around')]
  const widest = features[at('widest way')]
  return inside.map((d, n) => {
    const near = Math.min(outside[n], 0.6) - d
    return likelihood[n] < -1 ? Math.min(near, -0.01) : widest[n] < 0.2 ? Math.min(near, 0.3 - d) : near
  })
}

/**
 * Random walker (Grady, IEEE TPAMI 28:1768, 2006) with the likelihood as weak links to both seeds: successive
 * over-relaxation from the likelihood on.
 */
export function randomWalker({ grid, features, insideCells, outsideCells }: Evidence): Float32Array {
  const { size, spacing } = grid
  const [nx, ny, nz] = size
  const edge = features[at('edge')]
  const reach = features[at('from inside')]
  const likelihood = features[at('likelihood around')]
  const p = new Float32Array(edge.length)
  const fore = new Float32Array(edge.length)
  const back = new Float32Array(edge.length)
  const fixed = new Uint8Array(edge.length)
  for (let n = 0; n < p.length; n++) {
    const q = 1 / (1 + Math.exp(-likelihood[n]))
    const near = Math.exp(-1.2 * reach[n])
    fore[n] = 0.03 * q * near
    back[n] = 0.03 * (1 - q * near)
    p[n] = q * near
  }
  for (const cell of insideCells) [p[cell], fixed[cell]] = [1, 1]
  for (const cell of outsideCells) [p[cell], fixed[cell]] = [0, 1]
  const finest = Math.min(...spacing)
  const weight = spacing.map((s) => (finest / s) ** 2)
  const steps = [1, nx, nx * ny]
  for (let round = 0; round < 8; round++) {
    for (let z = 1; z < nz - 1; z++) {
      for (let y = 1; y < ny - 1; y++) {
        for (let x = 1, n = 1 + nx * (y + ny * z); x < nx - 1; x++, n++) {
          if (fixed[n]) continue
          let sum = fore[n]
          let total = fore[n] + back[n]
          for (let axis = 0; axis < 3; axis++) {
            for (let sign = -1; sign <= 1; sign += 2) {
              const m = n + sign * steps[axis]
              const e = Math.max(edge[n], edge[m])
              const w = weight[axis] * Math.exp(-1.5 * e) + 1e-4
              sum += w * p[m]
              total += w
            }
          }
          p[n] += 1.5 * (sum / total - p[n])
        }
      }
    }
  }
  return p.map((q) => q - 0.5)
}
