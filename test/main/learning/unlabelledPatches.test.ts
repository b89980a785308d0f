import { describe, expect, it } from 'vitest'
import { defaultSemi } from '../../../src/main/learning/recipe'
import { prepareUnlabelled } from '../../../src/main/learning/unlabelled'
import { UnlabelledPatches, whereSeen, type UnlabelledBatch } from '../../../src/main/learning/unlabelledPatches'
import type { Vec3 } from '../../../src/shared/geometry/affine'
import { blobRecipe, blobs } from './blobs'

describe('where the teacher sees what the student sees', () => {
  const patch: Vec3 = [4, 3, 2]
  const rows = [
    [1, 0, 0],
    [0, 1, 0],
    [0, 0, 1],
  ] as const

  it('lies where the student looks: as it is, shifted, and mirrored', () => {
    const from = { dims: [10, 10, 10] as const }
    const straight = whereSeen({ from, start: [2, 2, 2], placement: { origin: [2, 2, 2], rows }, patch })
    expect([...straight]).toEqual(Array.from({ length: 24 }, (_, n) => n))
    const shifted = whereSeen({ from, start: [2, 2, 2], placement: { origin: [3, 2, 2], rows }, patch })
    expect([...shifted.subarray(0, 4)]).toEqual([1, 2, 3, -1])
    const mirror = { origin: [5, 2, 2] as const, rows: [[-1, 0, 0], rows[1], rows[2]] as const }
    expect([...whereSeen({ from, start: [2, 2, 2], placement: mirror, patch }).subarray(0, 4)]).toEqual([3, 2, 1, 0])
  })

  it('knows nothing beyond the image', () => {
    const seen = whereSeen({
      from: { dims: [3, 10, 10] },
      start: [0, 0, 0],
      placement: { origin: [0, 0, 0], rows },
      patch,
    })
    expect([...seen.subarray(0, 4)]).toEqual([0, 1, 2, -1])
  })
})

describe('patches without labels', () => {
  const semi = { ...defaultSemi, batch: 2 }
  const recipe = { ...blobRecipe(1), semi }
  const cases = [1, 2, 3].map((n) =>
    prepareUnlabelled({ id: `${n}` }, blobs(n).image, recipe, ['background', 'a', 'b']),
  )
  const at = (source: UnlabelledPatches, step: number): UnlabelledBatch => structuredClone(source.at(step))

  it('depend on seed and step alone', () => {
    const source = new UnlabelledPatches(cases, { recipe, seed: 4 })
    const fifth = at(source, 5)
    at(source, 2)
    expect(at(source, 5)).toEqual(fifth)
    expect(at(new UnlabelledPatches(cases, { recipe, seed: 4 }), 5)).toEqual(fifth)
    expect(at(source, 6).plain).not.toEqual(fifth.plain)
    expect(at(new UnlabelledPatches(cases, { recipe, seed: 5 }), 5).plain).not.toEqual(fifth.plain)
  })

  it('show the student what the teacher sees, moved', () => {
    const still = { ...recipe, augmentation: { ...recipe.augmentation, intensityProbability: 0 } }
    const { image } = blobs(1)
    const ramp = { ...image, data: image.data.map((_, at) => (at % 14) + 2 * (Math.floor(at / 14) % 14)) }
    const one = prepareUnlabelled({ id: 'ramp' }, ramp, still, ['background', 'a', 'b'])
    const { plain, changed, seen } = at(new UnlabelledPatches([one], { recipe: still, seed: 4 }), 0)
    const size = seen.length / semi.batch
    const apart = [...seen].flatMap((from, n) => {
      // Up to half a voxel beyond the image, the nearest voxel is one of it, and the student sees padding.
      return from < 0 || changed[n] === one.padding
        ? []
        : [Math.abs(changed[n] - plain[from + size * Math.floor(n / size)])]
    })
    expect(apart.length).toBeGreaterThan(seen.length / 4)
    // No farther than the nearest voxel is: half of one along each axis.
    const step = Math.abs(one.image[1] - one.image[0])
    expect(Math.max(...apart)).toBeLessThan(1.6 * step)
    expect(changed).not.toEqual(plain)
  })
})
