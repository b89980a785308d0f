import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Triple } from '../../../src/main/graph/resampling'
import { checkGradients, evaluate } from './differences'

const triples = (min: number, max: number): fc.Arbitrary<Triple> =>
  fc.tuple(fc.integer({ min, max }), fc.integer({ min, max }), fc.integer({ min, max }))
const seeds = fc.integer({ min: 1, max: 1e6 })

describe('resampling', () => {
  it('pools and upsamples with the gradients that differences give, by another factor along each axis', async () => {
    await fc.assert(
      fc.asyncProperty(triples(1, 3), triples(1, 3), seeds, async (size, factors, seed) => {
        const fine = size.map((n, axis) => n * factors[axis])
        await checkGradients([{ shape: [2, 2, ...fine] }], (tape, [x]) => tape.averagePool(x, factors), { seed })
        await checkGradients([{ shape: [2, 2, ...size] }], (tape, [x]) => tape.upsample(x, factors), { seed })
      }),
      { numRuns: 12 },
    )
  })

  it('upsamples between voxel centres and repeats the border', async () => {
    const { data } = await evaluate([{ data: Float32Array.of(0, 8, 4), dims: [1, 1, 1, 1, 3] }], (tape, [x]) =>
      tape.upsample(x, [1, 1, 2]),
    )
    expect([...data].map(Number)).toEqual([0, 2, 6, 7, 5, 4])
  })

  it('pools to the mean of each block', async () => {
    const { data } = await evaluate([{ data: Float32Array.of(1, 3, 5, 9), dims: [1, 1, 1, 2, 2] }], (tape, [x]) =>
      tape.averagePool(x, [1, 2, 1]),
    )
    expect([...data].map(Number)).toEqual([3, 6])
  })
})
