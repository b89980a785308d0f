import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { geometryOf, type StackGeometry } from '../../../../src/main/imaging/dicom/stackGeometry'
import { stacksOf } from '../../../../src/main/imaging/dicom/stacks'
import type { Instance } from '../../../../src/main/imaging/dicom/instance'
import { axialSlice, axialStack } from './slices'

function geometry(instances: readonly Instance[]): StackGeometry {
  const stacks = stacksOf(instances)
  expect(stacks).toHaveLength(1)
  const found = geometryOf(stacks[0].slices)
  if ('reason' in found) throw new Error(found.reason)
  return found
}

describe('geometryOf', () => {
  it('orders slices by their place, whatever the order of the files', () => {
    fc.assert(
      fc.property(fc.shuffledSubarray([0, 1, 2, 3, 4, 5, 6], { minLength: 7 }), (order) => {
        const { slices, step, warnings } = geometry(axialStack(order.map((n) => -300 + 2.5 * n)))
        expect(slices.map(({ frame }) => frame.position[2])).toEqual([-300, -297.5, -295, -292.5, -290, -287.5, -285])
        expect(step[2]).toBeCloseTo(2.5, 9)
        expect(warnings).toEqual([])
      }),
    )
  })

  it('takes the spacing from positions, not from the slice thickness', () => {
    expect(geometry(axialStack([0, 3, 6, 9])).step[2]).toBeCloseTo(3, 9)
  })

  it('says how many slices are missing and puts the others where they belong', () => {
    const { count, places, uneven, step, warnings } = geometry(axialStack([0, 2, 4, 8, 10, 12, 16, 18]))
    expect({ count, uneven, mm: step[2] }).toEqual({ count: 10, uneven: true, mm: 2 })
    expect(places).toEqual([0, 1, 2, 4, 5, 6, 8, 9])
    expect(warnings.join()).toMatch(/2 slices are missing/)
  })

  it('interpolates uneven gaps to an even grid over the same extent', () => {
    const { count, step, places, warnings } = geometry(axialStack([0, 2, 4, 6, 8.9, 12, 15]))
    expect(count * step[2] - step[2]).toBeCloseTo(15, 9)
    expect(places.map((place) => place * step[2])).toEqual([0, 2, 4, 6, 8.9, 12, 15].map((z) => expect.closeTo(z, 6)))
    expect(warnings.join()).toMatch(/2\.00 to 3\.10 mm apart; interpolated/)
  })

  it('refuses to bridge a hole', () => {
    const [stack] = stacksOf(axialStack([0, 2, 4, 6, 60, 62, 64]))
    expect(geometryOf(stack.slices)).toEqual({
      reason: 'there is a hole of 54.0 mm between slices that are else 2.00 mm apart',
    })
  })

  it('keeps the shear of a tilted gantry in the step and warns', () => {
    const { step, warnings, uneven } = geometry([0, 1, 2, 3].map((n) => axialSlice([0, n * 0.5, n * 2])))
    expect(step).toEqual([0, expect.closeTo(0.5, 9), expect.closeTo(2, 9)])
    expect(uneven).toBe(false)
    expect(warnings.join()).toMatch(/sheared by 14\.0 degrees/)
  })

  it('refuses slices that jump sideways', () => {
    const stack = [0, 1, 2, 3].map((n) => axialSlice([n === 2 ? 30 : 0, 0, n * 2]))
    expect(geometryOf(stacksOf(stack)[0].slices)).toEqual({
      reason: expect.stringMatching(/shifted against each other/),
    })
  })

  it('notes a jitter of the positions', () => {
    expect(geometry(axialStack([0, 2, 4.15, 6, 8])).warnings.join()).toMatch(/vary by up to 0\.15 mm/)
  })
})

describe('stacksOf', () => {
  it('separates what differs in series, frame of reference, size, spacing or orientation', () => {
    const base = axialSlice([0, 0, 0])
    const turned = { ...base.frames[0], orientation: [[1, 0, 0], [0, 0, -1]] } as const // prettier-ignore
    const others: Instance[] = [
      { ...base, seriesInstanceUid: '9' },
      { ...base, frameOfReferenceUid: '9' },
      { ...base, pixels: { ...base.pixels, rows: 8 } },
      { ...base, frames: [{ ...base.frames[0], pixelSpacing: [0.7, 0.7] }] },
      { ...base, frames: [turned] },
    ]
    expect(stacksOf([base, ...others])).toHaveLength(6)
  })

  it('does not separate directions that differ by rounding', () => {
    const base = axialSlice([0, 0, 2])
    const rounded: Instance = { ...base, frames: [{ ...base.frames[0], orientation: [[1, 0, 0.0004], [0, 1, 0]] }] } // prettier-ignore
    expect(stacksOf([axialSlice([0, 0, 0]), rounded])).toHaveLength(1)
  })

  it('reads the same instance once', () => {
    const [stack, ...rest] = stacksOf([...axialStack([0, 2]), ...axialStack([0, 2])])
    expect(rest).toHaveLength(0)
    expect(stack.slices).toHaveLength(2)
    expect(stack.warnings.join()).toMatch(/came twice/)
  })

  it('separates two acquisitions that share a series', () => {
    const second = axialStack([0, 2, 4]).map((slice) => ({ ...slice, acquisition: '2', sopInstanceUid: `${slice.sopInstanceUid}.2` })) // prettier-ignore
    const stacks = stacksOf([...axialStack([0, 2, 4]), ...second])
    expect(stacks.map(({ slices }) => slices.length)).toEqual([3, 3])
    expect(stacks[0].warnings.join()).toMatch(/2 volumes of the same region/)
  })

  it('keeps the first of two slices at one place that nothing tells apart, and says so', () => {
    const again = { ...axialSlice([-100, -100, 2]), sopInstanceUid: '7.7', instanceNumber: 99 }
    const [stack] = stacksOf([again, ...axialStack([0, 2, 4])])
    expect(stack.slices.map(({ instance }) => instance.instanceNumber)).toEqual([1, 1, 1])
    expect(stack.warnings.join()).toMatch(/left out/)
  })
})
