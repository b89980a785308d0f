import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { blurred, jointlySmoothed, majority, smoothed } from '../../../src/shared/voxels/smoothing'
import { python, pythonHas } from '../../peers'
import { smallVolumes } from './volumes'

const millimetres = fc.double({ min: 0.1, max: 5, noNaN: true })
const spacings = fc.tuple(millimetres, millimetres, millimetres)

describe('smoothing', () => {
  it('leaves a full and an empty block as they are', () => {
    fc.assert(
      fc.property(smallVolumes(), spacings, millimetres, ({ dims, voxels }, spacing, mm) => {
        for (const value of [0, 1]) {
          const even = new Uint8Array(voxels.length).fill(value)
          expect(majority(even, dims, spacing, mm)).toEqual(even)
          expect(smoothed(even, dims, spacing, mm)).toEqual(even)
        }
      }),
    )
  })

  it('treats inside and outside alike, ties aside', () => {
    fc.assert(
      fc.property(smallVolumes(), spacings, millimetres, ({ dims, voxels }, spacing, mm) => {
        const inside = majority(voxels, dims, spacing, mm)
        const outside = majority(
          voxels.map((value) => 1 - value),
          dims,
          spacing,
          mm,
        )
        inside.forEach((value, n) => expect(value + outside[n]).toBeLessThanOrEqual(1))
      }),
    )
  })

  it('together gives every voxel to a structure of the block, and changes nothing where there is one only', () => {
    fc.assert(
      fc.property(smallVolumes(3), spacings, millimetres, ({ dims, voxels }, spacing, mm) => {
        const before = new Set(voxels)
        for (const id of jointlySmoothed(voxels, dims, spacing, mm)) expect(before.has(id)).toBe(true)
      }),
    )
  })

  it('together leaves no gap between two neighbours', () => {
    const labels = Uint8Array.from({ length: 20 * 20 }, (_, n) => ((n % 20) + (Math.floor(n / 20) % 3) < 10 ? 1 : 2))
    const out = jointlySmoothed(labels, [20, 20, 1], [1, 1, 1], 2)
    expect(new Set(out)).toEqual(new Set([1, 2]))
  })

  it.skipIf(!pythonHas('scipy'))('the median is that of scipy.ndimage.median_filter', () => {
    const script = `
import json, numpy as np
from scipy import ndimage
mask = ndimage.gaussian_filter(np.random.default_rng(6).random((23, 21, 17)), 1) > 0.5
out = ndimage.median_filter(mask.astype(np.uint8), size=(5, 5, 3), mode='nearest')
print(json.dumps([a.astype(int).flatten(order='F').tolist() for a in (mask, out)]))`
    const [mask, out] = JSON.parse(python(script)) as [number[], number[]]
    expect([...majority(Uint8Array.from(mask), [23, 21, 17], [1, 1, 2], 2)]).toEqual(out)
  })

  it.skipIf(!pythonHas('scipy'))('the blur is within 0.02 of a Gaussian', () => {
    const script = `
import json, numpy as np
from scipy import ndimage
mask = ndimage.gaussian_filter(np.random.default_rng(7).random((33, 31, 27)), 2) > 0.5
out = ndimage.gaussian_filter(mask.astype(float), sigma=(3, 3, 1.5), mode='nearest')
print(json.dumps([a.flatten(order='F').tolist() for a in (mask.astype(int), out)]))`
    const [mask, out] = JSON.parse(python(script)) as [number[], number[]]
    const share = blurred(Uint8Array.from(mask), [33, 31, 27], [1, 1, 2], 3)
    const error = out.reduce((sum, value, n) => sum + Math.abs(value - share[n]), 0) / out.length
    expect(error).toBeLessThan(0.02)
  })
})
