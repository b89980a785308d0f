import { expect, it } from 'vitest'
import { mostCaseBytes } from '../../../src/main/learning/caseMemory'
import type { VerifiedCase } from '../../../src/main/learning/libraryCases'
import { runBytes } from '../../../src/main/learning/memory'
import { networkConfig } from '../../../src/main/learning/train'
import { drawTurnCases } from '../../../src/main/learning/turnCases'
import { addCase, getCase } from '../../../src/main/library/cases'
import { temporaryLibrary } from '../library/fixtures'
import { newCase } from '../library/samples'
import { blobRecipe } from './blobs'

it('as many cases are drawn as fit beside the steps, then as many unread images as fit beside them', async () => {
  const library = temporaryLibrary()
  const { id } = await addCase(library, newCase())
  // A case of a real scanner's size; nothing here is read.
  const row = { ...getCase(library, id), dims: [512, 512, 300] as [number, number, number] }
  const verified = Array.from({ length: 12 }, (_, n): VerifiedCase => {
    return { row: { ...row, id: `case-${n}` }, revision: 'none', verified: ['liver'] }
  })
  const recipe = blobRecipe(1)
  const training = { recipe, channels: 3 }
  const each = mostCaseBytes(row, recipe.preprocess)
  const steps = runBytes(networkConfig(recipe, 3), recipe)
  const draw = (cases: number, unread = 0, replayed = 0) =>
    drawTurnCases(library, { verified, unread: Array.from({ length: unread }, () => row), replayed }, [training], {
      memory: steps + cases * each,
    })
  expect(draw(5.5).verified).toHaveLength(5)
  expect(draw(5.5, 0, 2).verified).toHaveLength(3)
  expect(draw(5.5).verified).toEqual(draw(5.5).verified)
  expect(draw(14.5, 4).verified).toHaveLength(12)
  expect(draw(14.5, 4).unread).toHaveLength(2)
})
