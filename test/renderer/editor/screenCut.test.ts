import { describe, expect, it } from 'vitest'
import { cutOut, type Projection } from '../../../src/renderer/editor/screenCut'

const box = { low: [2, 3, 1], high: [12, 11, 7] } as const
const full = new Uint8Array(10 * 8 * 6).fill(1)
/** Looked at from the front, turned a little about the head-feet axis; 5 pixels a voxel. */
const projection: Projection = [
  [4, 3, 0, 20],
  [0, 0, -5, 60],
]
const outline = [[40, 30], [70, 30], [70, 50], [40, 50]] as const // prettier-ignore

describe('scissors in the 3-D view', () => {
  it('take exactly the voxels that lie within the outline on the screen, however deep', () => {
    const cut = cutOut(full, box, { outline, projection, cuts: 'inside' })
    for (let k = 0, n = 0; k < 6; k++) {
      for (let j = 0; j < 8; j++) {
        for (let i = 0; i < 10; i++, n++) {
          const x = 4 * (i + 2) + 3 * (j + 3) + 20
          const y = -5 * (k + 1) + 60
          if ([40, 70].includes(x) || [30, 50].includes(y)) continue
          expect(cut[n]).toBe(x > 40 && x < 70 && y > 30 && y < 50 ? 1 : 0)
        }
      }
    }
  })

  it('take all the rest where they cut outside, and nothing that is not the structure', () => {
    const sparse = full.map((_, n) => (n % 3 === 0 ? 1 : 0))
    const inside = cutOut(sparse, box, { outline, projection, cuts: 'inside' })
    const outside = cutOut(sparse, box, { outline, projection, cuts: 'outside' })
    sparse.forEach((value, n) => expect(inside[n] + outside[n]).toBe(value))
  })
})
