import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Tensor } from '../../../src/main/graph/graph'
import { defaultLoss, diceCrossEntropy } from '../../../src/main/graph/losses'
import type { LossOptions } from '../../../src/main/graph/losses'
import type { Tape } from '../../../src/main/graph/tape'
import { seededRandom } from '../../../src/shared/random'
import { checkGradients, evaluate } from './differences'

const BATCH = 2
const SPACE = [2, 3, 2]
const VOXELS = 12

interface Scene {
  readonly classes: number
  readonly logits: Float32Array
  readonly labels: Int32Array
  readonly options: LossOptions
  readonly seed: number
}

const scenes: fc.Arbitrary<Scene> = fc
  .record({
    classes: fc.integer({ min: 2, max: 5 }),
    ignored: fc.constantFrom(0, 0.3),
    background: fc.boolean(),
    smoothing: fc.constantFrom(1e-5, 1),
    diceWeight: fc.constantFrom(0, 1, 0.5),
    crossEntropyWeight: fc.constantFrom(1, 2),
    seed: fc.integer({ min: 1, max: 1e6 }),
  })
  .map(({ classes, ignored, seed, ...options }) => {
    const random = seededRandom(seed)
    return {
      classes,
      seed,
      options: { ...defaultLoss, ...options },
      logits: Float32Array.from({ length: BATCH * classes * VOXELS }, random.normal),
      labels: Int32Array.from({ length: BATCH * VOXELS }, () => (random.next() < ignored ? 255 : random.int(classes))),
    }
  })

/** The loss again, voxel by voxel in float64. */
function byHand({ classes, logits, labels, options }: Scene): number {
  const overlap = new Array<number>(classes).fill(0)
  const size = new Array<number>(classes).fill(0)
  let [entropy, counted] = [0, 0]
  for (let n = 0; n < BATCH; n++) {
    for (let v = 0; v < VOXELS; v++) {
      const label = labels[n * VOXELS + v]
      if (label === 255) continue
      const exponentials = size.map((_, k) => Math.exp(logits[(n * classes + k) * VOXELS + v]))
      const total = exponentials.reduce((a, b) => a + b)
      exponentials.forEach((e, k) => {
        size[k] += e / total + Number(k === label)
        overlap[k] += k === label ? e / total : 0
      })
      entropy -= Math.log(exponentials[label] / total)
      counted++
    }
  }
  const s = options.smoothing
  const dice = size.map((n, k) => (2 * overlap[k] + s) / (n + s)).slice(options.background ? 0 : 1)
  const mean = dice.reduce((a, b) => a + b) / dice.length
  return options.diceWeight * (1 - mean) + (options.crossEntropyWeight * entropy) / Math.max(1, counted)
}

const lossOf =
  ({ labels, options }: Scene) =>
  (tape: Tape, [logits]: readonly Tensor[]): Tensor =>
    tape.apply(diceCrossEntropy, [logits, tape.graph.int32s([...labels], [BATCH, 1, ...SPACE])], options)

const logitsOf = ({ classes, logits }: Scene) => ({ data: logits, dims: [BATCH, classes, ...SPACE] })

describe('Dice and cross-entropy', () => {
  it('is what the formula says, with any options and any voxels ignored', async () => {
    await fc.assert(
      fc.asyncProperty(scenes, async (scene) => {
        const { data } = await evaluate([logitsOf(scene)], lossOf(scene))
        expect(Number(data[0])).toBeCloseTo(byHand(scene), 5)
      }),
      { numRuns: 30 },
    )
  })

  it('has the gradient that differences give', async () => {
    await fc.assert(
      fc.asyncProperty(scenes, (scene) =>
        checkGradients([{ shape: logitsOf(scene).dims }], lossOf(scene), { seed: scene.seed, step: 2e-2 }),
      ),
      { numRuns: 15 },
    )
  })

  it('does not change with what the network says of an ignored voxel', async () => {
    await fc.assert(
      fc.asyncProperty(scenes, async (scene) => {
        const random = seededRandom(scene.seed + 1)
        const other = scene.logits.map((value, i) => {
          const n = Math.floor(i / (scene.classes * VOXELS))
          return scene.labels[n * VOXELS + (i % VOXELS)] === 255 ? 5 * random.normal() : value
        })
        const here = await evaluate([logitsOf(scene)], lossOf(scene))
        const there = await evaluate([logitsOf({ ...scene, logits: other })], lossOf(scene))
        expect(Number(there.data[0])).toBeCloseTo(Number(here.data[0]), 6)
      }),
      { numRuns: 15 },
    )
  })

  it('stays finite at logits beyond the range of exp', async () => {
    const scene: Scene = {
      classes: 2,
      seed: 1,
      options: defaultLoss,
      logits: Float32Array.from({ length: BATCH * 2 * VOXELS }, (_, i) => (i % 2 ? 500 : -500)),
      labels: new Int32Array(BATCH * VOXELS).fill(1),
    }
    const { data } = await evaluate([logitsOf(scene)], lossOf(scene))
    expect(Number.isFinite(Number(data[0]))).toBe(true)
  })
})
