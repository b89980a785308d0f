import { describe, expect, it } from 'vitest'
import type { Vec3 } from '../../../../src/shared/geometry/affine'
import { seededRandom } from '../../../../src/shared/random'
import { clickPatch, grainOf } from '../../../../src/shared/voxels/proposal/clickPatch'

const dims: Vec3 = [50, 50, 20]
const spacing = [1, 1, 2.5] as const

/** A ball of 100 in 0, with noise. */
function ball(radiusMm: number, noise: number): Int16Array {
  const random = seededRandom(2)
  return Int16Array.from({ length: 50 * 50 * 20 }, (_, n) => {
    const [i, j, k] = [n % 50, Math.floor(n / 50) % 50, Math.floor(n / 2500)]
    const mm = Math.hypot(i - 25, j - 25, (k - 10) * 2.5)
    return Math.round((mm < radiusMm ? 100 : 0) + noise * random.normal())
  })
}

describe('what lies around a click', () => {
  it.each([6, 10, 15])('is a ball of %d mm where the tissue is one, whatever the voxels', (radiusMm) => {
    const image = ball(radiusMm, 8)
    const patch = clickPatch(image, dims, spacing, [25, 25, 10], grainOf(image, dims, spacing, [[25, 25, 10]]))
    expect(patch.radiusMm).toBeGreaterThan(0.7 * radiusMm)
    expect(patch.radiusMm).toBeLessThan(1.3 * radiusMm)
    expect(Math.abs(patch.mean - 100)).toBeLessThan(5)
  })

  it('knows the noise of even tissue', () => {
    expect(grainOf(ball(0, 12), dims, spacing, [[25, 25, 10]]).noise).toBeGreaterThan(10)
    expect(grainOf(ball(0, 12), dims, spacing, [[25, 25, 10]]).noise).toBeLessThan(14)
  })

  it('can lie at the edge of the image', () => {
    const image = ball(10, 8)
    expect(clickPatch(image, dims, spacing, [0, 0, 0], { factor: [1, 1, 1], noise: 8 }).radiusMm).toBeGreaterThan(5)
  })
})
