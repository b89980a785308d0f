import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { changedStructures, statusesAfterEdit, statusesAfterModel } from '../../../src/main/library/reviews'
import { schemaNamed } from '../../../src/shared/labels/builtin'

const schema = schemaNamed('flare23')
const map = (...ids: number[]) => Uint8Array.from(ids)
const gained = { added: 3, removed: 0, overpainted: 0 }
const overpainted = { added: 0, removed: 0, overpainted: 2 }

describe('changedStructures', () => {
  it('tells what was added, removed, and lost to a neighbour', () => {
    const changes = changedStructures(map(0, 1, 1, 3, 255), map(1, 0, 3, 3, 1), schema)
    expect(Object.fromEntries(changes)).toEqual({
      liver: { added: 2, removed: 1, overpainted: 1 },
      spleen: { added: 1, removed: 0, overpainted: 0 },
    })
  })

  it('conserves voxels: a structure grows by what was added less what it lost', () => {
    const voxels = fc.array(fc.constantFrom(0, 1, 2, 3, 14, 255), { minLength: 30, maxLength: 30 })
    fc.assert(
      fc.property(voxels, voxels, (before, after) => {
        const changes = changedStructures(map(...before), map(...after), schema)
        for (const { id, name } of schema.structures) {
          const count = (ids: number[]) => ids.filter((value) => value === id).length
          const { added, removed, overpainted } = changes.get(name) ?? { added: 0, removed: 0, overpainted: 0 }
          expect(count(after) - count(before)).toBe(added - removed - overpainted)
          expect(changes.has(name)).toBe(before.some((value, at) => (value === id) !== (after[at] === id)))
        }
      }),
    )
  })

  it('refuses maps of different sizes', () => {
    expect(() => changedStructures(map(0), map(0, 0), schema)).toThrow('cannot be compared')
  })
})

describe('statusesAfterEdit', () => {
  const after = (said: Parameters<typeof statusesAfterEdit>[0], change = gained) =>
    statusesAfterEdit(said, new Map([['liver', change]]), [])

  it('marks what the reader changed as corrected, also where it was accepted in the same breath', () => {
    expect(after({})).toEqual({ liver: 'corrected' })
    expect(after({ liver: 'accepted' })).toEqual({ liver: 'corrected' })
  })

  it('keeps what the reader says about a structure that is gone or no good', () => {
    expect(after({ liver: 'absent' })).toEqual({ liver: 'absent' })
    expect(after({ liver: 'rejected' })).toEqual({ liver: 'rejected' })
  })

  it('does not call a structure verified because a neighbour was painted over it', () => {
    expect(after({}, overpainted)).toEqual({})
    expect(after({ liver: 'accepted' }, overpainted)).toEqual({ liver: 'corrected' })
  })

  it('remembers a correction of an earlier revision when the structure is accepted', () => {
    expect(statusesAfterEdit({ liver: 'accepted', spleen: 'accepted' }, new Map(), ['liver'])).toEqual({
      liver: 'corrected',
      spleen: 'accepted',
    })
  })
})

describe('statusesAfterModel', () => {
  it('keeps what is verified and puts the rest up for review again', () => {
    expect(
      statusesAfterModel({ liver: 'accepted', spleen: 'rejected', aorta: 'absent', stomach: 'unreviewed' }),
    ).toEqual({ liver: 'accepted', aorta: 'absent' })
  })
})
