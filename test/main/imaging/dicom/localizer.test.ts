import { describe, expect, it } from 'vitest'
import type { Instance } from '../../../../src/main/imaging/dicom/instance'
import { localizerReason } from '../../../../src/main/imaging/dicom/localizer'
import { stacksOf } from '../../../../src/main/imaging/dicom/stacks'
import { axialSlice, axialStack } from './slices'

const coronal: Instance = {
  ...axialSlice([0, 0, 0]),
  frames: [{ ...axialSlice([0, 0, 0]).frames[0], orientation: [[1, 0, 0], [0, 0, -1]] }], // prettier-ignore
}

function reasons(instances: readonly Instance[]): (string | null)[] {
  const stacks = stacksOf(instances)
  return stacks.map((stack) => localizerReason(stack, stacks))
}

describe('localizerReason', () => {
  it.each(['Scout', 'localiser', '3-plane loc', 'TOPOGRAM 0.6', 'Surview ABD'])('sets %s aside by its name', (name) => {
    const named = axialStack([0, 10, 20]).map((slice) => ({ ...slice, seriesDescription: name }))
    expect(reasons(named)).toEqual([expect.stringContaining(`by its name '${name}'`)])
  })

  it('keeps a volume that mentions a scout', () => {
    const heights = Array.from({ length: 40 }, (_, n) => 2 * n)
    expect(reasons(axialStack(heights).map((slice) => ({ ...slice, seriesDescription: 'Thin after scout' })))).toEqual([
      null,
    ])
  })

  it('sets a single picture across the slices of its series aside', () => {
    expect(reasons([coronal, ...axialStack([0, 2, 4, 6, 8])])).toEqual([expect.stringMatching(/across/), null])
  })

  it('keeps a single picture that nothing lies across', () => {
    expect(reasons([coronal])).toEqual([null])
  })
})
