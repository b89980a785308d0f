import { describe, expect, it } from 'vitest'
import { drawPlacement } from '../../../src/main/learning/augment'
import { lesionObjects, pasteLesion } from '../../../src/main/learning/cutMix'
import { drawBend } from '../../../src/main/learning/deform'
import { blur, lowerResolution } from '../../../src/main/learning/filters'
import { nearestVoxels, PatchSource, samplePatch } from '../../../src/main/learning/patches'
import { seedsOf, type PreparedCase } from '../../../src/main/learning/preparedCase'
import type { Augmentation } from '../../../src/main/learning/recipe'
import { recipeNamed } from '../../../src/main/learning/presets'
import { identityAffine, type Vec3 } from '../../../src/shared/geometry/affine'
import { seededRandom } from '../../../src/shared/random'

const base = recipeNamed('abdomen', 'tiny')
/** Channel 1 is an organ, 2 a lesion. */
function prepared(id: string, paint: (labels: Uint8Array) => void, dims: Vec3 = [24, 20, 16]): PreparedCase {
  const labels = new Uint8Array(dims[0] * dims[1] * dims[2])
  paint(labels)
  const random = seededRandom(labels.length + id.length)
  return {
    id,
    dims,
    affine: identityAffine,
    spacing: [1, 1, 1],
    image: Float32Array.from(labels, (label, at) => 10 * label + 0.01 * (at % 24) + 0.1 * random.next()),
    labels,
    padding: -1,
    seeds: seedsOf(labels, 3),
    annotated: Float32Array.of(1, 1, 1),
    weight: 1,
  }
}
const cube = (labels: Uint8Array, label: number, at: number, size: number): void => {
  for (let k = at; k < at + size; k++) {
    for (let j = at; j < at + size; j++) labels.fill(label, at + 24 * (j + 20 * k), at + size + 24 * (j + 20 * k))
  }
}
const organ = prepared('organ', (labels) => cube(labels, 1, 2, 10))
const ill = prepared('ill', (labels) => {
  cube(labels, 1, 3, 11)
  cube(labels, 2, 6, 4)
})

describe('elastic deformation', () => {
  it('is smooth, of the deviation that is asked for, and the same for a seed', () => {
    const patch: Vec3 = [40, 32, 24]
    const bend = drawBend(patch, [1, 1, 2], { spacingMm: 12, deviationMm: 3 }, seededRandom(1))
    expect(bend).toEqual(drawBend(patch, [1, 1, 2], { spacingMm: 12, deviationMm: 3 }, seededRandom(1)))
    const voxels = 40 * 32 * 24
    const deviation = (axis: number): number =>
      Math.sqrt(bend.subarray(axis * voxels, (axis + 1) * voxels).reduce((s, d) => s + d * d, 0) / voxels)
    // B-splines smooth what is drawn at the points: to some 0.4 to 0.8 of it in three dimensions.
    expect(deviation(0)).toBeGreaterThan(0.8)
    expect(deviation(0)).toBeLessThan(2.4)
    expect(deviation(2)).toBeLessThan(1.2)
    let steepest = 0
    for (let n = 1; n < 40; n++) steepest = Math.max(steepest, Math.abs(bend[n] - bend[n - 1]))
    expect(steepest).toBeLessThan(1)
  })

  it('bends image and labels alike, and nothing where it is nought', () => {
    const augmentation: Augmentation = {
      ...base.augmentation,
      affineProbability: 0,
      elastic: { probability: 1, spacingMm: 10, deviationMm: 3 },
    }
    const patch: Vec3 = [16, 16, 16]
    const placement = drawPlacement(augmentation, [1, 1, 0], patch, [1, 1, 1], seededRandom(3))
    const [image, labels] = [new Float32Array(4096), new Int32Array(4096)]
    samplePatch(organ, patch, placement, image, labels)
    const nearest = nearestVoxels(organ.dims, patch, placement)
    // Half a voxel beyond the outermost there is nothing to interpolate, though one voxel is still the nearest.
    expect([...nearest].every((at, n) => labels[n] === 255 || labels[n] === organ.labels[at])).toBe(true)
    expect(labels.filter((label) => label === 255).length).toBeLessThan(1500)
    expect(new Set(labels)).toEqual(new Set([0, 1, ...(labels.includes(255) ? [255] : [])]))

    const flat = { ...placement, bend: new Float32Array(3 * 4096) }
    const straight = { origin: placement.origin, rows: placement.rows }
    const [plain, bent] = [new Float32Array(4096), new Float32Array(4096)]
    samplePatch(organ, patch, straight, plain, labels)
    samplePatch(organ, patch, flat, bent, labels)
    expect(Math.max(...plain.map((value, n) => Math.abs(value - bent[n])))).toBeLessThan(1e-5)
  })
})

describe('blur and low resolution', () => {
  const dims: Vec3 = [21, 21, 21]
  const point = (): Float32Array => {
    const values = new Float32Array(21 ** 3)
    values[10 + 21 * (10 + 21 * 10)] = 1
    return values
  }

  it('spreads a point to a Gaussian, and keeps the sum', () => {
    const values = point()
    blur(values, dims, 1)
    expect(values.reduce((a, b) => a + b, 0)).toBeCloseTo(1, 4)
    const at = (i: number): number => values[10 + i + 21 * (10 + 21 * 10)]
    expect(at(0)).toBeCloseTo((1 / Math.sqrt(2 * Math.PI)) ** 3, 2)
    expect(at(1) / at(0)).toBeCloseTo(Math.exp(-0.5), 3)
    expect(at(1)).toBeCloseTo(at(-1), 6)
  })

  it('loses what is finer than its voxels, and keeps what is even, or a ramp', () => {
    const even = new Float32Array(21 ** 3).fill(3)
    lowerResolution(even, dims, [0.5, 0.5, 0.5])
    expect(even.every((value) => Math.abs(value - 3) < 1e-6)).toBe(true)
    const stripes = Float32Array.from({ length: 21 ** 3 }, (_, n) => (n % 2 === 0 ? 1 : -1))
    const before = stripes.slice()
    lowerResolution(stripes, dims, [1 / 3, 1, 1])
    expect(stripes.some((value, n) => Math.abs(value - before[n]) > 0.5)).toBe(true)
    const same = before.slice()
    lowerResolution(same, dims, [1, 1, 1])
    expect(same).toEqual(before)
  })
})

describe('lesions pasted with their surroundings', () => {
  const cutMix = { probability: 1, inPlaneMm: [2, 3] as [number, number], acrossMm: [2, 3] as [number, number] }
  const objects = lesionObjects([organ, ill], [2], cutMix, seededRandom(1))

  it('are found one by one, with what lies around them and the organ that hosts them', () => {
    expect(objects).toHaveLength(1)
    const [{ dims, labels, host }] = objects
    expect(host).toBe(1)
    expect(dims.every((n) => n >= 8 && n <= 10)).toBe(true)
    expect(labels.reduce((n, label) => n + Number(label === 2), 0)).toBe(64)
  })

  it('come to lie in the organ of their kind', () => {
    const patch = organ.dims
    for (let seed = 0; seed < 20; seed++) {
      const sample = {
        image: organ.image.slice(),
        labels: Int32Array.from(organ.labels),
        patch,
        annotated: organ.annotated,
      }
      expect(pasteLesion(sample, objects[0], seededRandom(seed))).toBe(true)
      let [sum, count] = [0, 0]
      sample.labels.forEach((label, at) => {
        if (label !== 2) return
        expect(sample.image[at]).toBeGreaterThan(15)
        sum += at % 24
        count++
      })
      expect(count).toBeGreaterThan(0)
      // Centred on a voxel of the organ, which lies between 2 and 12.
      expect(sum / count).toBeGreaterThan(1)
      expect(sum / count).toBeLessThan(13)
    }
  })

  it('do not claim what nobody looked for', () => {
    const patch = organ.dims
    const [object] = objects
    const sampleOf = (annotated: Float32Array) => ({
      image: organ.image.slice(),
      labels: Int32Array.from(organ.labels),
      patch,
      annotated,
    })
    const knowsNoOrgan = {
      ...object,
      annotated: Float32Array.of(1, 0, 1),
      labels: object.labels.map((l) => (l === 1 ? 0 : l)),
    }
    const full = sampleOf(Float32Array.of(1, 1, 1))
    pasteLesion(full, knowsNoOrgan, seededRandom(4))
    expect(full.labels.includes(255)).toBe(true)
    const lesionOnly = sampleOf(Float32Array.of(1, 0, 1))
    pasteLesion(lesionOnly, object, seededRandom(4))
    expect(lesionOnly.labels.includes(2)).toBe(true)
  })

  it.each([
    { partialLabels: 'ignore' as const, brought: true },
    { partialLabels: 'missing' as const, brought: false },
    { partialLabels: 'merge-max' as const, brought: false },
  ])(
    'with $partialLabels, bring an organ that the sample has not annotated: $brought',
    ({ partialLabels, brought }) => {
      const withFour = (one: PreparedCase, annotated: number[]): PreparedCase => ({
        ...one,
        annotated: Float32Array.from(annotated),
        seeds: seedsOf(one.labels, 4),
      })
      // Channel 3 is an organ around the lesion, which the other case does not annotate.
      const donor = prepared('donor', (labels) => {
        cube(labels, 3, 3, 11)
        cube(labels, 2, 6, 4)
      })
      const nothing = partialLabels === 'ignore' ? 255 : 0
      const blind = { ...organ, labels: organ.labels.map((label) => label || nothing) }
      const recipe = { ...base, patch: [24, 20, 16] as [number, number, number], batch: 1, cutMix, partialLabels }
      const source = new PatchSource([withFour(donor, [1, 1, 1, 1]), withFour(blind, [1, 1, 1, 0])], {
        recipe,
        seed: 1,
        lesions: [2],
      })
      const seen = { lesion: false, organ: false }
      for (let step = 0; step < 12; step++) {
        const { labels, annotated } = source.at(step)
        if (annotated[3] === 1) continue
        seen.lesion ||= labels.includes(2)
        seen.organ ||= labels.includes(3)
      }
      expect(seen).toEqual({ lesion: true, organ: brought })
    },
  )

  it('go into samples of cases without lesions only', () => {
    const recipe = { ...base, patch: [16, 16, 16] as [number, number, number], batch: 1, foregroundShare: 1, cutMix }
    const withLesion = (cases: PreparedCase[], lesions: number[]): number => {
      const source = new PatchSource(cases, { recipe, seed: 1, lesions })
      return Array.from({ length: 12 }, (_, step) => Number(source.at(step).labels.includes(2))).reduce(
        (a, b) => a + b,
        0,
      )
    }
    expect(withLesion([organ], [2])).toBe(0)
    const both = new PatchSource([organ, ill], { recipe, seed: 1, lesions: [2] })
    const without = new PatchSource([organ, ill], { recipe: { ...recipe, cutMix: undefined }, seed: 1, lesions: [2] })
    const count = (source: PatchSource): number =>
      Array.from({ length: 24 }, (_, step) => Number(source.at(step).labels.includes(2))).reduce((a, b) => a + b, 0)
    expect(count(both)).toBeGreaterThan(count(without) + 5)
  })
})
