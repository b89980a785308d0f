import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Vec3 } from '../../../../src/shared/geometry/affine'
import { seededRandom } from '../../../../src/shared/random'
import {
  applyCurve,
  bezierCurve,
  genesisTransforms,
  paintInside,
  paintOutside,
  shuffleWindows,
  spoil,
  type Patch,
} from '../../../../src/main/learning/pretraining/genesisTransforms'

const unit = fc.double({ min: 0, max: 1, noNaN: true })
const seeds = fc.integer({ min: 0, max: 1e6 })
const size: Vec3 = [12, 10, 8]
const voxels = size[0] * size[1] * size[2]

function patch(seed: number): Patch {
  const random = seededRandom(seed)
  const values = Float32Array.from({ length: voxels }, () => random.between(-3, 5))
  return { size, values, low: -3, high: 5 }
}

describe('a Bezier curve', () => {
  it('rises or falls all the way, from end to end of the range', () => {
    fc.assert(
      fc.property(unit, unit, unit, unit, fc.boolean(), (ax, ay, bx, by, falling) => {
        const curve = bezierCurve([ax, ay], [bx, by], falling)
        expect([curve[0], curve.at(-1)]).toEqual(falling ? [1, 0] : [0, 1])
        for (let n = 1; n < curve.length; n++) {
          const rise = falling ? curve[n - 1] - curve[n] : curve[n] - curve[n - 1]
          if (!(rise >= -1e-6)) expect.fail(`at ${n}: ${curve[n - 1]} to ${curve[n]}`)
        }
      }),
      { numRuns: 60 },
    )
  })

  it('is the straight line where its points lie on it', () => {
    const curve = bezierCurve([1 / 3, 1 / 3], [2 / 3, 2 / 3], false)
    for (let n = 0; n < curve.length; n++) expect(curve[n]).toBeCloseTo(n / (curve.length - 1), 4)
  })

  it('goes through the point that its equation gives', () => {
    const [a, b] = [
      [0.1, 0.8],
      [0.4, 0.9],
    ]
    const at = (t: number, axis: 0 | 1): number =>
      3 * (1 - t) ** 2 * t * a[axis] + 3 * (1 - t) * t ** 2 * b[axis] + t ** 3
    const curve = bezierCurve(a, b, false)
    for (const t of [0.2, 0.5, 0.8]) expect(curve[Math.round(at(t, 0) * 1024)]).toBeCloseTo(at(t, 1), 2)
  })

  it('keeps intensities in their range, and their order or its reverse', () => {
    fc.assert(
      fc.property(seeds, unit, unit, fc.boolean(), (seed, x, y, falling) => {
        const changed = patch(seed)
        const before = changed.values.slice()
        applyCurve(changed, bezierCurve([x, y], [y, x], falling))
        expect(Math.min(...changed.values)).toBeGreaterThanOrEqual(-3)
        expect(Math.max(...changed.values)).toBeLessThanOrEqual(5)
        const order = [...before.keys()].sort((a, b) => before[a] - before[b])
        for (let n = 1; n < order.length; n++) {
          const rise = changed.values[order[n]] - changed.values[order[n - 1]]
          if (!(falling ? rise <= 1e-5 : rise >= -1e-5)) expect.fail(`order of ${n} is lost`)
        }
      }),
      { numRuns: 20 },
    )
  })
})

describe('shuffling', () => {
  it("moves voxels no further than a window, and keeps the patch's histogram", () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const shuffled = patch(seed)
        const before = shuffled.values.slice()
        const options = { windowsPerVoxel: 1 / voxels, largestWindow: 0.3 }
        shuffleWindows(shuffled, options, seededRandom(seed))
        const moved = [...before.keys()].filter((at) => shuffled.values[at] !== before[at])
        const along = (at: number): number[] => [at % 12, Math.floor(at / 12) % 10, Math.floor(at / 120)]
        for (const axis of [0, 1, 2]) {
          const places = moved.map((at) => along(at)[axis])
          expect(Math.max(0, ...places) - Math.min(99, ...places)).toBeLessThan(Math.max(2, 0.3 * size[axis]))
        }
        shuffleWindows(shuffled, genesisTransforms, seededRandom(seed + 1))
        expect(shuffled.values.toSorted()).toEqual(before.toSorted())
        expect(shuffled.values).not.toEqual(before)
      }),
      { numRuns: 20 },
    )
  })
})

describe('painting', () => {
  const share = (painted: Patch, before: Float32Array): number =>
    painted.values.filter((value, at) => value !== before[at]).length / voxels

  it('paints over boxes of a sixth to a third of each side, five at most, in the range', () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const painted = patch(seed)
        const before = painted.values.slice()
        paintInside(painted, genesisTransforms, seededRandom(seed))
        expect(share(painted, before)).toBeGreaterThan(0)
        expect(share(painted, before)).toBeLessThanOrEqual((5 * 4 * 3 * 3) / voxels)
        expect(Math.min(...painted.values)).toBeGreaterThanOrEqual(-3)
        expect(Math.max(...painted.values)).toBeLessThanOrEqual(5)
      }),
      { numRuns: 30 },
    )
  })

  it('paints over all but boxes of three to four sevenths of each side', () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const painted = patch(seed)
        const before = painted.values.slice()
        paintOutside(painted, genesisTransforms, seededRandom(seed))
        const left = 1 - share(painted, before)
        expect(left).toBeGreaterThanOrEqual((5 * 4 * 3) / voxels)
        expect(left).toBeLessThanOrEqual((5 * 7 * 6 * 5) / voxels)
        expect(Math.min(...painted.values)).toBeGreaterThanOrEqual(-3)
        expect(Math.max(...painted.values)).toBeLessThanOrEqual(5)
      }),
      { numRuns: 30 },
    )
  })

  it('is done in about 9 of 10 patches, mostly outside', () => {
    const shares = Array.from({ length: 300 }, (_, seed) => {
      const spoiled = patch(seed)
      const before = spoiled.values.slice()
      spoil(spoiled, { ...genesisTransforms, nonlinear: 0, shuffling: 0 }, seededRandom(seed))
      return share(spoiled, before)
    })
    const [untouched, outside] = [shares.filter((s) => s === 0).length, shares.filter((s) => s > 0.2).length]
    expect(untouched).toBeGreaterThan(10)
    expect(untouched).toBeLessThan(60)
    expect(outside).toBeGreaterThan(170)
    expect(outside).toBeLessThan(260)
  })
})
