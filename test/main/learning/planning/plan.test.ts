import { describe, expect, it } from 'vitest'
import { fingerprintOf, type Fingerprint } from '../../../../src/main/learning/planning/fingerprint'
import { planFor, type PlanOptions } from '../../../../src/main/learning/planning/plan'
import type { Preset } from '../../../../src/main/learning/presets'
import { topologyFor } from '../../../../src/main/learning/planning/topology'
import { train } from '../../../../src/main/learning/train'
import { totalStride } from '../../../../src/main/networks/network'
import type { Vec3 } from '../../../../src/shared/geometry/affine'
import { schemaNamed } from '../../../../src/shared/labels/builtin'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { blobCase, blobData, blobs, schema } from '../blobs'

const GB = 2 ** 30
const given = (changes: Partial<PlanOptions> = {}): PlanOptions => ({ preset: 'tiny', memory: 4 * GB, ...changes })
const alike = (shape: Vec3, mm: Vec3, ct = true): Fingerprint => ({
  cases: 5,
  shapes: Array.from({ length: 5 }, () => shape),
  spacings: Array.from({ length: 5 }, () => mm),
  annotated: Array.from({ length: 5 }, () => null),
  ct,
  foreground: { mean: 50, deviation: 40, low: -100, high: 250 },
})
const flare = schemaNamed('flare23')

describe('a fingerprint', () => {
  it('has sizes and spacings along right, front and up, whatever way the images are stored', async () => {
    const turned = blobs(1)
    const affine = [
      [0, 0, -3, 0],
      [2, 0, 0, 0],
      [0, 1, 0, 0],
    ] as const
    const load = () => Promise.resolve({ image: { ...turned.image, affine }, labels: { ...turned.labels, affine } })
    const { spacings, shapes, ct, foreground } = await fingerprintOf([blobCase(1, { load }), blobCase(2)])
    expect(spacings).toEqual([
      [3, 2, 1],
      [1, 1, 1],
    ])
    expect(shapes[0]).toEqual([14, 14, 14])
    expect(ct).toBe(false)
    // Balls of 160 and 210 in noise of 15.
    expect(foreground?.mean).toBeGreaterThan(150)
    expect(foreground?.low).toBeLessThan(140)
    expect(foreground?.high).toBeGreaterThan(220)
  })
})

describe('how a network goes down', () => {
  it('halves all axes alike where voxels are cubes, until they are small', () => {
    const { levels, pools, kernels, multipleOf } = topologyFor([64, 64, 32], [1, 1, 1], 4)
    expect(levels).toBe(4)
    expect(pools).toEqual([
      [2, 2, 2],
      [2, 2, 2],
      [2, 2, 2],
    ])
    expect(kernels.every((kernel) => kernel.join() === '3,3,3')).toBe(true)
    expect(multipleOf).toEqual([8, 8, 8])
    expect(topologyFor([64, 64, 12], [1, 1, 1], 3).pools.map((pool) => pool[0])).toEqual([2, 1])
  })

  it('leaves a coarse axis alone until the others are as coarse', () => {
    const { pools, kernels } = topologyFor([128, 128, 32], [0.8, 0.8, 5], 5)
    // Tensor order: the coarse axis is k, the first.
    expect(pools).toEqual([
      [1, 2, 2],
      [1, 2, 2],
      [2, 2, 2],
      [2, 2, 2],
    ])
    expect(kernels.map((kernel) => kernel[0])).toEqual([1, 1, 3, 3, 3])
  })
})

describe('a plan', () => {
  it('follows nnU-Net for HU: clamped and scaled by the structures’ values, at the median spacing', () => {
    const { recipe } = planFor(alike([200, 160, 90], [1.5, 1.5, 2]), flare, given())
    expect(recipe.preprocess.grid).toEqual({ kind: 'spacing', mm: [1.5, 1.5, 2] })
    expect(recipe.preprocess.intensity).toEqual({ kind: 'linear', clamp: [-100, 250], offset: -50, scale: 1 / 40 })
    // Kidneys and adrenal glands are two of each.
    expect(recipe.augmentation.mirror).toEqual([false, false, false])
    const mr = planFor(alike([36, 50, 36], [1, 1, 1], false), schema, given()).recipe
    expect(mr.preprocess.intensity).toEqual({ kind: 'z-score', clamp: [null, null] })
    expect(mr.augmentation.mirror).toEqual([true, false, false])
    expect(mr.patch.every((n, axis) => n >= [36, 50, 36][axis])).toBe(true)
  })

  it('takes the finer slices of thick ones, and does not turn out of their plane', () => {
    const print = alike([400, 400, 40], [0.8, 0.8, 5])
    const spacings = [5, 5, 5, 5, 2.5].map((z): Vec3 => [0.8, 0.8, z])
    const { recipe } = planFor({ ...print, spacings }, flare, given())
    const { grid } = recipe.preprocess
    expect(grid.kind === 'spacing' && grid.mm[2]).toBe(3.5)
    expect(recipe.augmentation.rotationDegrees).toEqual([0, 0, 15])
  })

  it('makes slices that are thinner than pixels no thinner than those', () => {
    const print = alike([300, 300, 60], [1, 1.2, 4])
    const spacings = [4, 4, 4, 0.8, 0.8].map((z): Vec3 => [1, 1.2, z])
    const { grid } = planFor({ ...print, spacings }, flare, given()).recipe.preprocess
    expect(grid.kind === 'spacing' && grid.mm).toEqual([1, 1.2, 1.2])
  })

  it('joins what a case does not know to background, where some case lacks what another has', () => {
    const print = alike([100, 100, 60], [2, 2, 2])
    const all = flare.structures.map(({ name }) => name)
    const planned = (...annotated: (readonly string[] | null)[]): string | undefined =>
      planFor({ ...print, annotated }, flare, given()).recipe.partialLabels
    expect(planned(null, null)).toBe('missing')
    expect(planned(all, ['liver', 'spleen'])).toBe('marginal')
    expect(planned(null, ['liver'])).toBe('marginal')
    // What nobody annotates is not learned at all.
    expect(planned(['liver', 'spleen'], ['liver', 'spleen'])).toBe('missing')
  })

  it('fits the memory, and gets a larger patch where there is more', () => {
    const print = alike([300, 240, 200], [1.5, 1.5, 1.5])
    const small = planFor(print, flare, given({ preset: 'site', memory: 1.5 * GB }))
    const large = planFor(print, flare, given({ preset: 'site', memory: 6 * GB }))
    expect(small.bytes).toBeLessThanOrEqual(1.5 * GB)
    expect(large.bytes).toBeLessThanOrEqual(6 * GB)
    const voxels = ({ recipe: { patch, batch } }: typeof small): number => batch * patch[0] * patch[1] * patch[2]
    expect(voxels(large)).toBeGreaterThan(1.5 * voxels(small))
    for (const { recipe } of [small, large]) {
      const [k, j, i] = totalStride({ ...recipe.network, inputChannels: 1, outputChannels: 15 })
      expect(recipe.patch.map((n, axis) => n % [i, j, k][axis])).toEqual([0, 0, 0])
    }
    expect(() => planFor(print, flare, given({ memory: 0.2 * GB }))).toThrow(/no patch fits/)
  })

  it('has two samples in a batch at least, with a smaller patch for it, unless patch or batch were decided', () => {
    const print = alike([120, 100, 80], [2, 2, 2])
    const voxels = ({ patch }: { readonly patch: Vec3 }): number => patch[0] * patch[1] * patch[2]
    const tiny = given({ memory: 0.8 * GB })
    const two = planFor(print, flare, tiny).recipe
    const one = planFor(print, flare, { ...tiny, batch: 1 }).recipe
    expect([two.batch, one.batch]).toEqual([2, 1])
    expect(voxels(one)).toBeGreaterThan(voxels(two))
    expect(planFor(print, flare, { ...tiny, patch: one.patch }).recipe).toMatchObject({ patch: one.patch, batch: 1 })
  })

  it("changes patches by nnU-Net's list, turning none out of the plane of thick slices, but where it learns for minutes", () => {
    const changes = (preset: Preset, mm: Vec3) => {
      const sizes = given({ preset, patch: [32, 32, 32], batch: 1, levels: 2, base: 4 })
      return planFor(alike([200, 160, 90], mm), flare, sizes).recipe.augmentation
    }
    for (const preset of ['site', 'paper'] as const) {
      const { elastic, blur, lowResolution, rotationDegrees } = changes(preset, [1.5, 1.5, 2])
      expect([elastic, blur, lowResolution].map((change) => change?.probability)).toEqual([0.2, 0.2, 0.25])
      expect(rotationDegrees).toEqual([30, 30, 30])
      expect(changes(preset, [0.8, 0.8, 5]).rotationDegrees).toEqual([0, 0, 30])
    }
    expect(changes('tiny', [1.5, 1.5, 2])).toMatchObject({ rotationDegrees: [15, 15, 15], noise: 0.15 })
    expect(changes('tiny', [1.5, 1.5, 2]).elastic).toBeUndefined()
  })

  it('keeps to what the user decided', () => {
    const own = given({ spacing: [2, 2, 3], patch: [64, 64, 32], batch: 3, levels: 3, base: 8 })
    const { recipe } = planFor(alike([200, 160, 90], [1.5, 1.5, 2]), flare, own)
    expect(recipe.patch).toEqual([64, 64, 32])
    expect(recipe.batch).toBe(3)
    expect(recipe.network).toMatchObject({ levels: 3, base: 8 })
    expect(recipe.preprocess.grid).toEqual({ kind: 'spacing', mm: [2, 2, 3] })
  })

  it('can be trained by', async () => {
    const print = await fingerprintOf(blobData.cases)
    const { recipe } = planFor(print, schema, given({ base: 4 }))
    const out = await mkdtemp(join(tmpdir(), 'emend-plan-'))
    const identity = { name: 'planned', version: 1, title: 'Planned', licence: 'CC0-1.0', attribution: 'made up' }
    const two = { ...recipe, length: { unit: 'steps', steps: 2 } as const }
    const { steps } = await train(
      { ...blobData, holdOut: null },
      { recipe: two, seed: 1, out: join(out, 'model'), identity },
    )
    expect(steps).toBe(2)
    await rm(out, { recursive: true })
  })
})
