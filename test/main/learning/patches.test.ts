import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { drawPlacement } from '../../../src/main/learning/augment'
import { chooseStart, PatchSource, samplePatch } from '../../../src/main/learning/patches'
import { seedsOf, type PreparedCase } from '../../../src/main/learning/preparedCase'
import { noAugmentation, type Augmentation } from '../../../src/main/learning/recipe'
import { identityAffine, type Vec3 } from '../../../src/shared/geometry/affine'
import { seededRandom } from '../../../src/shared/random'

const lively: Augmentation = {
  affineProbability: 1,
  rotationDegrees: [20, 20, 20],
  scale: [0.8, 1.2],
  mirror: [true, true, true],
  intensityProbability: 1,
  brightness: 0.3,
  contrast: [0.7, 1.4],
  gamma: [0.7, 1.4],
  noise: 0.2,
}

/** A case whose intensities are 1 + 2i + 30j + 400k and whose label is 1 in one octant. */
function ramp(dims: Vec3, spacing: Vec3 = [1, 1, 1], id = 'ramp'): PreparedCase {
  const [ni, nj, nk] = dims
  const image = new Float32Array(ni * nj * nk)
  const labels = new Uint8Array(image.length)
  for (let at = 0; at < image.length; at++) {
    const [i, j, k] = [at % ni, Math.floor(at / ni) % nj, Math.floor(at / (ni * nj))]
    image[at] = 1 + 2 * i + 30 * j + 400 * k
    labels[at] = i < ni / 2 && j < nj / 2 && k < nk / 2 ? 1 : 0
  }
  return {
    id,
    dims,
    spacing,
    image,
    labels,
    affine: identityAffine,
    padding: -7,
    seeds: seedsOf(labels, 2),
    annotated: Float32Array.of(1, 1),
    weight: 1,
  }
}

const cut = (from: PreparedCase, patch: Vec3, placement: Parameters<typeof samplePatch>[2]) => {
  const voxels = patch[0] * patch[1] * patch[2]
  const image = new Float32Array(voxels).fill(NaN)
  const labels = new Int32Array(voxels).fill(-1)
  samplePatch(from, patch, placement, image, labels)
  return { image, labels }
}

describe('patches', () => {
  const size = fc.integer({ min: 1, max: 9 })
  const dims = fc.tuple(size, size, size)
  const start = fc.integer({ min: -5, max: 5 })

  it('copies voxels where nothing is turned, and pads beyond the case', () => {
    fc.assert(
      fc.property(dims, dims, fc.tuple(start, start, start), (caseDims, patch, from) => {
        const source = ramp(caseDims)
        const placement = drawPlacement(noAugmentation, from, patch, source.spacing, seededRandom(1))
        const { image, labels } = cut(source, patch, placement)
        let to = 0
        for (let k = 0; k < patch[2]; k++) {
          for (let j = 0; j < patch[1]; j++) {
            for (let i = 0; i < patch[0]; i++, to++) {
              const at = [from[0] + i, from[1] + j, from[2] + k]
              const inside = at.every((n, axis) => n >= 0 && n < caseDims[axis])
              const voxel = at[0] + caseDims[0] * (at[1] + caseDims[1] * at[2])
              expect(image[to]).toBeCloseTo(inside ? source.image[voxel] : -7, 3)
              expect(labels[to]).toBe(inside ? source.labels[voxel] : 255)
            }
          }
        }
      }),
    )
  })

  it('interpolates a linear image exactly, however it is turned', () => {
    fc.assert(
      fc.property(fc.integer(), (seed) => {
        const source = ramp([12, 10, 9], [1, 1.5, 2])
        const { origin, rows } = drawPlacement(lively, [2, 1, 1], [6, 6, 5], source.spacing, seededRandom(seed))
        const { image, labels } = cut(source, [6, 6, 5], { origin, rows })
        let inside = 0
        for (let to = 0; to < image.length; to++) {
          const p = [to % 6, Math.floor(to / 6) % 6, Math.floor(to / 36)]
          const [x, y, z] = rows.map((row, axis) => origin[axis] + row[0] * p[0] + row[1] * p[1] + row[2] * p[2])
          if (labels[to] === 255) {
            expect(image[to]).toBe(-7)
            continue
          }
          inside++
          expect(Math.abs(image[to] - (1 + 2 * x + 30 * y + 400 * z))).toBeLessThan(0.2)
        }
        expect(inside).toBeGreaterThan(20)
      }),
      { numRuns: 30 },
    )
  })

  it('keeps turns rigid in millimetres', () => {
    const spacing: Vec3 = [0.8, 1, 3]
    const turnOnly = { ...lively, scale: [1, 1] as [number, number] }
    const { rows } = drawPlacement(turnOnly, [0, 0, 0], [8, 8, 8], spacing, seededRandom(5))
    for (const column of [0, 1, 2] as const) {
      const length = Math.hypot(...rows.map((row, axis) => row[column] * spacing[axis]))
      expect(length).toBeCloseTo(spacing[column], 6)
    }
  })

  it('is centred near a structure when asked for one, and always lies within the case', () => {
    const source = ramp([40, 40, 40])
    const random = seededRandom(3)
    for (let n = 0; n < 200; n++) {
      const at = chooseStart(source, [16, 16, 16], 1, random)
      for (const axis of [0, 1, 2] as const) {
        expect(at[axis]).toBeGreaterThanOrEqual(0)
        expect(at[axis]).toBeLessThanOrEqual(24)
        expect(at[axis] + 8).toBeLessThanOrEqual(24)
      }
    }
  })

  it('lays a small case anywhere within a large patch', () => {
    const random = seededRandom(4)
    const starts = Array.from({ length: 100 }, () => chooseStart(ramp([4, 4, 4]), [8, 8, 8], 0.5, random))
    const seen = new Set(starts.flat())
    expect([...seen].sort((a, b) => a - b)).toEqual([-4, -3, -2, -1, 0])
  })
})

describe('a patch source', () => {
  const recipe = { patch: [6, 5, 4] as [number, number, number], batch: 2, foregroundShare: 0.5, augmentation: lively }
  const cases = [0, 1, 2].map((n) => ramp([8, 8, 8], [1, 1, 1], `case-${n}`))

  it('makes the same batch of a step whatever was asked for before', () => {
    const options = { recipe, seed: 11 }
    const all = new PatchSource(cases, options)
    const batches = [0, 1, 2, 3, 4].map((step) => ({
      image: all.at(step).image.slice(),
      labels: all.at(step).labels.slice(),
    }))
    const late = new PatchSource(cases, options)
    for (const step of [4, 2]) expect(late.at(step)).toMatchObject(batches[step])
    expect(batches[1].image).not.toEqual(batches[2].image)
    expect(new PatchSource(cases, { ...options, seed: 12 }).at(0).image).not.toEqual(batches[0].image)
  })

  it('sees every case as often as its weight says', () => {
    const marked = cases.map((c, n) => ({ ...c, image: new Float32Array(c.image.length).fill(n), weight: n + 1 }))
    const quiet = { ...recipe, augmentation: noAugmentation, patch: [4, 4, 4] as [number, number, number] }
    const source = new PatchSource(marked, { recipe: quiet, seed: 1 })
    const seen = [0, 0, 0]
    for (let step = 0; step < 6; step++) {
      const { image } = source.at(step)
      for (const value of [image[0], image[64]]) seen[value]++
    }
    expect(seen).toEqual([2, 4, 6])
  })
})
