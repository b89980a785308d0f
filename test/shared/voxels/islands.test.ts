import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { findComponents } from '../../../src/shared/voxels/components'
import { islandAt, withoutHoles, withoutSmall } from '../../../src/shared/voxels/islands'
import { python, pythonHas } from '../../peers'
import { smallVolumes } from './volumes'

const line = (text: string): Uint8Array => Uint8Array.from(text, (c) => Number(c))

describe('islands', () => {
  it('smaller than asked for go, the others stay', () => {
    expect(withoutSmall(line('1101011101'), [10, 1, 1], 2)).toEqual(line('1100011100'))
  })

  it('under a voxel is kept alone, and nothing where the voxel is outside', () => {
    expect(islandAt(line('1101011101'), [10, 1, 1], 6)).toEqual(line('0000011100'))
    expect(islandAt(line('1101011101'), [10, 1, 1], 2)).toEqual(line('0000000000'))
  })

  it('taken one by one make up the mask again', () => {
    fc.assert(
      fc.property(smallVolumes(), ({ dims, voxels }) => {
        const { start } = findComponents(voxels, dims)
        const together = new Uint8Array(voxels.length)
        for (const at of start) islandAt(voxels, dims, at).forEach((value, n) => (together[n] |= value))
        expect(together).toEqual(voxels)
      }),
    )
  })
})

describe('holes', () => {
  it('are filled in a ball with a cavity, and a cavity that is open to the outside is not', () => {
    const size = [5, 5, 5] as const
    const shell = new Uint8Array(125).fill(1)
    shell[62] = 0
    expect(withoutHoles(shell, size)).toEqual(new Uint8Array(125).fill(1))
    const open = shell.slice()
    open[61] = 0
    open[60] = 0
    expect(withoutHoles(open, size)).toEqual(open)
  })

  it.skipIf(!pythonHas('scipy'))('are those of scipy.ndimage.binary_fill_holes', () => {
    const script = `
import json, numpy as np
from scipy import ndimage
mask = ndimage.gaussian_filter(np.random.default_rng(5).random((23, 21, 17)), 1) > 0.46
print(json.dumps([a.astype(int).flatten(order='F').tolist() for a in (mask, ndimage.binary_fill_holes(mask))]))`
    const [mask, filled] = JSON.parse(python(script)) as [number[], number[]]
    expect(filled).not.toEqual(mask)
    expect([...withoutHoles(Uint8Array.from(mask), [23, 21, 17])]).toEqual(filled)
  })
})
