import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Tensor } from '../../../src/main/graph/graph'
import { leaveOutUnannotated } from '../../../src/main/graph/leavingOut'
import { defaultLoss, diceCrossEntropy } from '../../../src/main/graph/losses'
import type { Value } from '../../../src/main/graph/session'
import { nesterovSgd } from '../../../src/main/graph/optimizers'
import type { Tape } from '../../../src/main/graph/tape'
import { Trainer } from '../../../src/main/graph/trainer'
import { buildTrainingStep } from '../../../src/main/graph/trainingStep'
import { seededRandom } from '../../../src/shared/random'
import { hasTorch } from '../../peers/torch'
import { compareWithTorch } from './besideTorch'
import { checkGradients, evaluate } from './differences'

const CLASSES = 4
const SPACE = [2, 3, 4]
const VOXELS = 24

interface Scene {
  readonly seed: number
  readonly background: boolean
  readonly logits: Value & { readonly data: Float32Array }
  readonly annotated: Value & { readonly data: Float32Array }
  readonly labels: Value & { readonly data: Int32Array }
}

/** Two samples: the first knows class 1, or all, and the second classes 1 to 3 at random, but class 2 always. */
function sceneOf(seed: number, { background = false, complete = false } = {}): Scene {
  const random = seededRandom(seed)
  const some = (): number => Number(complete || random.next() < 0.5)
  const annotated = Float32Array.of(1, 1, Number(complete), Number(complete), 1, some(), 1, some())
  const labels = Int32Array.from({ length: 2 * VOXELS }, (_, at) => {
    if (random.next() < 0.15) return 255
    const label = random.int(CLASSES)
    return annotated[Math.floor(at / VOXELS) * CLASSES + label] ? label : 0
  })
  return {
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

const inputsOf = ({ logits, annotated, labels }: Scene): Value[] => [logits, annotated, labels]

const lossOf = (tape: Tape, background: boolean, [logits, annotated, labels]: readonly Tensor[]): Tensor => {
  const told = leaveOutUnannotated(tape, logits, labels, annotated)
  return tape.apply(diceCrossEntropy, [told, labels, annotated], { ...defaultLoss, background })
}

const lossAt = async (scene: Scene): Promise<number> =>
  Number((await evaluate(inputsOf(scene), (tape, inputs) => lossOf(tape, scene.background, inputs))).data[0])

/** The scene with one logit raised by so much at the first voxel of a sample that `where` chooses. */
function raised(scene: Scene, sample: number, channel: number, by: number, where: (label: number) => boolean): Scene {
  const at = scene.labels.data.findIndex((label, n) => Math.floor(n / VOXELS) === sample && where(label))
  expect(at).toBeGreaterThanOrEqual(0)
  const data = scene.logits.data.slice()
  data[(sample * CLASSES + channel) * VOXELS + (at % VOXELS)] += by
  return { ...scene, logits: { ...scene.logits, data } }
}

describe('leaving out the classes that nobody labelled', () => {
  const isBackground = (label: number): boolean => label === 0
  const isFirst = (label: number): boolean => label === 1

  it('charges nothing for an unknown class in the background, whatever the network says of it', async () => {
    const scene = sceneOf(3)
    const before = await lossAt(scene)
    for (const by of [-20, 3, 200]) expect(await lossAt(raised(scene, 0, 2, by, isBackground))).toBe(before)
  })

  it('charges for an annotated class in the background, and for an unknown one where another is labelled', async () => {
    const scene = sceneOf(3)
    const before = await lossAt(scene)
    expect(await lossAt(raised(scene, 0, 1, 6, isBackground))).toBeGreaterThan(before + 0.01)
    expect(await lossAt(raised(scene, 0, 2, 6, isFirst))).toBeGreaterThan(before + 0.01)
  })

  it('changes nothing where all classes are known', async () => {
    const scene = sceneOf(4, { complete: true })
    const plain = await evaluate([scene.logits, scene.labels], (tape, [logits, labels]) =>
      tape.apply(diceCrossEntropy, [logits, labels], defaultLoss),
    )
    expect(await lossAt(scene)).toBeCloseTo(Number(plain.data[0]), 6)
  })

  it('has the gradient that differences give', async () => {
    const seeds = fc.record({ seed: fc.integer({ min: 1, max: 1e6 }), background: fc.boolean() })
    await fc.assert(
      fc.asyncProperty(seeds, ({ seed, background }) => {
        const scene = sceneOf(seed, { background })
        return checkGradients(
          [{ shape: scene.logits.dims }],
          (tape, [logits]) => {
            const annotated = tape.graph.floats([...scene.annotated.data], scene.annotated.dims)
            const labels = tape.graph.int32s([...scene.labels.data], scene.labels.dims)
            return lossOf(tape, background, [logits, annotated, labels])
          },
          { seed, step: 4e-3, tolerance: 5e-3 },
        )
      }),
      { numRuns: 10 },
    )
  })

  it.skipIf(!hasTorch)('has the loss and gradient of PyTorch in float64', async () => {
    const scenes = [1, 2, 3, 4].flatMap((seed) => [false, true].map((background) => sceneOf(seed, { background })))
    await compareWithTorch(
      scenes.map((scene) => ({
        name: 'leftOutDiceCrossEntropy',
        options: { background: scene.background },
        inputs: inputsOf(scene),
        by: [0],
        program: (tape, inputs) => lossOf(tape, scene.background, inputs),
      })),
    )
  })
})

describe('a training step that leaves classes out', () => {
  it('moves no weight of an unknown class by background alone, and that of an annotated one', async () => {
    const step = buildTrainingStep(
      (tape, image) =>
        tape.convolution(
          image,
          tape.parameter('w', [3, 1, 1, 1, 1], { deviation: 1 }),
          tape.parameter('b', [3], { value: 0 }),
        ),
      {
        imageShape: [1, 1, 2, 2, 2],
        optimizer: { ...nesterovSgd, weightDecay: 0 },
        unannotated: 'left-out',
      },
    )
    const weights = new Map([
      ['w', Float32Array.of(0.5, -1, 2)],
      ['b', Float32Array.of(0, 0.1, 0.2)],
    ])
    const trainer = await Trainer.open(step, weights, { threads: 1 })
    const image = Float32Array.from({ length: 8 }, (_, i) => Math.sin(i))
    const labels = new Int32Array(8)
    await trainer.step({ image, labels, annotated: Float32Array.of(1, 1, 0), learningRate: 0.1 })
    const [w, b] = [trainer.parameters().get('w'), trainer.parameters().get('b')]
    expect([w?.[2], b?.[2]]).toEqual([2, Math.fround(0.2)])
    expect(w?.[1]).not.toBe(-1)
    expect(b?.[1]).not.toBeCloseTo(0.1, 4)
    const strange = Int32Array.of(2, 0, 0, 0, 0, 0, 0, 0)
    await expect(
      trainer.step({ image, labels: strange, annotated: Float32Array.of(1, 1, 0), learningRate: 0.1 }),
    ).rejects.toThrow(/sample 0 has label 2/)
    await trainer.close()
  })
})
