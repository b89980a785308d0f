import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { buildMeanTeacherStep, buildTeacher } from '../../../src/main/graph/meanTeacherStep'
import { adam } from '../../../src/main/graph/optimizers'
import { flatten } from '../../../src/main/graph/parameters'
import { openSession, type Value } from '../../../src/main/graph/session'
import { Trainer } from '../../../src/main/graph/trainer'
import { buildTrainingStep, type Model } from '../../../src/main/graph/trainingStep'
import { carryOver, unsupervisedWeight } from '../../../src/main/learning/meanTeacher'
import { defaultSemi, type Recipe } from '../../../src/main/learning/recipe'
import { train } from '../../../src/main/learning/train'
import { unlabelledImages, type UnlabelledSource } from '../../../src/main/learning/unlabelled'
import { saveNifti } from '../../../src/main/imaging/nifti'
import { buildNetwork, initialParameters, type NetworkConfig } from '../../../src/main/networks/network'
import { seededRandom } from '../../../src/shared/random'
import type { Work } from '../../../src/shared/progress'
import { blobCase, blobData, blobRecipe, blobs } from './blobs'

const folders: string[] = []
const folder = async (): Promise<string> => {
  folders.push(await mkdtemp(join(tmpdir(), 'emend-teacher-')))
  return folders[folders.length - 1]
}
afterAll(() => Promise.all(folders.map((path) => rm(path, { recursive: true, force: true }))))

const config: NetworkConfig = {
  kind: 'unet',
  base: 4,
  maxChannels: 8,
  levels: 2,
  stemStride: 1,
  inputChannels: 1,
  outputChannels: 3,
}
const network: Model = (tape, image) => buildNetwork(tape, image, config)
const shape = [2, 1, 8, 8, 8] as const
const plan = { imageShape: shape, optimizer: adam, clipNorm: 12 }
const unlabelled = (seed: number): UnlabelledSource => ({
  id: `open-${seed}`,
  load: () => Promise.resolve(blobs(seed).image),
})
const semi = (changes: Partial<Recipe> = {}, steps = 6): Recipe => blobRecipe(steps, { semi: defaultSemi, ...changes })
const identity = { name: 'blobs', version: 1, title: 'Blobs', licence: 'CC0-1.0', attribution: 'made up' }

describe('the step of a mean teacher’s student', () => {
  const random = seededRandom(5)
  const values = (length: number): Float32Array => Float32Array.from({ length }, () => random.normal())
  const image = values(2 * 512)
  const labels = Int32Array.from({ length: 2 * 512 }, () => random.int(3))
  const step = buildMeanTeacherStep(network, { ...plan, unlabelled: 1, pseudoWeight: 1, consistencyWeight: 1 })
  const extra = (weight: number, inside: number): Record<string, Value> => ({
    'unlabelled.image': { data: values(512), dims: [1, 1, 8, 8, 8] },
    'unlabelled.labels': { data: Int32Array.from({ length: 512 }, () => random.int(3)), dims: [1, 1, 8, 8, 8] },
    'unlabelled.probabilities': { data: new Float32Array(3 * 512).fill(1 / 3), dims: [1, 3, 8, 8, 8] },
    'unlabelled.inside': { data: new Float32Array(512).fill(inside), dims: [1, 1, 8, 8, 8] },
    'unlabelled.weight': { data: Float32Array.of(weight), dims: [1] },
  })
  const weights = initialParameters(config, 1)

  it('is the supervised step where samples without labels count nothing, and another where they do', async () => {
    const plainTrainer = await Trainer.open(buildTrainingStep(network, plan), weights, { threads: 1 })
    const plain = await plainTrainer.step({ image, labels, learningRate: 1e-3 })
    const after = async (weight: number): Promise<{ loss: number; dice: Float32Array; theta: Float32Array }> => {
      const trainer = await Trainer.open(step, weights, { threads: 1 })
      const result = await trainer.step({ image, labels, extra: extra(weight, 1), learningRate: 1e-3 })
      await trainer.close()
      return { ...result, theta: trainer.state().parameters }
    }
    const without = await after(0)
    expect(without.loss).toBeCloseTo(plain.loss, 5)
    expect(without.dice[1]).toBeCloseTo(plain.dice[1], 5)
    const theta = plainTrainer.state().parameters
    const away = (other: Float32Array): number => Math.max(...other.map((value, n) => Math.abs(value - theta[n])))
    expect(away(without.theta)).toBeLessThan(1e-4)
    expect(away((await after(1)).theta)).toBeGreaterThan(1e-3)
    await plainTrainer.close()
  })

  it('teaches what the exported network would say: the same probabilities from the same weights', async () => {
    const bytes = buildTeacher(network, [1, 1, 8, 8, 8], flatten(step.parameters, weights).length).encode()
    const session = await openSession(bytes)
    const { probabilities } = await session.run({
      image: { data: image.subarray(0, 512), dims: [1, 1, 8, 8, 8] },
      parameters: { data: flatten(step.parameters, weights), dims: [flatten(step.parameters, weights).length] },
    })
    const sums = Array.from({ length: 512 }, (_, n) =>
      [0, 1, 2].reduce((s, k) => s + Number(probabilities.data[k * 512 + n]), 0),
    )
    expect(Math.max(...sums.map((sum) => Math.abs(sum - 1)))).toBeLessThan(1e-5)
    await session.close()
  })
})

describe('what the teacher hands over', () => {
  it('is a pseudo-label only where the teacher is sure', () => {
    const theirs = Float32Array.of(0.9, 0.5, 0.2, 0.1, 0.5, 0.8)
    const [labels, probabilities, inside] = [new Int32Array(3), new Float32Array(6), new Float32Array(3)]
    carryOver(theirs, Int32Array.of(0, 1, 2), 0.8, { labels, probabilities, inside })
    expect([...labels]).toEqual([0, 255, 1])
    carryOver(theirs, Int32Array.of(2, -1, 0), 0.8, { labels, probabilities, inside })
    expect([...labels]).toEqual([1, 255, 0])
    expect([...inside]).toEqual([1, 0, 1])
    expect(probabilities[3]).toBeCloseTo(0.8)
  })

  it('counts little at first, and fully after the ramp', () => {
    const weights = [0, 0.1, 0.2, 0.4, 1].map((progress) => unsupervisedWeight(defaultSemi, progress))
    expect(weights[0]).toBeCloseTo(Math.exp(-5), 6)
    expect(weights).toEqual(weights.toSorted((a, b) => a - b))
    expect(weights[3]).toBe(defaultSemi.weight)
  })
})

describe('training with a mean teacher', () => {
  const data = {
    ...blobData,
    cases: [blobCase(1), blobCase(2)],
    unlabelled: [21, 22, 23, 24].map(unlabelled),
  }

  it('learns, and says which images it learned from', async () => {
    const out = await folder()
    const { evaluation, manifest } = await train(data, { recipe: semi({}, 70), seed: 3, out, identity })
    expect(evaluation?.mean['organs'].dsc).toBeGreaterThan(0.8)
    expect(manifest.provenance.cases.map((c) => c.id)).toEqual([
      'blobs-1',
      'blobs-2',
      'open-21',
      'open-22',
      'open-23',
      'open-24',
    ])
  })

  it('goes on from a checkpoint with the very same steps', async () => {
    const controller = new AbortController()
    const stopped: Work = {
      signal: controller.signal,
      report: ({ figures }) => {
        if (figures?.['step'] === 3) controller.abort(new Error('stopped'))
      },
    }
    const given = { recipe: semi(), seed: 3, identity, threads: 1 }
    const [whole, broken] = [await folder(), await folder()]
    const supervisedOnly = { ...data, holdOut: null }
    await train(supervisedOnly, { ...given, out: whole })
    await expect(train(supervisedOnly, { ...given, out: broken }, stopped)).rejects.toThrow('stopped')
    const fewer = { ...supervisedOnly, unlabelled: data.unlabelled.slice(1) }
    await expect(train(fewer, { ...given, out: broken, resume: true })).rejects.toThrow(/its unlabelled images differ/)
    await train(supervisedOnly, { ...given, out: broken, resume: true })
    const [a, b] = await Promise.all([whole, broken].map((out) => readFile(join(out, 'network.onnx'))))
    expect(a.equals(b)).toBe(true)
  })

  it('refuses images of the hold-out, and none at all', async () => {
    const given = { recipe: semi(), seed: 3, identity }
    const leaking = { ...data, unlabelled: [unlabelled(101)] }
    await expect(train(leaking, { ...given, out: await folder() })).rejects.toThrow(/same image as blobs-101/)
    await expect(train({ ...data, unlabelled: [] }, { ...given, out: await folder() })).rejects.toThrow(
      /there are none/,
    )
  })

  it('finds images in a folder, or in a data set’s imagesUn', async () => {
    const path = await folder()
    await expect(unlabelledImages(path)).rejects.toThrow(/no image/)
    await saveNifti(join(path, 'b.nii.gz'), blobs(1).image)
    await saveNifti(join(path, 'a_0000.nii.gz'), blobs(2).image)
    const found = await unlabelledImages(path)
    expect(found.map((c) => c.id)).toEqual(['a', 'b'])
    expect((await found[1].load()).dims).toEqual([14, 14, 14])
  })
})
