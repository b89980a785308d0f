import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Graph } from '../../../src/main/graph/graph'
import type { Triple } from '../../../src/main/graph/resampling'
import { openSession } from '../../../src/main/graph/session'
import { Tape } from '../../../src/main/graph/tape'
import { seededRandom } from '../../../src/shared/random'
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

  it.each([
    // 3 ci + 9 co, 9 ci + 3 co and 27 ci + co shifted copies are fewest in turn.
    [8, 2],
    [2, 8],
    [1, 26],
  ])('sums the weight gradient over chunks of depth, %i channels to %i', async (inputs, outputs) => {
    const [depth, height, width] = [64, 60, 60]
    const random = seededRandom(1)
    const noise = (channels: number): Float32Array =>
      Float32Array.from({ length: channels * depth * height * width }, () => random.next() - 0.5)
    const g = new Graph()
    const tape = new Tape(g, ({ name, shape }) => g.input(name, shape))
    const x = { data: noise(inputs), dims: [1, inputs, depth, height, width] }
    const d = { data: noise(outputs), dims: [1, outputs, depth, height, width] }
    const w = g.input('w', [outputs, inputs, 3, 3, 3])
    const weighted = tape.mul(tape.convolution(g.input('x', x.dims), w), g.input('d', d.dims))
    g.output('dw', tape.gradients(tape.sum(weighted, [0, 1, 2, 3, 4]), [w])[0])
    const file = g.encode()
    expect(Buffer.from(file).toString('latin1').split('\x22\x04Gemm').length - 1).toBeGreaterThan(1)

    const session = await openSession(file, 'cpu', { threads: 1 })
    const weights = { data: new Float32Array(outputs * inputs * 27), dims: w.shape }
    const { dw } = await session.run({ x, d, w: weights })
    await session.close()
    for (let check = 0; check < 12; check++) {
      const [o, c, kd, kh, kw] = [outputs, inputs, 3, 3, 3].map((n) => random.int(n))
      let sum = 0
      for (let z = Math.max(0, 1 - kd); z < Math.min(depth, depth + 1 - kd); z++) {
        for (let y = Math.max(0, 1 - kh); y < Math.min(height, height + 1 - kh); y++) {
          for (let i = Math.max(0, 1 - kw); i < Math.min(width, width + 1 - kw); i++) {
            const at = (o * depth + z) * height * width + y * width + i
            const from = (c * depth + z + kd - 1) * height * width + (y + kh - 1) * width + i + kw - 1
            sum += d.data[at] * x.data[from]
          }
        }
      }
      expect(Number(dw.data[(o * inputs + c) * 27 + kd * 9 + kh * 3 + kw])).toBeCloseTo(sum, 2)
    }
  })

  it('refuses an image whose channels the kernel does not take', async () => {
    const mismatch = checkGradients([{ shape: [1, 2, 4, 4, 4] }, { shape: [3, 1, 3, 3, 3] }], (tape, [x, w]) =>
      tape.convolution(x, w),
    )
    await expect(mismatch).rejects.toThrow('cannot convolve')
  })
})
