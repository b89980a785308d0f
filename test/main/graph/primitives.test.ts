import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Graph } from '../../../src/main/graph/graph'
import { Tape } from '../../../src/main/graph/tape'
import { checkGradients, evaluate } from './differences'
import type { Program } from './differences'

const seeds = fc.integer({ min: 1, max: 1e6 })
const sizes = fc.integer({ min: 1, max: 4 })

describe('gradients of primitives agree with differences', () => {
  const binary: Record<string, Program> = {
    add: (tape, [a, b]) => tape.add(a, b),
    sub: (tape, [a, b]) => tape.sub(a, b),
    mul: (tape, [a, b]) => tape.mul(a, b),
    div: (tape, [a, b]) => tape.div(a, b),
  }
  it.each(Object.entries(binary))('%s, whichever side is broadcast', async (_, program) => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.record({ size: sizes, left: fc.boolean(), right: fc.boolean() }), { minLength: 1, maxLength: 4 }),
        fc.integer({ min: 0, max: 2 }),
        seeds,
        async (axes, dropped, seed) => {
          const left = axes.map(({ size, left: one }) => (one ? 1 : size))
          const right = axes.map(({ size, right: one }) => (one ? 1 : size)).slice(Math.min(dropped, axes.length - 1))
          const inputs = [{ shape: left }, { shape: right, from: 0.7, to: 2 }]
          await checkGradients(inputs, program, { seed, step: 3e-3 })
        },
      ),
      { numRuns: 12 },
    )
  })

  const unary: Record<string, Program> = {
    neg: (tape, [a]) => tape.neg(a),
    exp: (tape, [a]) => tape.exp(a),
    log: (tape, [a]) => tape.log(a),
    sqrt: (tape, [a]) => tape.sqrt(a),
    'leaky ReLU above its kink': (tape, [a]) => tape.leakyRelu(a, 0.1),
    'leaky ReLU below its kink': (tape, [a]) => tape.leakyRelu(tape.neg(a), 0.1),
    'the same tensor twice': (tape, [a]) => tape.add(tape.mul(a, a), tape.exp(a)),
    'an operation repeated': (tape, [a]) => tape.mul(tape.exp(a), tape.add(tape.exp(a), 1)),
    reshape: (tape, [a]) => tape.exp(tape.reshape(a, [6, 4])),
    transpose: (tape, [a]) => tape.exp(tape.transpose(a, [2, 0, 1])),
    slice: (tape, [a]) => tape.exp(tape.slice(a, 2, 1, 3)),
    pad: (tape, [a]) => tape.exp(tape.pad(a, [0, 1, 2], [1, 0, 1])),
    'sum over two axes': (tape, [a]) => tape.exp(tape.sum(a, [0, 2])),
    softmax: (tape, [a]) => tape.softmax(a),
  }
  it.each(Object.entries(unary))('%s', async (_, program) => {
    await fc.assert(
      fc.asyncProperty(seeds, (seed) =>
        checkGradients([{ shape: [2, 3, 4], from: 0.2, to: 1.2 }], program, { seed, step: 3e-3 }),
      ),
      { numRuns: 4 },
    )
  })

  it('concat, along any axis', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: 2 }), sizes, sizes, seeds, async (axis, first, second, seed) => {
        const shapes = [first, second].map((size) => [2, 3, 2].with(axis, size))
        await checkGradients(
          shapes.map((shape) => ({ shape })),
          (tape, parts) => tape.exp(tape.concat(parts, axis)),
          { seed, step: 3e-3, tolerance: 5e-3 },
        )
      }),
      { numRuns: 8 },
    )
  })

  it('matmul, with either side batched or not', async () => {
    await fc.assert(
      fc.asyncProperty(sizes, sizes, sizes, fc.boolean(), fc.boolean(), seeds, async (m, k, n, left, right, seed) => {
        const a = left ? [3, m, k] : [m, k]
        const b = right ? [3, k, n] : [k, n]
        await checkGradients([{ shape: a }, { shape: b }], (tape, [x, y]) => tape.matmul(x, y), { seed })
      }),
      { numRuns: 12 },
    )
  })
})

describe('Tape', () => {
  it('says which tensor a loss does not depend on', () => {
    const g = new Graph()
    const tape = new Tape(g, ({ name, shape }) => g.input(name, shape))
    const used = tape.parameter('used', [2], { value: 0 })
    const unused = tape.parameter('unused', [2], { value: 0 })
    expect(() => tape.gradients(tape.sum(used, [0]), [used, unused])).toThrow("'unused'")
  })

  it('refuses two parameters of one name', () => {
    const g = new Graph()
    const tape = new Tape(g, ({ name, shape }) => g.input(name, shape))
    tape.parameter('weight', [2], { value: 0 })
    expect(() => tape.parameter('weight', [3], { value: 0 })).toThrow("'weight'")
  })

  it('keeps softmax finite at logits that overflow exp', async () => {
    const { data } = await evaluate([{ data: Float32Array.of(1000, -1000, 998), dims: [1, 3, 1] }], (tape, [x]) =>
      tape.softmax(x),
    )
    expect(Number(data[0]) + Number(data[1]) + Number(data[2])).toBeCloseTo(1, 6)
    expect(Number(data[0])).toBeCloseTo(1 / (1 + Math.exp(-2)), 6)
  })
})
