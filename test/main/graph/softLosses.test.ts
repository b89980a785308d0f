import { describe, expect, it } from 'vitest'
import { infoNce, KeyQueue } from '../../../src/main/graph/contrast'
import { consistency, reconstruction, softCrossEntropy } from '../../../src/main/graph/softLosses'
import { buildDistillationStep } from '../../../src/main/graph/distillationStep'
import { adam } from '../../../src/main/graph/optimizers'
import { Trainer } from '../../../src/main/graph/trainer'
import type { Value } from '../../../src/main/graph/session'
import { seededRandom } from '../../../src/shared/random'
import { hasTorch } from '../../peers/torch'
import { compareWithTorch, type PeerLoss } from './besideTorch'
import { checkGradients, evaluate } from './differences'

const random = seededRandom(11)
const normals = (...dims: number[]): Value & { readonly data: Float32Array } => ({
  data: Float32Array.from({ length: dims.reduce((a, b) => a * b) }, () => 1.5 * random.normal()),
  dims,
})
const weights = (...dims: number[]): Value => ({
  data: normals(...dims).data.map((x) => (x < -1 ? 0 : 0.5 + (x + 1) ** 2 / 4)),
  dims,
})
const logits = normals(2, 4, 2, 3, 3)
const teacher = normals(2, 4, 2, 3, 3)
const weight = weights(2, 1, 2, 3, 3)
const none: Value = { data: new Float32Array(36), dims: weight.dims }

/** Probabilities over 4 channels of [2, 4, ...]. */
const probabilities: Value = (() => {
  const data = teacher.data.map(Math.exp)
  for (let n = 0; n < 2; n++) {
    for (let v = 0; v < 18; v++) {
      const at = [0, 1, 2, 3].map((k) => (n * 4 + k) * 18 + v)
      const total = at.reduce((sum, i) => sum + data[i], 0)
      at.forEach((i) => (data[i] /= total))
    }
  }
  return { data, dims: teacher.dims }
})()

const at = (temperature: number): Value => ({ data: Float32Array.of(temperature), dims: [1] })

const soft = (temperature: number, divergence: boolean): PeerLoss => ({
  name: 'softCrossEntropy',
  options: { divergence },
  inputs: [logits, teacher, weight, at(temperature)],
  by: [0],
  program: (tape, inputs) => tape.apply(softCrossEntropy, inputs, { divergence }),
})
const peers: PeerLoss[] = [
  ...[1, 2.5, 4].flatMap((temperature) => [true, false].map((divergence) => soft(temperature, divergence))),
  {
    name: 'consistency',
    options: {},
    inputs: [logits, probabilities, weight],
    by: [0],
    program: (tape, [x, p, w]) => consistency(tape, x, p, w),
  },
  ...(['L1', 'L2'] as const).map((norm): PeerLoss => ({
    name: 'reconstruction',
    options: { norm },
    inputs: [logits, teacher, weight],
    by: [0],
    program: (tape, [x, y, w]) => reconstruction(tape, x, y, w, norm),
  })),
  ...[0.07, 0.5].map((temperature): PeerLoss => ({
    name: 'infoNce',
    options: { temperature },
    inputs: [normals(6, 8), normals(6, 8), normals(20, 8)],
    by: [0, 1],
    program: (tape, [q, k, n]) => infoNce(tape, q, k, n, temperature),
  })),
]

describe('losses against soft targets', () => {
  it.skipIf(!hasTorch)('have the values and gradients of PyTorch in float64', async () => {
    await compareWithTorch(peers)
  })

  it('have the gradients that differences give', async () => {
    const constant = ({ data, dims }: Value): [number[], readonly number[]] => [Array.from(data, Number), dims]
    for (const divergence of [true, false]) {
      await checkGradients([{ shape: logits.dims }], (tape, [x]) => {
        const rest = [teacher, weight, at(3)].map((value) => tape.graph.floats(...constant(value)))
        return tape.apply(softCrossEntropy, [x, ...rest], { divergence })
      })
    }
    await checkGradients([{ shape: [5, 6] }, { shape: [5, 6] }, { shape: [9, 6] }], (tape, [q, k, n]) =>
      infoNce(tape, q, k, n, 0.3),
    )
    await checkGradients([{ shape: logits.dims }], (tape, [x]) =>
      consistency(tape, x, tape.graph.floats(...constant(probabilities)), tape.graph.floats(...constant(weight))),
    )
  })

  it('a student that agrees with its teacher diverges by nothing, at any temperature', async () => {
    for (const temperature of [1, 4]) {
      const { data } = await evaluate([logits, logits, weight, at(temperature)], (tape, inputs) =>
        tape.apply(softCrossEntropy, inputs, { divergence: true }),
      )
      expect(Number(data[0])).toBeCloseTo(0, 5)
    }
  })

  it('count nothing where no voxel has weight', async () => {
    const { data } = await evaluate([logits, teacher, none, at(2)], (tape, inputs) =>
      tape.apply(softCrossEntropy, inputs, { divergence: true }),
    )
    expect(Number(data[0])).toBe(0)
  })
})

describe('a step of distillation', () => {
  it('learns the verified voxels from labels and the rest from the teacher', async () => {
    const step = buildDistillationStep(
      (tape, image) =>
        tape.convolution(
          image,
          tape.parameter('w', [3, 1, 3, 3, 3], { deviation: 0.1 }),
          tape.parameter('b', [3], { value: 0 }),
        ),
      { imageShape: [1, 1, 4, 4, 4], optimizer: adam, softWeight: 1 },
    )
    const image = normals(1, 1, 4, 4, 4)
    const labels = Int32Array.from(image.data, (x, i) => (i % 2 ? 255 : x > 0 ? 2 : 1))
    const toTeacher = { data: Float32Array.from({ length: 192 }, (_, i) => (i < 64 ? 4 : 0)), dims: [1, 3, 4, 4, 4] }
    const start = new Map([
      ['w', new Float32Array(81).map(() => 0.05 * random.normal())],
      ['b', new Float32Array(3)],
    ])
    const trainer = await Trainer.open(step, start, { threads: 1 })
    const all: { hard: number; soft: number; loss: number }[] = []
    for (let n = 0; n < 60; n++) {
      const figures = await trainer.run(
        { image, labels: { data: labels, dims: [1, 1, 4, 4, 4] }, teacher: toTeacher, temperature: at(1 + n / 20) },
        0.05,
      )
      all.push({ hard: figures['hard'][0], soft: figures['soft'][0], loss: figures['loss'][0] })
    }
    await trainer.close()
    for (const { hard, soft, loss } of all) expect(loss).toBeCloseTo(hard + soft, 4)
    expect(all[59].loss).toBeLessThan(all[0].loss)
    expect(all[0].soft).toBeGreaterThan(0)
  })
})

describe('features of voxels', () => {
  it('are gathered by number, and give back the sum to a voxel that was taken twice', async () => {
    const features: Value = { data: Float32Array.from({ length: 24 }, (_, i) => i), dims: [1, 2, 2, 2, 3] }
    const rows: Value = { data: Int32Array.of(3, 11, 3), dims: [3] }
    const { data, dims } = await evaluate([features, rows], (tape, [x, at]) => tape.gatherVoxels(x, at))
    expect(dims).toEqual([3, 2])
    expect([...data]).toEqual([3, 15, 11, 23, 3, 15])
    await checkGradients([{ shape: [1, 2, 2, 2, 3] }], (tape, [x]) => {
      const taken = tape.gatherVoxels(x, tape.graph.int32s([3, 11, 3]))
      return tape.mul(taken, taken)
    })
  })
})

describe('a queue of keys', () => {
  it('forgets the oldest first, and goes on from its state', () => {
    const queue = new KeyQueue(Float32Array.of(1, 1, 2, 2, 3, 3), 2)
    queue.push(Float32Array.of(4, 4, 5, 5))
    expect([...queue.state()]).toEqual([3, 3, 4, 4, 5, 5])
    const again = new KeyQueue(queue.state(), 2)
    for (const one of [queue, again]) one.push(Float32Array.of(6, 6))
    expect([...again.state()]).toEqual([...queue.state()])
    expect(() => queue.push(Float32Array.of(1))).toThrow(/no rows of 2/)
  })
})
