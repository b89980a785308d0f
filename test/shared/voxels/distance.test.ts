import fc from 'fast-check'
import { expect, it } from 'vitest'
import { distanceTo, squaredDistanceTo } from '../../../src/shared/voxels/distance'
import { python, pythonHas } from '../../peers'
import { smallVolumes } from './volumes'

const spacings = fc.tuple(...([0, 1, 2] as const).map(() => fc.double({ min: 0.2, max: 6, noNaN: true })))

it('is the least distance to any site, whatever the spacing', () => {
  fc.assert(
    fc.property(smallVolumes(), spacings, ({ dims, voxels }, spacing) => {
      const mm = (n: number): number[] => [
        (n % dims[0]) * spacing[0],
        (Math.floor(n / dims[0]) % dims[1]) * spacing[1],
        Math.floor(n / dims[0] / dims[1]) * spacing[2],
      ]
      const sites = [...voxels.keys()].filter((n) => voxels[n] !== 0).map(mm)
      const distances = distanceTo(voxels, dims, [spacing[0], spacing[1], spacing[2]])
      distances.forEach((d, n) => {
        const p = mm(n)
        const least = Math.min(...sites.map((s) => Math.hypot(s[0] - p[0], s[1] - p[1], s[2] - p[2])))
        if (sites.length === 0) expect(d).toBe(Infinity)
        else expect(d).toBeCloseTo(least, 4)
      })
    }),
    { numRuns: 200 },
  )
})

it.skipIf(!pythonHas('scipy'))('agrees with scipy.ndimage.distance_transform_edt to the last bits', () => {
  const script = `
import json, numpy as np
from scipy import ndimage
sites = np.random.default_rng(3).random((37, 29, 21)) < 0.003
edt = ndimage.distance_transform_edt(~sites, sampling=(0.7421875, 0.8, 2.5))
print(json.dumps([a.flatten(order='F').tolist() for a in (sites.astype(int), edt)]))`
  const [sites, edt] = JSON.parse(python(script)) as [number[], number[]]
  const squared = squaredDistanceTo(Uint8Array.from(sites), [37, 29, 21], [0.7421875, 0.8, 2.5])
  const worst = edt.reduce((most, d, n) => Math.max(most, Math.abs(d - Math.sqrt(squared[n]))), 0)
  expect(worst).toBeLessThan(1e-12)
})
