import { expect, it } from 'vitest'
import { localRange } from '../../../src/renderer/review/localRange'
import { seededRandom } from '../../../src/shared/random'

const dims = [40, 40, 20] as const
const spacing = [1, 1, 3] as const
const random = seededRandom(5)

/** Tissue of 100 HU for i < 24, of 300 beyond, with noise of 10 HU. */
const image = Int16Array.from({ length: 40 * 40 * 20 }, (_, n) => Math.round((n % 40 < 24 ? 100 : 300) + 10 * random.normal())) // prettier-ignore

it('is the range that the tissue under the pointer has, whatever lies beside it', () => {
  for (const at of [
    [10, 20, 10],
    [20, 20, 10],
    [19, 5, 3],
  ] as const) {
    // prettier-ignore
    const [low, high] = localRange(image, dims, spacing, at)
    expect(low, String(at)).toBeGreaterThan(50)
    expect(low, String(at)).toBeLessThan(85)
    expect(high, String(at)).toBeGreaterThan(115)
    expect(high, String(at)).toBeLessThan(180)
  }
})

it('is not empty where the image has no noise, nor at the edge of the image', () => {
  const flat = new Int16Array(40 * 40 * 20).fill(50)
  expect(localRange(flat, dims, spacing, [0, 0, 0])).toEqual([38, 62])
})
