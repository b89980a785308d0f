import { readFileSync } from 'node:fs'
import { parse } from 'valibot'
import { describe, expect, it } from 'vitest'
import { changedStatuses, nextToReview, paletteOf, pickKey, rgbOf } from '../../../src/renderer/review/structures'
import { LabelSchema } from '../../../src/shared/labels/schema'

const file = new URL('../../../resources/schemas/flare23.json', import.meta.url)
const schema = parse(LabelSchema, JSON.parse(readFileSync(file, 'utf8')))

describe('the next structure to review', () => {
  const names = schema.structures.map(({ name }) => name)

  it('is the next in order that the case is reviewed for and nobody verified', () => {
    const reviewedFor = names.filter((name) => name !== 'right-kidney')
    expect(nextToReview(schema.structures, { reviewedFor, statuses: {} }, 'liver')).toBe('spleen')
    expect(nextToReview(schema.structures, { reviewedFor, statuses: { spleen: 'accepted' } }, 'liver')).toBe('pancreas')
    expect(nextToReview(schema.structures, { reviewedFor, statuses: {} }, '')).toBe('liver')
  })

  it('goes around the end, and ends where only what was rejected is left, or what nobody looks for', () => {
    const all = Object.fromEntries(names.map((name) => [name, 'accepted' as const]))
    const open = { reviewedFor: names, statuses: { ...all, liver: 'unreviewed' } } as const
    expect(nextToReview(schema.structures, open, 'lesion')).toBe('liver')
    expect(nextToReview(schema.structures, { ...open, statuses: { ...all, lesion: 'rejected' } }, 'liver')).toBeNull()
    expect(nextToReview(schema.structures, { ...open, reviewedFor: ['spleen'] }, 'spleen')).toBeNull()
  })
})

describe('structures', () => {
  it('colour their own value, hide where hidden, and leave background and unannotated clear', () => {
    const palette = paletteOf(schema, new Set(['spleen']))
    const [liver, , spleen] = schema.structures
    expect([...palette.slice(4 * liver.id, 4 * liver.id + 3)]).toEqual(
      rgbOf(liver.color).map((c) => Math.round(255 * c)),
    )
    expect(palette[4 * liver.id + 3]).toBe(255)
    expect(palette[4 * spleen.id + 3]).toBe(0)
    expect([palette[3], palette[4 * 255 + 3]]).toEqual([0, 0])
  })

  it('have the keys 1 to 9, 0, and then none', () => {
    expect([0, 8, 9, 10].map(pickKey)).toEqual(['1', '9', '0', null])
  })

  it('count as unreviewed where no status is listed', () => {
    expect(changedStatuses({ liver: 'unreviewed' }, {})).toEqual([])
    expect(changedStatuses({ liver: 'accepted' }, {})).toEqual([['liver', 'unreviewed']])
  })
})
