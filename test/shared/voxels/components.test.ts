import fc from 'fast-check'
import { expect, it } from 'vitest'
import type { Vec3 } from '../../../src/shared/geometry/affine'
import {
  componentMap,
  findComponents,
  keepLargestComponent,
  largestComponent,
  type Connectivity,
} from '../../../src/shared/voxels/components'
import { python, pythonHas } from '../../peers'
import { smallVolumes } from './volumes'

/** The plain way: flood from each voxel. */
function flood(voxels: Uint8Array, [nx, ny, nz]: Vec3, connectivity: Connectivity): number[] {
  const component = new Array<number>(voxels.length).fill(0)
  let count = 0
  for (let seed = 0; seed < voxels.length; seed++) {
    if (voxels[seed] === 0 || component[seed] !== 0) continue
    count++
    const stack = [seed]
    component[seed] = count
    for (let at = stack.pop(); at !== undefined; at = stack.pop()) {
      const [i, j, k] = [at % nx, Math.floor(at / nx) % ny, Math.floor(at / nx / ny)]
      for (let dk = -1; dk <= 1; dk++)
        for (let dj = -1; dj <= 1; dj++)
          for (let di = -1; di <= 1; di++) {
            if (connectivity === 6 && Math.abs(di) + Math.abs(dj) + Math.abs(dk) > 1) continue
            const [x, y, z] = [i + di, j + dj, k + dk]
            if (x < 0 || y < 0 || z < 0 || x >= nx || y >= ny || z >= nz) continue
            const next = x + nx * (y + ny * z)
            if (voxels[next] === 0 || component[next] !== 0) continue
            component[next] = count
            stack.push(next)
          }
    }
  }
  return component
}

/** Numbers renamed in the order in which they occur: two labellings agree when these do. */
function renamed(labels: ArrayLike<number>): number[] {
  const names = new Map<number, number>([[0, 0]])
  return Array.from(labels, (v) => {
    const name = names.get(v) ?? names.size
    names.set(v, name)
    return name
  })
}

it.each([6, 26] as const)('finds what flooding finds, %i-connected', (connectivity) => {
  fc.assert(
    fc.property(smallVolumes(), ({ dims, voxels }) => {
      const components = findComponents(voxels, dims, { connectivity })
      const map = componentMap(components, voxels.length)
      expect(renamed(map)).toEqual(renamed(flood(voxels, dims, connectivity)))
      components.sizes.forEach((size, c) => expect(map.filter((v) => v === c + 1).length).toBe(size))
      expect([...components.sizes].sort((a, b) => b - a)).toEqual(components.sizes)
    }),
    { numRuns: 300 },
  )
})

it('keeps the largest component of one label and leaves other labels as they were', () => {
  fc.assert(
    fc.property(smallVolumes(3), ({ dims, voxels }) => {
      const kept = voxels.slice()
      const removed = keepLargestComponent(kept, dims, 2)
      const mask = largestComponent(voxels, dims, { label: 2 })
      const before = voxels.filter((v) => v === 2).length
      expect(kept.filter((v) => v === 2).length).toBe(before - removed)
      voxels.forEach((v, n) => expect(kept[n]).toBe(v === 2 && mask[n] === 0 ? 0 : v))
      expect(findComponents(kept, dims, { label: 2 }).sizes.length).toBe(before > 0 ? 1 : 0)
    }),
  )
})

it('joins two blobs over a corner only when 26-connected', () => {
  const voxels = new Uint8Array(8)
  voxels[0] = 1
  voxels[7] = 1
  expect(findComponents(voxels, [2, 2, 2], { connectivity: 26 }).sizes).toEqual([2])
  expect(findComponents(voxels, [2, 2, 2], { connectivity: 6 }).sizes).toEqual([1, 1])
})

it('does not join the end of one row with the start of the next', () => {
  const voxels = Uint8Array.from([0, 0, 1, 1, 0, 0])
  expect(findComponents(voxels, [3, 2, 1]).sizes).toEqual([1, 1])
})

it.skipIf(!pythonHas('scipy'))('agrees with scipy.ndimage.label', () => {
  const script = `
import json, numpy as np
from scipy import ndimage
mask = ndimage.gaussian_filter(np.random.default_rng(5).normal(size=(40, 31, 23)), 1.2) > 0.12
labels = [ndimage.label(mask, ndimage.generate_binary_structure(3, order))[0] for order in (1, 3)]
print(json.dumps([a.flatten(order='F').astype(int).tolist() for a in [mask, *labels]]))`
  const [mask, faces, corners] = JSON.parse(python(script)) as [number[], number[], number[]]
  for (const [connectivity, labels] of [
    [6, faces],
    [26, corners],
  ] as const) {
    const map = componentMap(findComponents(Uint8Array.from(mask), [40, 31, 23], { connectivity }), mask.length)
    expect(renamed(map)).toEqual(renamed(labels))
  }
})
