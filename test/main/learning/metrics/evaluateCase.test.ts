import { expect, it } from 'vitest'
import { evaluateCase, rounded } from '../../../../src/main/learning/metrics/evaluateCase'
import type { LabelMap } from '../../../../src/main/imaging/volume'
import { identityAffine, type Affine } from '../../../../src/shared/geometry/affine'
import { schemaNamed } from '../../../../src/shared/labels/builtin'
import { blobPair } from './blobs'

const flare = schemaNamed('flare23')

/** A column along k of `id` from slice `low` to slice `high`, exclusive, in a 6x6x10 grid. */
function column(id: number, low: number, high: number, width = 2, affine: Affine = identityAffine): LabelMap {
  const data = new Uint8Array(6 * 6 * 10)
  for (let k = low; k < high; k++)
    for (let j = 2; j < 4; j++) for (let i = 2; i < 2 + width; i++) data[i + 6 * (j + 6 * k)] = id
  return { dims: [6, 6, 10], affine, data }
}

it('gives what the challenge script (FLARE 2023, aad2cc2) gives for the same two label maps', () => {
  const { reference, prediction } = blobPair(1)
  const { scores } = evaluateCase(reference, prediction, flare)
  const values = flare.structures.map(({ name }) => scores[name])
  expect(values.map((s) => s.dsc)).toEqual([
    0.7117, 0.6058, 0.7871, 0.4677, 0.602, 0.24, 0.418, 0.8798, 0.7953, 0.7476, 0.8251, 0.8702, 0.7071, 0.8936,
  ])
  expect(values.map((s) => s.nsd)).toEqual([
    0.9656, 0.8442, 0.9625, 0.9816, 0.7879, 0.6253, 0.4532, 0.9776, 0.9821, 0.9997, 0.997, 1.0, 0.8489, 0.9712,
  ])
})

it('scores 1 where both are empty and 0 where one is', () => {
  const { scores } = evaluateCase(column(1, 0, 5), column(4, 0, 5), flare)
  expect(scores['liver']).toEqual({ dsc: 0, nsd: 0, hd95: null })
  expect(scores['pancreas']).toEqual({ dsc: 0, nsd: 0, hd95: null })
  expect(scores['spleen']).toEqual({ dsc: 1, nsd: 1, hd95: null })
})

it("compares the aorta on the reference's slices without the last, the liver on all", () => {
  // The prediction goes on beyond the reference, and is wrong on the reference's last slice.
  const aorta = evaluateCase(column(5, 2, 6), column(5, 0, 5), flare)
  expect(aorta.scores['aorta']).toEqual({ dsc: 1, nsd: 1, hd95: 0 })
  const liver = evaluateCase(column(1, 2, 6), column(1, 0, 5), flare)
  expect(liver.scores['liver'].dsc).toBe(rounded(6 / 9))
})

it('scores a reference of one slice on that slice, and says so', () => {
  const { scores, notes } = evaluateCase(column(6, 4, 5), column(6, 0, 10), flare, { name: 'case 7' })
  expect(scores['inferior-vena-cava'].dsc).toBe(1)
  expect(notes).toEqual(['case 7: Inferior vena cava has one slice in the reference; it was scored on that slice'])
})

it('gives no NSD below the least DSC, which is a choice', () => {
  const [reference, prediction] = [column(1, 0, 1, 2), column(1, 0, 10, 2)]
  const strict = evaluateCase(reference, prediction, flare)
  expect(strict.scores['liver'].dsc).toBeLessThan(0.2)
  expect(strict.scores['liver'].nsd).toBe(0)
  const measured = evaluateCase(reference, prediction, flare, { leastDscForNsd: 0.1 })
  expect(measured.scores['liver'].nsd).toBeGreaterThan(0)
})

it('counts voxels that the reference does not annotate on neither side, and skips structures it never drew', () => {
  const reference = column(1, 0, 5)
  reference.data.fill(255, 6 * 6 * 5)
  const { scores } = evaluateCase(reference, column(1, 0, 8), flare, { annotated: ['liver'] })
  expect(scores).toEqual({ liver: { dsc: 1, nsd: 1, hd95: 0 } })
  const nowhere = column(1, 0, 0)
  nowhere.data.fill(255, 6 * 6 * 5)
  const beyond = evaluateCase(nowhere, column(1, 6, 8), flare, { annotated: ['liver'] })
  expect(beyond.scores).toEqual({ liver: { dsc: 1, nsd: 1, hd95: null } })
})

it('refuses a prediction on another grid and names both', () => {
  const moved: Affine = [
    [1, 0, 0, 5],
    [0, 1, 0, 0],
    [0, 0, 1, 0],
  ]
  expect(() => evaluateCase(column(1, 0, 5), column(1, 0, 5, 2, moved), flare, { name: 'case 7' })).toThrow(
    'case 7: the prediction lies on another grid: reference 6x6x10 RAS, spacing 1 1 1 mm, origin 0 0 0, ' +
      'prediction 6x6x10 RAS, spacing 1 1 1 mm, origin 5 0 0',
  )
})

it('rounds a half to the even neighbour, as numpy does', () => {
  expect([0.03125, 0.09375, 0.12345, 0.99995, 1].map(rounded)).toEqual([0.0312, 0.0938, 0.1234, 1, 1])
})
