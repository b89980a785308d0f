import { describe, expect, it } from 'vitest'
import {
  isReviewed,
  openStructures,
  reviewedStructures,
  type StructuresOfCase,
} from '../../../src/shared/labels/reviewed'

const structures = ['liver', 'spleen', 'aorta', 'lesion', 'nodule']
const of = (change: Partial<StructuresOfCase>): string[] =>
  reviewedStructures({ structures, offered: ['spleen', 'liver'], statuses: {}, isDrawn: () => false, ...change })

describe('what a case is reviewed for', () => {
  it('is what its model offers, what is drawn, and what something was said of, in the order of the schema', () => {
    expect(of({})).toEqual(['liver', 'spleen'])
    expect(of({ isDrawn: (name) => name === 'lesion' })).toEqual(['liver', 'spleen', 'lesion'])
    expect(of({ statuses: { aorta: 'absent', nodule: 'unreviewed' } })).toEqual(['liver', 'spleen', 'aorta'])
    expect(of({ statuses: { aorta: 'rejected' } })).toContain('aorta')
  })

  it('is everything where its schema has no model', () => {
    expect(of({ offered: null })).toEqual(structures)
    expect(of({ offered: [] })).toEqual([])
  })
})

describe('what is left to review', () => {
  const reviewedFor = ['liver', 'spleen']

  it('is what nobody verified or rejected', () => {
    expect(openStructures({ reviewedFor, statuses: { liver: 'corrected', aorta: 'unreviewed' } })).toEqual(['spleen'])
    expect(openStructures({ reviewedFor, statuses: { liver: 'rejected', spleen: 'absent' } })).toEqual([])
  })

  it('is nothing in a reviewed case, and a case without structures is none', () => {
    expect(isReviewed({ reviewedFor, statuses: { liver: 'accepted' } })).toBe(false)
    expect(isReviewed({ reviewedFor, statuses: { liver: 'accepted', spleen: 'rejected' } })).toBe(true)
    expect(isReviewed({ reviewedFor: [], statuses: {} })).toBe(false)
  })
})
