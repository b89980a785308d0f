import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { wholeVoxels } from '../../../src/main/imaging/wholeVoxels'

const floats = (...values: number[]): Float32Array => Float32Array.from(values)

describe('a CT in whole numbers', () => {
  it('is rounded to whole HU without a word where the range is that of a CT', () => {
    const { data, warnings } = wholeVoxels(floats(-1000.4, 39.6, 1500.2), true)
    expect([...data]).toEqual([-1000, 40, 1500])
    expect(warnings).toEqual([])
  })

  it('warns of values that were clamped, are no numbers, or were never HU', () => {
    const odd = wholeVoxels(floats(-1000, 40000, NaN, -99999), true)
    expect([...odd.data]).toEqual([-1000, 32767, -1024, -32768])
    expect(odd.warnings).toEqual(['1 voxel without a number became -1024 HU', '2 voxels beyond 16 bits clamped'])
    expect(wholeVoxels(floats(0.1, 0.9), true).warnings.join()).toMatch(/is it in HU\?/)
  })
})

describe('another image in whole numbers', () => {
  it('keeps values that fit as they are', () => {
    const { data, warnings } = wholeVoxels(floats(0, 812.3, 3845.2), false)
    expect([...data]).toEqual([0, 812, 3845])
    expect(warnings).toEqual([])
    expect([...wholeVoxels(Uint16Array.of(0, 30_000), false).data]).toEqual([0, 30_000])
  })

  it('is made smaller by a power of ten where its values do not fit, and says so', () => {
    const { data, warnings } = wholeVoxels(floats(0, 350_000, 1_432_837), false)
    expect([...data]).toEqual([0, 3500, 14_328])
    expect(warnings).toEqual(['values run from 0.000 to 1.433e+6; they were multiplied by 0.01 to be kept in 16 bits'])
    expect([...wholeVoxels(Uint16Array.of(0, 60_000), false).data]).toEqual([0, 6000])
  })

  it('is made larger by a power of ten where rounding would take the picture away', () => {
    const { data, warnings } = wholeVoxels(floats(0, 0.25, 1), false)
    expect([...data]).toEqual([0, 2500, 10_000])
    expect(warnings).toEqual(['values run from 0.000 to 1.000; they were multiplied by 10000 to be kept in 16 bits'])
  })

  it('is not made small by few outliers, which are clamped', () => {
    const many = new Float32Array(5000).fill(900)
    const outlier = many.with(7, 1e9)
    expect(wholeVoxels(outlier, false).data.filter((value) => value === 900)).toHaveLength(4999)
    const bright = Float32Array.from(many, (_, n) => n * 100)
    const { data, warnings } = wholeVoxels(bright.with(7, 1e12), false)
    expect([data[7], data[4999]]).toEqual([32767, 4999])
    expect(warnings.at(-1)).toBe('1 voxel beyond 16 bits clamped')
  })

  it('has nothing where a value is no number', () => {
    expect(wholeVoxels(floats(5, NaN, 500), false)).toEqual({
      data: Int16Array.of(5, 0, 500),
      warnings: ['1 voxel without a number became 0'],
    })
    expect([...wholeVoxels(floats(NaN, NaN), false).data]).toEqual([0, 0])
    expect([...wholeVoxels(floats(Infinity, -Infinity, 3), false).data]).toEqual([32767, -32768, 3])
  })

  it('keeps the order of its values, and those apart that differ by a hundredth of the furthest', () => {
    const size = fc.double({ min: -1e12, max: 1e12, noNaN: true })
    fc.assert(
      fc.property(fc.array(size, { minLength: 2, maxLength: 40 }), (values) => {
        const { data } = wholeVoxels(Float64Array.from(values), false)
        const furthest = Math.max(...values.map(Math.abs))
        for (const [a, one] of values.entries()) {
          for (const [b, other] of values.entries()) {
            if (one <= other) expect(data[a]).toBeLessThanOrEqual(data[b])
            if (furthest >= 100 && other - one > furthest / 100) expect(data[a]).toBeLessThan(data[b])
          }
        }
      }),
    )
  })
})
