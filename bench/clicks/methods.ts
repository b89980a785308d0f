import { channelNames, type WindowEvidence } from '../../src/shared/voxels/proposal/windowEvidence'
import { framedCells } from '../../src/shared/voxels/proposal/window'

const at = (name: (typeof channelNames)[number]): number => channelNames.indexOf(name)

/**
 * Geodesic segmentation (Criminisi, Sharp and Blake, GeoS, ECCV 2008; Bai and Sapiro, ICCV 2007): a cell belongs to the
 * marks that it is nearest to through alike tissue; as long as there are none outside, to the inside ones up to a reach;
 * the mask before counts as far as no mark is near.
 */
export function geodesic({ channels, before }: WindowEvidence): Float32Array {
  const inside = channels[at('way from inside through alike')]
  const outside = channels[at('way from outside over edges')]
  const likelihood = channels[at('likelihood around')]
  const depth = channels[at('depth in the mask before')]
  const reach = before ? 0.3 : 0.25
  return inside.map((near, n) => {
    const unlike = likelihood[n] < -0.4 ? 0.15 : 0
    return near - Math.max(outside[n], reach) - unlike + (before ? 0.4 * depth[n] : 0)
  })
}

/**
 * Random walker (Grady, IEEE TPAMI 28:1768, 2006) with likelihood and the mask before as weak links to both seeds:
 * successive over-relaxation from there on.
 */
export function randomWalker({ channels, insideCells, outsideCells, before }: WindowEvidence): Float32Array {
  const edge = channels[at('edge')]
  const reach = channels[at('from inside')]
  const likelihood = channels[at('likelihood around')]
  const depth = channels[at('depth in the mask before')]
  const p = new Float32Array(edge.length)
  const fore = new Float32Array(edge.length)
  const back = new Float32Array(edge.length)
  const fixed = new Uint8Array(edge.length)
  for (let n = 0; n < p.length; n++) {
    const near = before ? 1 / (1 + Math.exp(-4 * depth[n])) : reach[n]
    const q = near / (1 + Math.exp(-3 * likelihood[n]))
    fore[n] = 0.03 * q
    back[n] = 0.03 * (1 - q)
    p[n] = q
  }
  for (const cell of insideCells) [p[cell], fixed[cell]] = [1, 1]
  for (const cell of outsideCells) [p[cell], fixed[cell]] = [0, 1]
  const steps = [1, framedCells, framedCells ** 2]
  const last = framedCells - 1
  for (let round = 0; round < 12; round++) {
    for (let z = 1; z < last; z++) {
      for (let y = 1; y < last; y++) {
        for (let x = 1, n = 1 + framedCells * (y + framedCells * z); x < last; x++, n++) {
          if (fixed[n]) continue
          let sum = fore[n]
          let total = fore[n] + back[n]
          for (const step of steps) {
            for (const m of [n - step, n + step]) {
              const w = Math.exp(-3 * Math.max(edge[n], edge[m])) + 1e-4
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
