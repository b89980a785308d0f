import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { reorient, restoreLabels, toCanonical, type CanonicalMap } from '../../../src/main/imaging/canonical'
import { orientation, type Volume } from '../../../src/main/imaging/volume'
import { affinesAgree, applyAffine, invertAffine } from '../../../src/shared/geometry/affine'
import { dims, int16Volume, labelMap, straightAffine } from './arbitrary'

const codes = fc.constantFrom('RAS', 'LPS', 'LAI', 'PIR', 'SAL', 'AIL')

/** The voxel of `volume` at a place in the patient. */
function at(volume: Volume, mm: readonly [number, number, number]): number {
  const [i, j, k] = applyAffine(invertAffine(volume.affine), mm).map(Math.round)
  return volume.data[i + volume.dims[0] * (j + volume.dims[1] * k)]
}

describe('reorient', () => {
  it('keeps every voxel at its place in the patient', () => {
    fc.assert(
      fc.property(int16Volume, codes, (volume, wanted) => {
        const turned = reorient(volume, wanted)
        const [nx, ny, nz] = volume.dims
        for (let k = 0; k < nz; k++)
          for (let j = 0; j < ny; j++)
            for (let i = 0; i < nx; i++) {
              expect(at(turned, applyAffine(volume.affine, [i, j, k]))).toBe(volume.data[i + nx * (j + ny * k)])
            }
      }),
    )
  })

  it('gives the orientation asked for, and comes back exactly, for grids along the patient axes', () => {
    const straight = fc.record({ dims, affine: straightAffine }).map((grid) => ({
      ...grid,
      data: Int16Array.from({ length: grid.dims[0] * grid.dims[1] * grid.dims[2] }, (_, n) => n),
    }))
    fc.assert(
      fc.property(straight, codes, (volume, wanted) => {
        const turned = reorient(volume, wanted)
        expect(orientation(turned)).toBe(wanted)
        expect(reorient(turned, orientation(volume)).data).toEqual(volume.data)
      }),
    )
  })

  it('shares the voxels where nothing changes', () => {
    const data = new Float32Array(8)
    const volume: Volume = {
      dims: [2, 2, 2],
      affine: [
        [1, 0, 0, 0],
        [0, 1, 0, 0],
        [0, 0, 1, 0],
      ],
      data,
    }
    expect(reorient(volume, 'RAS').data).toBe(data)
  })
})

describe('toCanonical', () => {
  it('brings labels back to the original grid exactly, also through JSON', () => {
    fc.assert(
      fc.property(labelMap, (labels) => {
        const there = reorient(labels, 'RAS')
        const { map, restore } = toCanonical(labels, 'CT')
        for (const back of [restore(there), restoreLabels(there, JSON.parse(JSON.stringify(map)) as CanonicalMap)]) {
          expect(back.data).toEqual(labels.data)
          expect(back.dims).toEqual(labels.dims)
          expect(affinesAgree(back.affine, labels.affine, 0)).toBe(true)
        }
      }),
    )
  })

  it('refuses labels of another grid', () => {
    fc.assert(
      fc.property(labelMap, (labels) => {
        const { restore } = toCanonical(labels, 'CT')
        const wrong = { ...labels, dims: [labels.dims[0] + 9, labels.dims[1], labels.dims[2]] as const }
        expect(() => restore(wrong)).toThrow(RangeError)
      }),
    )
  })
})
