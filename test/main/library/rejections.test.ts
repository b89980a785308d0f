import { expect, it } from 'vitest'
import { addCase } from '../../../src/main/library/cases'
import type { Library } from '../../../src/main/library/library'
import { rejectStructure } from '../../../src/main/library/notes'
import { lastReason, reasonsAtHand, reasonToReject } from '../../../src/main/library/rejections'
import { commonRejectReasons } from '../../../src/shared/review'
import { temporaryLibrary } from './fixtures'
import { newCase } from './samples'

it("offers a reader's own last reasons, each once and the newest first, and nobody else's", async () => {
  const anna = temporaryLibrary({ user: 'anna' })
  const bert: Library = { ...anna, user: 'bert' }
  const { id } = await addCase(anna, newCase())
  expect(reasonsAtHand(anna)).toEqual(commonRejectReasons)
  for (const reason of ['stomach', 'cava', 'stomach']) rejectStructure(anna, id, 'spleen', reason)
  rejectStructure(bert, id, 'liver', 'what only bert thinks')
  expect(reasonsAtHand(anna)).toEqual(['stomach', 'cava', ...commonRejectReasons.slice(0, 4)])
})

it('takes the last reason on record where a reader goes back, and none for none', async () => {
  const library = temporaryLibrary()
  const { id } = await addCase(library, newCase())
  expect(lastReason(library, id, 'spleen')).toBeNull()
  expect(reasonToReject(library, id, 'spleen', null)).toContain('not on record')
  rejectStructure(library, id, 'spleen', 'stomach')
  rejectStructure(library, id, 'liver', 'cava')
  expect(reasonToReject(library, id, 'spleen', null)).toBe('stomach')
  expect(reasonToReject(library, id, 'spleen', ' of another kind ')).toBe('of another kind')
  for (const nothing of [undefined, '', '  ']) {
    expect(() => reasonToReject(library, id, 'spleen', nothing)).toThrow('rejecting spleen needs a reason')
  }
})
