import { describe, expect, it } from 'vitest'
import { reorient } from '../../../../src/main/imaging/canonical'
import type { LabelMap, Volume } from '../../../../src/main/imaging/volume'
import { cleanLabels } from '../../../../src/main/learning/pseudoLabels/clean'
import type { Vec3 } from '../../../../src/shared/geometry/affine'
import { schemaNamed } from '../../../../src/shared/labels/builtin'

const flare = schemaNamed('flare23')
const [LIVER, AORTA, LESION] = [1, 5, 14]
/** 2 mm voxels. The body is a column from 4 to 36 along i and j; at j = 39 lies a table. */
const dims: Vec3 = [40, 40, 80]
const affine = [
  [2, 0, 0, 0],
  [0, 2, 0, 0],
  [0, 0, 2, 0],
] as const
const ct: Volume = {
  dims,
  affine,
  data: Int16Array.from({ length: 40 * 40 * 80 }, (_, n) => {
    const [i, j] = [n % 40, Math.floor(n / 40) % 40]
    if (i >= 4 && i < 36 && j >= 4 && j < 36) return 40
    return j === 39 ? 100 : -1000
  }),
}
const empty = (): LabelMap => ({ dims, affine, data: new Uint8Array(40 * 40 * 80) })

function block(labels: LabelMap, id: number, low: Vec3, size: Vec3): number {
  for (let k = low[2]; k < low[2] + size[2]; k++) {
    for (let j = low[1]; j < low[1] + size[1]; j++) {
      const row = low[0] + 40 * (j + 40 * k)
      labels.data.fill(id, row, row + size[0])
    }
  }
  return size[0] * size[1] * size[2]
}

const count = ({ data }: LabelMap, id: number): number => data.reduce((n, label) => n + Number(label === id), 0)

/** A liver from slice 20 to 40, and an aorta beside it that goes on to the top. */
function abdomen(): LabelMap {
  const labels = empty()
  block(labels, LIVER, [8, 8, 20], [10, 10, 20])
  block(labels, AORTA, [20, 24, 20], [4, 4, 60])
  return labels
}

describe('cleaning pseudo-labels', () => {
  it('removes islands that are too small, of every structure', () => {
    const labels = empty()
    block(labels, LIVER, [6, 6, 6], [6, 6, 6])
    block(labels, LIVER, [20, 20, 20], [4, 4, 4])
    block(labels, LESION, [7, 7, 7], [2, 2, 2])
    expect(cleanLabels(labels, ct, flare)).toEqual({ islands: 64 + 8, outsideAbdomen: 0, farFromOrgans: 0 })
    expect(count(labels, LIVER)).toBe(6 ** 3 - 8)
    expect(count(labels, LESION)).toBe(0)
  })

  it('keeps a lesion beside an organ', () => {
    const labels = abdomen()
    const lesion = block(labels, LESION, [19, 8, 25], [5, 5, 5])
    expect(cleanLabels(labels, ct, flare)).toEqual({ islands: 0, outsideAbdomen: 0, farFromOrgans: 0 })
    expect(count(labels, LESION)).toBe(lesion)
  })

  it('removes what is near an organ, but outside the body', () => {
    const labels = abdomen()
    // 10 mm before the liver, in the air.
    const lesion = block(labels, LESION, [8, 0, 25], [10, 3, 5])
    expect(cleanLabels(labels, ct, flare)).toEqual({ islands: 0, outsideAbdomen: lesion, farFromOrgans: 0 })
  })

  it('removes what is near a vessel, but in the thorax', () => {
    const labels = abdomen()
    const lesion = block(labels, LESION, [25, 24, 60], [5, 5, 5])
    expect(cleanLabels(labels, ct, flare)).toEqual({ islands: 0, outsideAbdomen: lesion, farFromOrgans: 0 })
  })

  it('keeps what lies above the organs by less than the margin, and removes what lies there by more', () => {
    const lesionAbove = (by: number, abdomenMarginMm: number) => {
      const labels = abdomen()
      block(labels, LESION, [25, 24, 40 + by], [5, 5, 5])
      return cleanLabels(labels, ct, flare, { leastVoxels: 100, abdomenMarginMm, lesionReachMm: 20 }).outsideAbdomen
    }
    expect([lesionAbove(5, 20), lesionAbove(10, 20), lesionAbove(10, 40)]).toEqual([0, 125, 0])
  })

  it('removes what is in the abdomen, but far from every organ', () => {
    const labels = abdomen()
    const near = block(labels, LESION, [19, 8, 25], [5, 5, 5])
    const far = block(labels, LESION, [29, 4, 25], [5, 5, 5])
    const options = { leastVoxels: 100, abdomenMarginMm: 20, lesionReachMm: 16 }
    expect(cleanLabels(labels, ct, flare, options)).toEqual({ islands: 0, outsideAbdomen: 0, farFromOrgans: far })
    expect(count(labels, LESION)).toBe(near)
  })

  it('does the same whatever the axes of the image', () => {
    const labels = abdomen()
    const lesion = block(labels, LESION, [25, 24, 60], [5, 5, 5])
    const kept = block(labels, LESION, [19, 8, 25], [5, 5, 5])
    const turned = reorient(labels, 'SPL')
    const cleaned = cleanLabels(turned, reorient(ct, 'SPL'), flare)
    expect(cleaned).toEqual({ islands: 0, outsideAbdomen: lesion, farFromOrgans: 0 })
    expect(count(turned, LESION)).toBe(kept)
  })

  it('calls no lesion stray where there are no organs', () => {
    const labels = empty()
    block(labels, LESION, [11, 11, 11], [5, 5, 5])
    expect(cleanLabels(labels, ct, flare)).toEqual({ islands: 0, outsideAbdomen: 0, farFromOrgans: 0 })
  })
})
