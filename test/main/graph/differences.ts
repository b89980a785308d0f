import { expect } from 'vitest'
import { Graph, product } from '../../../src/main/graph/graph'
import type { Shape, Tensor } from '../../../src/main/graph/graph'
import { openSession } from '../../../src/main/graph/session'
import type { Session, Value } from '../../../src/main/graph/session'
import { Tape } from '../../../src/main/graph/tape'
import { seededRandom } from '../../../src/shared/random'

/** An input of a checked program: its shape, and where its values may lie (two-sided normal where left out). */
export interface CheckedInput {
  readonly shape: Shape
  readonly from?: number
  readonly to?: number
}

export type Program = (tape: Tape, inputs: readonly Tensor[]) => Tensor

const noParameters = (): never => {
  throw new Error('a checked program declares no parameters')
}

/**
 * Builds the program twice, alone and under a weighted sum of its outputs with that sum's gradients by all inputs, and
 * holds the gradients against central differences. The outputs are summed here in float64, so that only their own
 * float32 rounding disturbs the differences.
 */
export async function checkGradients(
  inputs: readonly CheckedInput[],
  program: Program,
  { seed = 1, step = 1e-2, tolerance = 3e-3 } = {},
): Promise<void> {
  const random = seededRandom(seed)
  const g = new Graph()
  const tape = new Tape(g, noParameters)
  const tensors = inputs.map(({ shape }, i) => g.input(`in.${i}`, shape))
  const output = program(tape, tensors)
  const weights = Float32Array.from({ length: product(output.shape) }, random.normal)
  const weighted = tape.mul(output, g.floats(weights, output.shape))
  const loss = tape.sum(
    weighted,
    output.shape.map((_, axis) => axis),
  )
  g.output('out', output)
  tape.gradients(loss, tensors).forEach((gradient, i) => g.output(`gradient.${i}`, gradient))

  const values: Value[] = inputs.map(({ shape, from, to }) => ({
    data: Float32Array.from({ length: product(shape) }, () =>
      from === undefined || to === undefined ? random.normal() : random.between(from, to),
    ),
    dims: shape,
  }))
  const session = await openSession(g.encode(), 'cpu', { threads: 1 })
  try {
    const feeds = Object.fromEntries(values.map((value, i) => [`in.${i}`, value]))
    const results = await session.run(feeds)
    for (const [i, { data }] of values.entries()) {
      const gradient = results[`gradient.${i}`]
      expect(gradient.dims).toEqual(inputs[i].shape)
      // A sample of the entries: every one of a big tensor would take long and tell nothing more.
      const stride = Math.max(1, Math.floor(data.length / 24))
      for (let k = random.int(stride); k < data.length; k += stride) {
        const slope = await slopeAt(session, feeds, weights, data as Float32Array, k, step)
        const found = Number(gradient.data[k])
        const allowed = tolerance * (1 + Math.abs(slope))
        if (!(Math.abs(found - slope) <= allowed)) {
          expect.fail(`input ${i}, entry ${k}: the gradient says ${found}, differences say ${slope}`)
        }
      }
    }
  } finally {
    await session.close()
  }
}

async function slopeAt(
  session: Session,
  feeds: Record<string, Value>,
  weights: Float32Array,
  data: Float32Array,
  k: number,
  step: number,
): Promise<number> {
  const kept = data[k]
  const sums: number[] = []
  const at: number[] = []
  for (const side of [1, -1]) {
    data[k] = kept + side * step
    at.push(data[k])
    const { out } = await session.run(feeds, ['out'])
    sums.push(weights.reduce((sum, weight, i) => sum + weight * Number(out.data[i]), 0))
  }
  data[k] = kept
  return (sums[0] - sums[1]) / (at[0] - at[1])
}

/** Runs a program once, forward, on values given in order. */
export async function evaluate(values: readonly Value[], program: Program): Promise<Value> {
  const g = new Graph()
  const inputs = values.map(({ data, dims }, i) =>
    g.input(`in.${i}`, dims, data instanceof Int32Array ? 'int32' : 'float32'),
  )
  g.output('out', program(new Tape(g, noParameters), inputs))
  const session = await openSession(g.encode(), 'cpu', { threads: 1 })
  try {
    const feeds = Object.fromEntries(values.map((value, i) => [`in.${i}`, value]))
    return (await session.run(feeds)).out
  } finally {
    await session.close()
  }
}
