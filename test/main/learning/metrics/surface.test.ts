import fc from 'fast-check'
import { expect, it } from 'vitest'
import { dsc } from '../../../../src/main/learning/metrics/dsc'
import {
  hd95,
  meanSurfaceDistance,
  nsd,
  robustHausdorff,
  surfaceDistances,
  surfaceOverlap,
} from '../../../../src/main/learning/metrics/surface'
import { surfaceAreas } from '../../../../src/main/learning/metrics/surfaceElements'
import type { Vec3 } from '../../../../src/shared/geometry/affine'
import { smallVolumes } from '../../../shared/voxels/volumes'

function mask(dims: Vec3, inside: (i: number, j: number, k: number) => boolean): Uint8Array {
  const [nx, ny, nz] = dims
  const out = new Uint8Array(nx * ny * nz)
  for (let k = 0; k < nz; k++)
    for (let j = 0; j < ny; j++) for (let i = 0; i < nx; i++) out[i + nx * (j + ny * k)] = inside(i, j, k) ? 1 : 0
  return out
}

it('has the areas of the table that the challenge uses', () => {
  const areas = surfaceAreas([1.5, 0.8, 2.5])
  const expected: Record<number, number> = {
    0: 0,
    1: 0.5520204366687885,
    3: 2.125,
    6: 1.104040873337577,
    7: 2.6560613100063653,
    15: 2,
    25: 2.520681148929792,
    27: 3.7755072922901856,
    30: 3.208081746675154,
    60: 4.25,
    100: 2.520681148929792,
    105: 2.208081746675154,
    200: 3.5310613100063653,
    248: 2.6560613100063653,
    255: 0,
  }
  for (const [code, area] of Object.entries(expected)) expect(areas[Number(code)], code).toBeCloseTo(area, 12)
  expect(areas.reduce((sum, area) => sum + area, 0)).toBeCloseTo(600.2022473121542, 9)
})

it('scores two voxels 2 mm apart as surface-distance does', () => {
  const dims: Vec3 = [128, 128, 128]
  const a = mask(dims, (i, j, k) => i === 50 && j === 60 && k === 70)
  const b = mask(dims, (i, j, k) => i === 50 && j === 60 && k === 72)
  const distances = surfaceDistances(a, b, dims, [3, 2, 1])
  expect(meanSurfaceDistance(distances.reference)).toBeCloseTo(1.5, 12)
  expect(meanSurfaceDistance(distances.prediction)).toBeCloseTo(1.5, 12)
  expect(robustHausdorff(distances, 100)).toBe(2)
  expect(hd95(distances)).toBe(2)
  expect(nsd(distances, 1)).toBeCloseTo(0.5, 12)
  expect(surfaceOverlap(distances.reference, 1)).toBeCloseTo(0.5, 12)
  expect(dsc(a, b)).toBe(0)
})

it('scores two cubes that differ by one layer as surface-distance does', () => {
  const dims: Vec3 = [100, 100, 100]
  const a = mask(dims, (i) => i < 50)
  const b = mask(dims, (i) => i < 51)
  const distances = surfaceDistances(a, b, dims, [2, 1, 1])
  expect(meanSurfaceDistance(distances.reference)).toBeCloseTo(0.322, 3)
  expect(meanSurfaceDistance(distances.prediction)).toBeCloseTo(0.339, 3)
  expect(robustHausdorff(distances, 100)).toBe(2)
  expect(surfaceOverlap(distances.reference, 1)).toBeCloseTo(0.842, 3)
  expect(surfaceOverlap(distances.prediction, 1)).toBeCloseTo(0.83, 3)
  expect(nsd(distances, 1)).toBeCloseTo(0.836, 3)
  expect(dsc(a, b)).toBeCloseTo(0.99, 3)
})

it('is perfect for a mask against itself', () => {
  fc.assert(
    fc.property(smallVolumes(), ({ dims, voxels }) => {
      fc.pre(voxels.some((v) => v !== 0))
      const distances = surfaceDistances(voxels, voxels, dims, [0.7, 1, 3])
      expect(dsc(voxels, voxels)).toBe(1)
      expect(nsd(distances, 0)).toBe(1)
      expect(hd95(distances)).toBe(0)
    }),
  )
})

it('is the same whichever of the two masks is called the reference', () => {
  fc.assert(
    fc.property(smallVolumes(2), ({ dims, voxels }) => {
      const a = voxels.map((v) => (v === 0 ? 0 : 1))
      const b = voxels.map((v) => (v === 2 ? 1 : 0))
      fc.pre(b.some((v) => v !== 0))
      const forth = surfaceDistances(a, b, dims, [0.7, 1, 3])
      const back = surfaceDistances(b, a, dims, [0.7, 1, 3])
      expect(nsd(forth, 1)).toBeCloseTo(nsd(back, 1), 12)
      expect(hd95(forth)).toBe(hd95(back))
      expect(dsc(a, b)).toBe(dsc(b, a))
    }),
  )
})

it('measures a shifted block at the distance of the shift', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 6 }), fc.constantFrom(0, 1, 2), (shift, axis) => {
      const dims: Vec3 = [20, 20, 20]
      const spacing: Vec3 = [0.8, 1.3, 2.5]
      const block = (by: number): Uint8Array =>
        mask(dims, (...at) => at.every((v, a) => v - (a === axis ? by : 0) >= 4 && v - (a === axis ? by : 0) < 12))
      const distances = surfaceDistances(block(0), block(shift), dims, spacing)
      expect(robustHausdorff(distances, 100)).toBeCloseTo(shift * spacing[axis], 12)
      expect(nsd(distances, shift * spacing[axis])).toBe(1)
      expect(nsd(distances, shift * spacing[axis] - 0.01)).toBeLessThan(1)
      expect(dsc(block(0), block(shift))).toBeCloseTo((8 - shift) / 8, 12)
    }),
  )
})

it('has no finite distance where one mask is empty', () => {
  const a = mask([4, 4, 4], (i) => i === 1)
  const distances = surfaceDistances(a, new Uint8Array(64), [4, 4, 4], [1, 1, 1])
  expect(hd95(distances)).toBe(Infinity)
  expect(nsd(distances, 100)).toBe(0)
  expect(dsc(a, new Uint8Array(64))).toBe(0)
  expect(dsc(new Uint8Array(64), new Uint8Array(64))).toBe(1)
})
