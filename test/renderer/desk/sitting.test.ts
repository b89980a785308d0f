import { expect, it } from 'vitest'
import { Sitting } from '../../../src/renderer/desk/sitting'

it('passes over what was shown, then over the open case alone, and always over what could not be opened', () => {
  const sitting = new Sitting()
  for (const id of ['a', 'broken', 'c']) sitting.show(id)
  sitting.ended('a', true)
  sitting.ended('broken', false)
  expect(sitting.brokenCount).toBe(1)
  const [fresh, shown, open] = sitting.rounds('c')
  expect(new Set(fresh.not)).toEqual(new Set(['a', 'broken', 'c']))
  expect(shown).toEqual({ not: ['broken', 'c'], left: 'shown' })
  expect(open).toEqual({ not: ['broken'], left: 'open' })
  expect(sitting.rounds(null).map(({ left }) => left)).toEqual(['fresh', 'shown'])
})

it('starts over with all but the open case, and takes a case back that could be opened after all', () => {
  const sitting = new Sitting()
  for (const id of ['a', 'b']) sitting.show(id)
  sitting.ended('a', false)
  sitting.ended('a', true)
  sitting.startOver()
  expect(new Set(sitting.rounds('c')[0].not)).toEqual(new Set(['c']))
})
