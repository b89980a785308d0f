import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Triple } from '../../../src/main/graph/resampling'
import { checkGradients } from './differences'

const seeds = fc.integer({ min: 1, max: 1e6 })
const channels = fc.integer({ min: 1, max: 5 })
const triples = (...values: number[]): fc.Arbitrary<Triple> =>
  fc.tuple(fc.constantFrom(...values), fc.constantFrom(...values), fc.constantFrom(...values))
const kernels = triples(1, 3)
const strides = triples(1, 2)
const sizes = triples(1, 2, 3)

describe('convolution', () => {
  it('has the gradients that differences give, for any kernel, stride, batch and bias', async () => {
    await fc.assert(
      fc.asyncProperty(
        kernels,
        strides,
        sizes,
        channels,
        channels,
        fc.boolean(),
        seeds,
        async (kernel, stride, size, inputs, outputs, biased, seed) => {
          const image = [2, inputs, ...size.map((n, axis) => n * 2 * stride[axis])]
          const shapes = [image, [outputs, inputs, ...kernel], ...(biased ? [[outputs]] : [])]
          await checkGradients(
            shapes.map((shape) => ({ shape })),
            (tape, [x, w, bias]) => tape.convolution(x, w, bias ?? null, stride),
            { seed, step: 0.25 },
          )
        },
      ),
      { numRuns: 30 },
    )
  })

  it('has the same gradients where the shifted copies go in chunks and every split is taken', async () => {
    // 3 ci + 9 co, 9 ci + 3 co and 27 ci + co are least in turn; 24 slices of 48x48 make several chunks.
    for (const [inputs, outputs] of [
      [8, 2],
      [2, 8],
      [1, 24],
    ]) {
      await checkGradients(
        [{ shape: [1, inputs, 24, 48, 48] }, { shape: [outputs, inputs, 3, 3, 3] }],
        (tape, [x, w]) => tape.convolution(x, w),
        { step: 0.25, tolerance: 1e-2 },
      )
    }
  })

  it('refuses an image whose channels the kernel does not take', async () => {
    const mismatch = checkGradients([{ shape: [1, 2, 4, 4, 4] }, { shape: [3, 1, 3, 3, 3] }], (tape, [x, w]) =>
      tape.convolution(x, w),
    )
    await expect(mismatch).rejects.toThrow('cannot convolve')
  })
})
