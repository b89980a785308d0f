import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Graph } from '../../../src/main/graph/graph'
import { encodeModel, readInitializers } from '../../../src/main/graph/onnx'
import type { OnnxInitializer } from '../../../src/main/graph/onnx'
import { openSession } from '../../../src/main/graph/session'

const initializers: fc.Arbitrary<OnnxInitializer[]> = fc.uniqueArray(
  fc
    .record({
      name: fc.string({ unit: 'grapheme', minLength: 1, maxLength: 12 }),
      data: fc.float32Array({ noNaN: true, maxLength: 40 }),
    })
    .map(({ name, data }) => ({ name, dtype: 'float32' as const, dims: [data.length], data })),
  { selector: ({ name }) => name, minLength: 1, maxLength: 6 },
)

const file = (weights: readonly OnnxInitializer[]): Uint8Array =>
  encodeModel({ nodes: [], initializers: weights, inputs: [], outputs: [] })

describe('ONNX files', () => {
  it('give back the weights that were written, bit by bit', () => {
    fc.assert(
      fc.property(initializers, (weights) => {
        const read = readInitializers(file(weights))
        expect([...read.keys()]).toEqual(weights.map(({ name }) => name))
        for (const { name, data } of weights) expect(read.get(name)).toStrictEqual(Float32Array.from(data, Number))
      }),
    )
  })

  it('are refused in one line when cut off anywhere', () => {
    const whole = file([{ name: 'weight', dtype: 'float32', dims: [3], data: Float32Array.of(1, 2, 3) }])
    // The last field is the operator set's: without it the weights are still whole.
    const graphEnd = whole.length - 6
    fc.assert(
      fc.property(fc.integer({ min: 0, max: graphEnd - 1 }), (length) => {
        expect(() => readInitializers(whole.subarray(0, length))).toThrow(/ONNX file/)
      }),
    )
  })

  it('are refused when they are no ONNX at all', () => {
    expect(() => readInitializers(new TextEncoder().encode('{"format": "emend-model/1"}'))).toThrow(/ONNX file/)
  })

  it('carry every kind of attribute to ONNX Runtime', async () => {
    const g = new Graph()
    const x = g.input('x', [1, 1, 4])
    const shrunk = g.node('LeakyRelu', [x], x.shape, { alpha: { float: 1 } })
    const half = g.node('AveragePool', [shrunk], [1, 1, 2], {
      kernel_shape: { ints: [2] },
      strides: { ints: [2] },
      auto_pad: { string: 'NOTSET' },
    })
    g.output('y', g.reduce('ReduceSum', half, [2]))
    const session = await openSession(g.encode())
    const { y } = await session.run({ x: { data: Float32Array.of(-3, 1, 5, 9), dims: [1, 1, 4] } })
    await session.close()
    expect([...y.data].map(Number)).toEqual([6])
  })
})

describe('Graph', () => {
  it('leaves out what no output needs, and emits equal nodes once', () => {
    const build = (extra: boolean): Uint8Array => {
      const g = new Graph()
      const x = g.input('x', [2])
      const y = g.add(g.unary('Exp', x), g.unary('Exp', x))
      if (extra) g.mul(g.input('unused', [2]), 3)
      g.output('y', y)
      return g.encode()
    }
    expect(build(true)).toStrictEqual(build(false))
    expect(Buffer.from(build(false)).toString('latin1').match(/Exp/g)?.length).toBe(5)
  })
})
