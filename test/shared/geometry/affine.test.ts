import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  affinesAgree,
  composeAffines,
  determinantOf,
  identityAffine,
  invertAffine,
  spacingOf,
} from '../../../src/shared/geometry/affine'
import { affine } from '../../main/imaging/arbitrary'

describe('affines', () => {
  it('composed with their inverse are the identity', () => {
    fc.assert(
      fc.property(affine, (a) => {
        expect(affinesAgree(composeAffines(a, invertAffine(a)), identityAffine, 1e-9)).toBe(true)
        expect(affinesAgree(composeAffines(invertAffine(a), a), identityAffine, 1e-9)).toBe(true)
      }),
    )
  })

  it('have the voxel volume as the size of their determinant where axes are at right angles', () => {
    fc.assert(
      fc.property(affine, (a) => {
        const [x, y, z] = spacingOf(a)
        expect(Math.abs(determinantOf(a))).toBeCloseTo(x * y * z, 6)
      }),
    )
  })

  it('cannot be inverted where they are flat', () => {
    expect(() => invertAffine([[1, 1, 0, 0], [1, 1, 0, 0], [0, 0, 1, 0]])).toThrow(RangeError) // prettier-ignore
  })
})
