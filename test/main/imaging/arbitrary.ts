import fc from 'fast-check'
import type { Affine, Vec3 } from '../../../src/shared/geometry/affine'
import { voxelCount, type LabelMap, type Volume } from '../../../src/main/imaging/volume'

/** Grids and volumes as scanners and their post-processing make them: any orientation, oblique, mirrored. */

export const dims = fc.tuple(
  fc.integer({ min: 1, max: 7 }),
  fc.integer({ min: 1, max: 7 }),
  fc.integer({ min: 1, max: 7 }),
)

const angle = fc.double({ min: -Math.PI, max: Math.PI, noNaN: true })
const millimetres = fc.double({ min: 0.2, max: 9, noNaN: true })
const place = fc.double({ min: -900, max: 900, noNaN: true })

/** A rotation by three Euler angles, with any spacing, mirrored or not (qfac 1 or -1). */
export const obliqueAffine: fc.Arbitrary<Affine> = fc
  .record({
    turn: fc.tuple(angle, angle, angle),
    mm: fc.tuple(millimetres, millimetres, millimetres),
    origin: fc.tuple(place, place, place),
    mirrored: fc.boolean(),
  })
  .map(({ turn: [a, b, c], mm, origin, mirrored }) => {
    const [ca, sa, cb, sb, cc, sc] = [Math.cos(a), Math.sin(a), Math.cos(b), Math.sin(b), Math.cos(c), Math.sin(c)]
    const rotation = [
      [cb * cc, sa * sb * cc - ca * sc, ca * sb * cc + sa * sc],
      [cb * sc, sa * sb * sc + ca * cc, ca * sb * sc - sa * cc],
      [-sb, sa * cb, ca * cb],
    ]
    const signs = [1, 1, mirrored ? -1 : 1]
    const row = (r: 0 | 1 | 2): [number, number, number, number] => {
      const [x, y, z] = rotation[r].map((v, axis) => v * mm[axis] * signs[axis])
      return [x, y, z, origin[r]]
    }
    return [row(0), row(1), row(2)]
  })

/** Axes along the patient's, in any order and direction. */
export const straightAffine: fc.Arbitrary<Affine> = fc
  .record({
    order: fc.constantFrom<Vec3>([0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]),
    signs: fc.tuple(fc.constantFrom(1, -1), fc.constantFrom(1, -1), fc.constantFrom(1, -1)),
    mm: fc.tuple(millimetres, millimetres, millimetres),
    origin: fc.tuple(place, place, place),
  })
  .map(({ order, signs, mm, origin }) => {
    const row = (r: 0 | 1 | 2): [number, number, number, number] => {
      const [x, y, z] = [0, 1, 2].map((axis) => (order[axis] === r ? signs[axis] * mm[axis] : 0))
      return [x, y, z, origin[r]]
    }
    return [row(0), row(1), row(2)]
  })

export const affine = fc.oneof(straightAffine, obliqueAffine)

/** Voxels that differ from their neighbours, from a seed. */
export function noise(count: number, seed: number): Float32Array {
  let state = seed >>> 0
  return Float32Array.from({ length: count }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return state / 2 ** 32
  })
}

export const int16Volume: fc.Arbitrary<Volume<Int16Array>> = fc
  .record({ dims, affine, seed: fc.nat() })
  .map(({ dims, affine, seed }) => ({
    dims,
    affine,
    data: Int16Array.from(noise(voxelCount(dims), seed), (v) => v * 4000 - 1024),
  }))

export const labelMap: fc.Arbitrary<LabelMap> = fc
  .record({ dims, affine, seed: fc.nat() })
  .map(({ dims, affine, seed }) => ({
    dims,
    affine,
    data: Uint8Array.from(noise(voxelCount(dims), seed), (v) => v * 16),
  }))
