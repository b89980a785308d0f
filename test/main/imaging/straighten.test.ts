import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { shearOf, straighten } from '../../../src/main/imaging/straighten'
import { voxelCount, type Volume } from '../../../src/main/imaging/volume'
import { affineOf, applyAffine, columnOf, invertAffine, type Vec3 } from '../../../src/shared/geometry/affine'
import { dot } from '../../../src/main/imaging/dicom/vector'

/** Values that grow linearly through the patient: linear interpolation meets them exactly. */
const ramp = ([x, y, z]: Vec3): number => 3 * x - 2 * y + 5 * z

function sheared(dims: Vec3, lean: readonly [number, number]): Volume<Float32Array> {
  const affine = affineOf([-0.8, 0, 0], [0, -0.7, 0], [lean[0], lean[1], 3], [40, 30, -100])
  const data = new Float32Array(voxelCount(dims))
  for (let k = 0, n = 0; k < dims[2]; k++)
    for (let j = 0; j < dims[1]; j++) for (let i = 0; i < dims[0]; i++) data[n++] = ramp(applyAffine(affine, [i, j, k]))
  return { dims, affine, data }
}

const lean = fc.double({ min: -2, max: 2, noNaN: true })
const size = fc.integer({ min: 2, max: 9 })

describe('straighten', () => {
  it('puts every value at its place in the patient, on axes at right angles', () => {
    fc.assert(
      fc.property(fc.tuple(size, size, size), fc.tuple(lean, lean), (dims, leaning) => {
        const volume = sheared(dims, leaning)
        const straight = straighten(volume, NaN)
        expect(dot(columnOf(straight.affine, 0), columnOf(straight.affine, 2))).toBeCloseTo(0, 9)
        expect(shearOf(straight.affine)).toBeLessThan(1e-5)
        const back = invertAffine(volume.affine)
        let reached = 0
        const [nx, ny, nz] = straight.dims
        for (let k = 0, n = 0; k < nz; k++)
          for (let j = 0; j < ny; j++)
            for (let i = 0; i < nx; i++, n++) {
              const mm = applyAffine(straight.affine, [i, j, k])
              const [u, v] = applyAffine(back, mm)
              const within = u >= 0 && v >= 0 && u <= dims[0] - 1 && v <= dims[1] - 1
              if (!within) continue
              reached++
              if (Number.isNaN(straight.data[n]))
                expect(Math.min(u % 1, 1 - (u % 1), v % 1, 1 - (v % 1))).toBeLessThan(1e-6) // prettier-ignore
              else expect(Math.abs(straight.data[n] - ramp(mm))).toBeLessThan(1e-2)
            }
        expect(reached).toBeGreaterThan(0)
      }),
    )
  })

  it('leaves a straight stack as it is', () => {
    const volume = sheared([5, 4, 3], [0, 0])
    expect(straighten(volume, 0)).toEqual(volume)
  })

  it('fills with what is asked for and rounds whole numbers', () => {
    const { dims, affine, data } = sheared([4, 4, 3], [0, 1])
    const straight = straighten({ dims, affine, data: Int16Array.from(data) }, -1024)
    expect(straight.data).toBeInstanceOf(Int16Array)
    expect(straight.data).toContain(-1024)
  })

  it('measures the lean in degrees', () => {
    expect(shearOf(sheared([2, 2, 2], [0, 3]).affine)).toBeCloseTo(45, 9)
  })
})
