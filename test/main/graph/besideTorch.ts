import { expect } from 'vitest'
import { Graph } from '../../../src/main/graph/graph'
import type { Tensor } from '../../../src/main/graph/graph'
import { openSession } from '../../../src/main/graph/session'
import type { Value } from '../../../src/main/graph/session'
import { Tape } from '../../../src/main/graph/tape'
import { askTorch } from '../../peers/torch'

/** One loss, in our graph and as `torchLosses.py` knows it. */
export interface PeerLoss {
  /** Its name in torchLosses.py. */
  readonly name: string
  readonly options: object
  readonly inputs: readonly Value[]
  /** Which of the inputs gradients are compared by. */
  readonly by: readonly number[]
  readonly program: (tape: Tape, inputs: readonly Tensor[]) => Tensor
  /** Parameters that the program declares, by name: which of the inputs each is. */
  readonly parameters?: Readonly<Record<string, number>>
}

/** Holds losses and gradients against PyTorch in float64: relative Euclidean distance below `tolerance`. */
export async function compareWithTorch(losses: readonly PeerLoss[], tolerance = 1e-4): Promise<void> {
  const answers = askTorch<{ loss: number; gradients: number[][] }>(
    losses.map(({ name, options, inputs, by }) => ({
      task: 'loss',
      name,
      options,
      by,
      inputs: inputs.map(({ dims, data }) => ({ shape: dims, data: Array.from(data as Float32Array, Number) })),
    })),
  )
  for (const [i, one] of losses.entries()) {
    const ours = await lossAndGradients(one)
    const about = `${one.name} ${JSON.stringify(one.options)}`
    expect(Math.abs(ours.loss - answers[i].loss), about).toBeLessThan(1e-5 * (1 + Math.abs(answers[i].loss)))
    for (const [k, theirs] of answers[i].gradients.entries()) {
      const difference = Math.hypot(...theirs.map((value, at) => value - ours.gradients[k][at]))
      expect(Math.hypot(...theirs), about).toBeGreaterThan(0)
      expect(difference / Math.hypot(...theirs), `${about}, gradient by input ${one.by[k]}`).toBeLessThan(tolerance)
    }
  }
}

async function lossAndGradients({
  inputs,
  by,
  program,
  parameters,
}: PeerLoss): Promise<{ loss: number; gradients: number[][] }> {
  const g = new Graph()
  const tape = new Tape(g, ({ name, shape }) => {
    const tensor = tensors[parameters?.[name] ?? -1]
    if (tensor?.shape.join() !== shape.join()) throw new Error(`no input is the parameter ${name} of [${shape}]`)
    return tensor
  })
  const tensors = inputs.map(({ dims, data }, i) =>
    g.input(`in.${i}`, dims, data instanceof Int32Array ? 'int32' : 'float32'),
  )
  const loss = program(tape, tensors)
  g.output('loss', loss)
  const gradients = tape.gradients(
    loss,
    by.map((i) => tensors[i]),
  )
  gradients.forEach((gradient, i) => g.output(`gradient.${i}`, gradient))
  const session = await openSession(g.encode(), 'cpu', { threads: 1 })
  try {
    const results = await session.run(Object.fromEntries(inputs.map((value, i) => [`in.${i}`, value])))
    return {
      loss: Number(results['loss'].data[0]),
      gradients: by.map((_, i) => Array.from(results[`gradient.${i}`].data as Float32Array)),
    }
  } finally {
    await session.close()
  }
}
