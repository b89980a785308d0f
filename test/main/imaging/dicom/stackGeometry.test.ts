import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { geometryOf, type StackGeometry } from '../../../../src/main/imaging/dicom/stackGeometry'
import { stacksOf } from '../../../../src/main/imaging/dicom/stacks'
import type { Instance } from '../../../../src/main/imaging/dicom/instance'
import { axialSlice, axialStack, withTraits } from './slices'

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

  it('refuses a grid many times finer than the slices', () => {
    const [stack] = stacksOf(axialStack([0, 0.02, 0.04, 20, 40, 60]))
    expect(geometryOf(stack.slices)).toEqual({
      reason: 'slices are 0.02 to 20.0 mm apart, which no even grid can hold',
    })
  })

  it('keeps the shear of a tilted gantry in the step and measures it', () => {
    const { step, tilt, uneven } = geometry([0, 1, 2, 3].map((n) => axialSlice([0, n * 0.5, n * 2])))
    expect(step).toEqual([0, expect.closeTo(0.5, 9), expect.closeTo(2, 9)])
    expect(uneven).toBe(false)
    expect(tilt).toBeCloseTo(14.04, 2)
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
    expect(stack.warnings.join()).toMatch(/2 of the slices came twice; read once: slice at -100 -100 0 is .* again/)
  })

  it.each([
    ['the contrast phase', { phase: 'PORTAL' }, /^contrast phase portal$/],
    ['the temporal position', { time: '2' }, /^time point 2$/],
    ['the echo', { echo: '4.6' }, /^echo 4\.6$/],
    ['the diffusion weighting', { diffusion: '800' }, /^b-value 800$/],
    ['the stack', { stack: 'B' }, /^stack b$/],
    ['what the image type says of the pixels', { imageType: 'DERIVED\\SECONDARY\\MPR' }, /derived secondary mpr/],
  ])('separates by %s, wherever the slices lie', (_, traits, distinction) => {
    const elsewhere = withTraits(axialStack([20, 22, 24]), traits)
    const stacks = stacksOf([...axialStack([0, 2, 4]), ...elsewhere])
    expect(stacks.map(({ slices }) => slices.length)).toEqual([3, 3])
    expect(stacks[1].distinction).toMatch(distinction)
  })

  it.each([
    ['acquisition', { acquisition: '2' }],
    ['image type', { imageType: 'ORIGINAL\\PRIMARY\\AXIAL\\ADD' }],
    ['kernel', { kernel: 'B70f' }],
    ['tube voltage', { voltage: '80' }],
    ['trigger time', { trigger: '410' }],
  ])('separates volumes of one region by their %s, and says so', (title, traits) => {
    const stacks = stacksOf([...axialStack([0, 2, 4]), ...withTraits(axialStack([0, 2, 4]), traits)])
    expect(stacks.map(({ slices }) => slices.length)).toEqual([3, 3])
    expect(stacks[0].warnings).toEqual([
      `the series holds 2 volumes of the same region, told apart by ${title}; each was read by itself`,
    ])
    expect(new Set(stacks.map(({ distinction }) => distinction)).size).toBe(2)
  })

  it('separates phases whose tables stood at other heights', () => {
    const first = axialStack([0, 5, 10, 15, 20])
    const second = withTraits(axialStack([1.7, 6.7, 11.7, 16.7, 21.7]), { acquisition: '2' })
    expect(stacksOf([...first, ...second]).map(({ slices }) => slices.length)).toEqual([5, 5])
  })

  it('keeps together one volume whose acquisitions follow one another, or fill each other in', () => {
    const above = withTraits(axialStack([6, 8, 10]), { acquisition: '2' })
    expect(stacksOf([...axialStack([0, 2, 4]), ...above])).toHaveLength(1)
    const between = withTraits(axialStack([2.5, 7.5, 12.5]), { acquisition: '2' })
    expect(stacksOf([...axialStack([0, 5, 10]), ...between])).toHaveLength(1)
  })

  it('does not take a number that counts the slices for a distinction', () => {
    const counted = axialStack([0, 2, 4, 6]).flatMap((slice, n) => withTraits([slice], { acquisition: String(n) }))
    expect(stacksOf(counted)).toHaveLength(1)
  })

  it('separates echoes of two acquisitions into four', () => {
    const stacks = stacksOf(
      ['1', '2'].flatMap((acquisition) =>
        ['2.3', '4.6'].flatMap((echo) => withTraits(axialStack([0, 2, 4, 6]), { acquisition, echo })),
      ),
    )
    expect(stacks.map(({ distinction }) => distinction).sort()).toEqual([
      'echo 2.3, acquisition 1',
      'echo 2.3, acquisition 2',
      'echo 4.6, acquisition 1',
      'echo 4.6, acquisition 2',
    ])
  })

  it('separates phases that only their instance numbers tell apart', () => {
    const numbered = (from: number): Instance[] => withTraits(axialStack([0, 2, 4, 6]), {}, from)
    const stacks = stacksOf([...numbered(1), ...numbered(5)])
    expect(stacks.map(({ slices }) => slices.map(({ instance }) => instance.instanceNumber))).toEqual([
      [1, 2, 3, 4],
      [5, 6, 7, 8],
    ])
    expect(stacks[0].warnings.join()).toMatch(/told apart by the order of their instance numbers/)
  })

  it('gives every slice to exactly one stack, whatever the traits', () => {
    const slice = fc.record({ z: fc.nat(4), acquisition: fc.constantFrom('1', '2'), echo: fc.constantFrom('1', '2') })
    fc.assert(
      fc.property(fc.array(slice, { minLength: 1, maxLength: 24 }), (chosen) => {
        const instances = chosen.flatMap(({ z, ...traits }, n) => withTraits(axialStack([2 * z]), traits, n + 1))
        const stacks = stacksOf(instances)
        const kept = stacks.flatMap(({ slices }) => slices.map(({ instance }) => instance))
        expect(new Set(kept).size).toBe(kept.length)
        for (const { slices } of stacks) {
          const heights = slices.map(({ frame }) => frame.position[2])
          expect(new Set(heights).size).toBe(heights.length)
        }
        if (kept.length < instances.length) expect(stacks.flatMap(({ warnings }) => warnings)).not.toEqual([])
      }),
    )
  })

  it('keeps the first of two slices at one place that nothing tells apart, and says so', () => {
    const again = { ...axialSlice([-100, -100, 2]), sopInstanceUid: '7.7', instanceNumber: 99 }
    const [stack] = stacksOf([again, ...axialStack([0, 2, 4])])
    expect(stack.slices.map(({ instance }) => instance.instanceNumber)).toEqual([1, 1, 1])
    expect(stack.warnings.join()).toMatch(/left out/)
  })
})
