import fc from 'fast-check'
import { describe, it } from 'vitest'
import { checkGradients } from './differences'

describe('instance norm', () => {
  it('has the gradients that differences give, for image, scale and shift', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 2 }),
        fc.integer({ min: 1, max: 3 }),
        fc.integer({ min: 2, max: 4 }),
        fc.integer({ min: 1, max: 1e6 }),
        async (batch, channels, size, seed) => {
          await checkGradients(
            [{ shape: [batch, channels, size, 2, 3] }, { shape: [channels] }, { shape: [channels] }],
            (tape, [x, scale, shift]) => tape.instanceNorm(x, scale, shift),
            { seed, step: 5e-3 },
          )
        },
      ),
      { numRuns: 12 },
    )
  })
})
