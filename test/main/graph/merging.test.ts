import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Tensor } from '../../../src/main/graph/graph'
import { defaultLoss, diceCrossEntropy } from '../../../src/main/graph/losses'
import { mergeUnannotated, type Merging } from '../../../src/main/graph/merging'
import type { Value } from '../../../src/main/graph/session'
import type { Tape } from '../../../src/main/graph/tape'
import { Trainer } from '../../../src/main/graph/trainer'
import { buildTrainingStep } from '../../../src/main/graph/trainingStep'
import { nesterovSgd } from '../../../src/main/graph/optimizers'
import { seededRandom } from '../../../src/shared/random'
import { hasTorch } from '../../peers/torch'
import { compareWithTorch } from './besideTorch'
import { checkGradients, evaluate } from './differences'

const CLASSES = 5
const SPACE = [2, 3, 4]
const VOXELS = 24

interface Scene {
  readonly by: Merging
  readonly seed: number
  readonly background: boolean
  readonly logits: Value & { readonly data: Float32Array }
  readonly annotated: Value & { readonly data: Float32Array }
  readonly labels: Value & { readonly data: Int32Array }
}

/** Two samples that annotate different classes, at least one each. */
function sceneOf(by: Merging, seed: number, background = false, complete = false): Scene {
  const random = seededRandom(seed)
  const annotated = new Float32Array(2 * CLASSES)
  for (const n of [0, 1]) {
    for (let k = 1; k < CLASSES; k++) annotated[n * CLASSES + k] = complete || random.next() < 0.5 ? 1 : 0
    annotated[n * CLASSES] = 1
    annotated[n * CLASSES + 1 + random.int(CLASSES - 1)] = 1
  }
  const labels = Int32Array.from({ length: 2 * VOXELS }, (_, at) => {
    if (random.next() < 0.15) return 255
    const label = random.int(CLASSES)
    return annotated[Math.floor(at / VOXELS) * CLASSES + label] ? label : 0
  })
  return {
    by,
    seed,
    background,
    logits: {
      data: Float32Array.from({ length: 2 * CLASSES * VOXELS }, () => 2 * random.normal()),
      dims: [2, CLASSES, ...SPACE],
    },
    annotated: { data: annotated, dims: [2, CLASSES, 1, 1, 1] },
    labels: { data: labels, dims: [2, 1, ...SPACE] },
  }
}

const scenes = fc
  .record({
    by: fc.constantFrom<Merging>('max', 'sum'),
    seed: fc.integer({ min: 1, max: 1e6 }),
    background: fc.boolean(),
  })
  .map(({ by, seed, background }) => sceneOf(by, seed, background))

const merged = (tape: Tape, { by, background }: Scene, [logits, annotated, labels]: readonly Tensor[]): Tensor => {
  const joined = tape.apply(mergeUnannotated, [logits, annotated], { by })
  return tape.apply(diceCrossEntropy, [joined, labels, annotated], { ...defaultLoss, background })
}

describe('merging the classes that nobody labelled', () => {
  it('gives background their largest logit, or the sum of their exponentials, and takes them out', async () => {
    await fc.assert(
      fc.asyncProperty(scenes, async (scene) => {
        const { data } = await evaluate([scene.logits, scene.annotated], (tape, inputs) =>
          tape.softmax(tape.apply(mergeUnannotated, inputs, { by: scene.by })),
        )
        for (let at = 0; at < 2 * VOXELS; at++) {
          const [n, v] = [Math.floor(at / VOXELS), at % VOXELS]
          const value = (values: ArrayLike<number | bigint>, k: number): number =>
            Number(values[(n * CLASSES + k) * VOXELS + v])
          const e = Array.from({ length: CLASSES }, (_, k) => Math.exp(value(scene.logits.data, k)))
          const own = e.map((_, k) => k > 0 && scene.annotated.data[n * CLASSES + k] === 1)
          const others = e.filter((_, k) => !own[k])
          const joined = scene.by === 'max' ? Math.max(...others) : others.reduce((a, b) => a + b)
          const total = joined + e.filter((_, k) => own[k]).reduce((a, b) => a + b, 0)
          e.forEach((one, k) => {
            const expected = k === 0 ? joined / total : own[k] ? one / total : 0
            expect(value(data, k)).toBeCloseTo(expected, 5)
          })
        }
      }),
      { numRuns: 10 },
    )
  })

  it('changes neither loss nor gradient where all classes are known', async () => {
    for (const by of ['max', 'sum'] as const) {
      const scene = sceneOf(by, 4, false, true)
      const inputs = [scene.logits, scene.annotated, scene.labels]
      const ours = await evaluate(inputs, (tape, tensors) => merged(tape, scene, tensors))
      const plain = await evaluate(inputs, (tape, [logits, , labels]) =>
        tape.apply(diceCrossEntropy, [logits, labels], defaultLoss),
      )
      expect(Number(ours.data[0])).toBeCloseTo(Number(plain.data[0]), 6)
    }
  })

  it('has the gradient that differences give', async () => {
    await fc.assert(
      fc.asyncProperty(scenes, (scene) =>
        checkGradients(
          [{ shape: scene.logits.dims }],
          (tape, [logits]) => {
            const annotated = tape.graph.floats([...scene.annotated.data], scene.annotated.dims)
            const labels = tape.graph.int32s([...scene.labels.data], scene.labels.dims)
            return merged(tape, scene, [logits, annotated, labels])
          },
          { seed: scene.seed, step: 4e-3, tolerance: 5e-3 },
        ),
      ),
      { numRuns: 10 },
    )
  })

  it.skipIf(!hasTorch)('has the loss and gradient of PyTorch in float64', async () => {
    const all = [1, 2, 3].flatMap((seed) =>
      (['max', 'sum'] as const).flatMap((by) => [false, true].map((background) => sceneOf(by, seed, background))),
    )
    await compareWithTorch(
      all.map((scene) => ({
        name: 'mergedDiceCrossEntropy',
        options: { by: scene.by, background: scene.background },
        inputs: [scene.logits, scene.annotated, scene.labels],
        by: [0],
        program: (tape, inputs) => merged(tape, scene, inputs),
      })),
    )
  })

  it('stays finite where the joined classes are out of all range', async () => {
    for (const by of ['max', 'sum'] as const) {
      const scene = sceneOf(by, 6)
      const logits = { ...scene.logits, data: scene.logits.data.map((x) => 300 * x) }
      const { data } = await evaluate([logits, scene.annotated, scene.labels], (tape, inputs) =>
        merged(tape, scene, inputs),
      )
      expect(Number.isFinite(Number(data[0]))).toBe(true)
    }
  })
})

describe('a training step that merges', () => {
  it('takes another mask each time, and refuses a label that its sample does not annotate', async () => {
    const step = buildTrainingStep(
      (tape, image) =>
        tape.convolution(
          image,
          tape.parameter('w', [3, 1, 1, 1, 1], { deviation: 1 }),
          tape.parameter('b', [3], { value: 0 }),
        ),
      { imageShape: [2, 1, 2, 2, 2], optimizer: nesterovSgd, unannotated: 'max' },
    )
    const weights = new Map([
      ['w', Float32Array.of(0.5, -1, 2)],
      ['b', Float32Array.of(0, 0.1, 0.2)],
    ])
    const trainer = await Trainer.open(step, weights, { threads: 1 })
    const image = Float32Array.from({ length: 16 }, (_, i) => Math.sin(i))
    const labels = Int32Array.from({ length: 16 }, (_, i) => (i < 8 ? i % 2 : 2 * (i % 2)))
    const learningRate = 0.01
    const result = await trainer.step({ image, labels, annotated: Float32Array.of(1, 1, 0, 1, 0, 1), learningRate })
    expect(Number.isFinite(result.loss)).toBe(true)
    const none = Float32Array.of(1, 1, 0, 1, 1, 0)
    await expect(trainer.step({ image, labels, annotated: none, learningRate })).rejects.toThrow(/sample 1 has label 2/)
    await expect(trainer.step({ image, labels, learningRate })).rejects.toThrow(/annotated has 0 values/)
    await trainer.close()
  })
})
