import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { closed, hollowed, opened, withMargin } from '../../../src/shared/voxels/margin'
import { python, pythonHas } from '../../peers'
import { smallVolumes } from './volumes'

const millimetres = fc.double({ min: 0.1, max: 5, noNaN: true })
const spacings = fc.tuple(millimetres, millimetres, millimetres)

describe('a margin', () => {
  it('grows by exactly the voxels whose centres lie within it, and shrinks by those of the background', () => {
    fc.assert(
      fc.property(smallVolumes(), spacings, millimetres, ({ dims, voxels }, spacing, mm) => {
        const place = (n: number): number[] => [
          (n % dims[0]) * spacing[0],
          (Math.floor(n / dims[0]) % dims[1]) * spacing[1],
          Math.floor(n / dims[0] / dims[1]) * spacing[2],
        ]
        const near = (n: number, value: number): boolean =>
          [...voxels.keys()].some((m) => {
            const [a, b] = [place(n), place(m)]
            return voxels[m] === value && Math.hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2]) <= mm * (1 + 1e-9)
          })
        const grown = withMargin(voxels, dims, spacing, mm)
        const shrunk = withMargin(voxels, dims, spacing, -mm)
        voxels.forEach((_, n) => {
          expect(grown[n]).toBe(near(n, 1) ? 1 : 0)
          expect(shrunk[n]).toBe(near(n, 0) ? 0 : 1)
        })
      }),
      { numRuns: 150 },
    )
  })

  it('closing never loses a voxel and opening never adds one; both change nothing a second time', () => {
    fc.assert(
      fc.property(smallVolumes(), spacings, millimetres, ({ dims, voxels }, spacing, mm) => {
        const [shut, open] = [closed(voxels, dims, spacing, mm), opened(voxels, dims, spacing, mm)]
        voxels.forEach((value, n) => {
          expect(shut[n]).toBeGreaterThanOrEqual(value)
          expect(open[n]).toBeLessThanOrEqual(value)
        })
        expect(closed(shut, dims, spacing, mm)).toEqual(shut)
        expect(opened(open, dims, spacing, mm)).toEqual(open)
      }),
      { numRuns: 150 },
    )
  })

  it('a wall inside is what shrinking takes away', () => {
    fc.assert(
      fc.property(smallVolumes(), spacings, millimetres, ({ dims, voxels }, spacing, mm) => {
        const shrunk = withMargin(voxels, dims, spacing, -mm)
        expect(hollowed(voxels, dims, spacing, mm, 'inside')).toEqual(voxels.map((value, n) => value - shrunk[n]))
      }),
      { numRuns: 50 },
    )
  })

  it.skipIf(!pythonHas('scipy'))('of 3 mm on an anisotropic grid is the same as thresholding SciPy distances', () => {
    const script = `
import json, numpy as np
from scipy import ndimage
mask = ndimage.gaussian_filter(np.random.default_rng(4).random((31, 27, 19)), 2) > 0.51
out = ndimage.distance_transform_edt(~mask, sampling=(0.7, 0.8, 2.5)) <= 3
print(json.dumps([a.astype(int).flatten(order='F').tolist() for a in (mask, out)]))`
    const [mask, out] = JSON.parse(python(script)) as [number[], number[]]
    expect([...withMargin(Uint8Array.from(mask), [31, 27, 19], [0.7, 0.8, 2.5], 3)]).toEqual(out)
  })
})
