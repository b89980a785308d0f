import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { LabelEditor } from '../../../src/renderer/editor/labelEditor'
import { SimilarBrush } from '../../../src/renderer/editor/similarTissue'
import { overAllUnlocked, paintableOver } from '../../../src/renderer/editor/writable'
import type { Vec3 } from '../../../src/shared/geometry/affine'
import { seededRandom } from '../../../src/shared/random'

const dims: Vec3 = [60, 50, 9]
const spacing: Vec3 = [0.8, 0.8, 2.5]

/** An organ of 100 HU left of i = 30, fat right of it, and a vessel of 100 HU beyond the fat. */
function image(): Int16Array {
  const random = seededRandom(2)
  return Int16Array.from({ length: dims[0] * dims[1] * dims[2] }, (_, n) => {
    const i = n % dims[0]
    return Math.round((i < 30 || i > 40 ? 100 : -90) + 15 * random.normal())
  })
}

function paint(at: Vec3, to: Vec3, sphere: boolean): { i: number; j: number; k: number }[] {
  const editor = new LabelEditor(dims, spacing, new Uint8Array(dims[0] * dims[1] * dims[2]))
  const stroke = { value: 1, radiusMm: 12, plane: sphere ? null : ('axial' as const), similarIn: image() }
  editor.begin({ ...stroke, writable: paintableOver(overAllUnlocked, []) }, at)
  editor.moveTo(to)
  editor.end()
  return [...editor.data.keys()]
    .filter((n) => editor.data[n] === 1)
    .map((n) => ({ i: n % dims[0], j: Math.floor(n / dims[0]) % dims[1], k: Math.floor(n / dims[0] / dims[1]) }))
}

describe.each([
  ['disc', false],
  ['ball', true],
] as const)('a brush that stays in similar tissue, a %s', (_shape, sphere) => {
  it('fills the organ under it without holes, and stops at the fat', () => {
    const painted = paint([24, 25, 4], [25, 25, 4], sphere)
    expect(painted.length).toBeGreaterThan(200)
    expect(painted.every(({ i }) => i <= 30)).toBe(true)
    const slice = painted.filter(({ k }) => k === 4)
    const disc = (i: number, j: number): boolean => i < 29 && Math.hypot((i - 25) * 0.8, (j - 25) * 0.8) < 11.5
    let missing = 0
    for (let j = 0; j < dims[1]; j++) {
      for (let i = 0; i < dims[0]; i++) if (disc(i, j) && !slice.some((p) => p.i === i && p.j === j)) missing++
    }
    expect(missing).toBeLessThan(4)
  })

  it('does not leap over the fat to tissue that is alike', () => {
    const painted = paint([26, 25, 4], [29, 25, 4], sphere)
    expect(painted.some(({ i }) => i > 40)).toBe(false)
  })

  it('paints the fat where it starts there', () => {
    const painted = paint([35, 25, 4], [35, 25, 4], sphere)
    expect(painted.every(({ i }) => i >= 30 && i <= 40)).toBe(true)
    expect(painted.length).toBeGreaterThan(100)
  })
})

describe('what it knows of the tissue from the move before', () => {
  it('changes nothing of what is painted, whatever the way and the size', () => {
    const hu = image()
    const place = fc.tuple(fc.nat(dims[0] - 1), fc.nat(dims[1] - 1), fc.nat(dims[2] - 1))
    const radii = fc.constantFrom(0.3, 1, 4, 9)
    fc.assert(
      fc.property(fc.array(place, { minLength: 2, maxLength: 6 }), radii, fc.boolean(), (way, radiusMm, sphere) => {
        const range = [40, 160] as const
        const plane = sphere ? null : ('axial' as const)
        const knowing = new SimilarBrush(hu, dims, spacing, range)
        for (let n = 1; n < way.length; n++) {
          const sweep = { from: way[n - 1], to: way[n], radiusMm, plane }
          const painted = (brush: SimilarBrush): Set<number> => {
            const found = new Set<number>()
            brush.visit(sweep, (first, last, j, k) => {
              for (let i = first; i <= last; i++) found.add(i + dims[0] * (j + dims[1] * k))
            })
            return found
          }
          expect(painted(knowing)).toEqual(painted(new SimilarBrush(hu, dims, spacing, range)))
        }
      }),
      { numRuns: 60 },
    )
  })
})
