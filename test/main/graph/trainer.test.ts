import { afterAll, describe, expect, it } from 'vitest'
import { adam } from '../../../src/main/graph/optimizers'
import { openSession } from '../../../src/main/graph/session'
import { Trainer } from '../../../src/main/graph/trainer'
import type { TrainerState } from '../../../src/main/graph/trainer'
import { buildTrainingStep } from '../../../src/main/graph/trainingStep'
import { buildNetwork, encodeNetwork, initialParameters } from '../../../src/main/networks/network'
import type { NetworkConfig } from '../../../src/main/networks/network'

const SIZE = 16
const VOXELS = SIZE ** 3
const config: NetworkConfig = {
  kind: 'unet',
  inputChannels: 1,
  outputChannels: 3,
  base: 12,
  maxChannels: 320,
  levels: 2,
  stemStride: 1,
}

/** A sphere (1) and a box (2) in noise, and a quarter that nobody annotated. */
function scene(ignored: boolean): { image: Float32Array; labels: Int32Array } {
  const image = new Float32Array(VOXELS)
  const labels = new Int32Array(VOXELS)
  for (let i = 0; i < VOXELS; i++) {
    const [x, y, z] = [i % SIZE, Math.floor(i / SIZE) % SIZE, Math.floor(i / SIZE ** 2)]
    const sphere = (x - 5) ** 2 + (y - 5) ** 2 + (z - 8) ** 2 < 12
    const box = x > 9 && x < 14 && y > 8 && y < 14 && z > 3 && z < 12
    labels[i] = sphere ? 1 : box ? 2 : 0
    image[i] = labels[i] * 0.7 + 0.3 * Math.sin(12.9898 * i + 78.233 * (i % 7))
    if (ignored && y < 4) labels[i] = 255
  }
  return { image, labels }
}

const step = buildTrainingStep((tape, image) => buildNetwork(tape, image, config), {
  imageShape: [1, 1, SIZE, SIZE, SIZE],
  optimizer: adam,
  clipNorm: 12,
})
const trainers: Trainer[] = []
const open = async (): Promise<Trainer> => {
  const trainer = await Trainer.open(step, initialParameters(config, 7), { threads: 2 })
  trainers.push(trainer)
  return trainer
}
afterAll(() => Promise.all(trainers.map((trainer) => trainer.close())))

describe('Trainer', () => {
  it('overfits one small volume to a hard Dice above 0.95, and the exported network says the same', async () => {
    const trainer = await open()
    const { image, labels } = scene(true)
    for (let i = 0; i < 100; i++) await trainer.step({ image, labels, learningRate: 0.02 * (1 - i / 100) ** 0.9 })
    const session = await openSession(encodeNetwork(config, trainer.parameters()))
    const { logits } = await session.run({ image: { data: image, dims: [1, 1, SIZE, SIZE, SIZE] } })
    await session.close()
    for (const label of [1, 2]) {
      let [overlap, size] = [0, 0]
      for (let i = 0; i < VOXELS; i++) {
        if (labels[i] === 255) continue
        const channels = [0, 1, 2].map((k) => Number(logits.data[k * VOXELS + i]))
        const won = channels.indexOf(Math.max(...channels)) === label
        size += Number(won) + Number(labels[i] === label)
        overlap += Number(won && labels[i] === label)
      }
      expect((2 * overlap) / size).toBeGreaterThan(0.95)
    }
  })

  it('goes on bit by bit from a state', async () => {
    const batch = { ...scene(false), learningRate: 0.01 }
    const [first, second] = [await open(), await open()]
    for (let i = 0; i < 3; i++) await first.step(batch)
    const kept: TrainerState = structuredClone(first.state())
    for (let i = 0; i < 3; i++) await first.step(batch)
    second.restore(kept)
    for (let i = 0; i < 3; i++) await second.step(batch)
    expect(second.state()).toStrictEqual(first.state())
  })

  it('learns nothing from a batch that nobody annotated', async () => {
    const { image, labels } = scene(true)
    const trainer = await open()
    const before = trainer.state().parameters
    const { dice } = await trainer.step({ image, labels: labels.map(() => 255), learningRate: 0.01 })
    expect(dice.every(Number.isNaN)).toBe(true)
    expect(trainer.state().parameters).toStrictEqual(before)
    await trainer.step({ image, labels, learningRate: 0.01 })
    expect(trainer.state().parameters).not.toStrictEqual(before)
  })

  it('names a label that the network has no channel for', async () => {
    const { image, labels } = scene(false)
    labels[5] = 3
    await expect((await open()).step({ image, labels, learningRate: 0.01 })).rejects.toThrow('label 3 is no channel')
  })

  it('refuses weights of another network', async () => {
    const other = initialParameters({ ...config, outputChannels: 4 }, 1)
    await expect(Trainer.open(step, other)).rejects.toThrow("'head.weight'")
  })
})
