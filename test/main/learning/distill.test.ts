import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { compareWithTeachers } from '../../../src/main/learning/distill'
import { prepareRun } from '../../../src/main/learning/prepareRun'
import { defaultSemi, parseRecipe, type Recipe } from '../../../src/main/learning/recipe'
import { likeliest, softFeeds, Teachers } from '../../../src/main/learning/teachers'
import { train, type TrainOptions } from '../../../src/main/learning/train'
import type { CaseSource } from '../../../src/main/learning/trainingData'
import type { UnlabelledSource } from '../../../src/main/learning/unlabelled'
import { loadModel, type Model } from '../../../src/main/segmentation/model'
import { segment } from '../../../src/main/segmentation/segment'
import { affineOf } from '../../../src/shared/geometry/affine'
import { unwatched, type Work } from '../../../src/shared/progress'
import { blobCase, blobData, blobRecipe, blobs, schema } from './blobs'

let folder: string
let teachers: Model[]
const identity = { name: 'blobs', version: 1, title: 'Blobs', licence: 'CC0-1.0', attribution: 'made up' }
const channels = ['background', 'anterior-hippocampus', 'posterior-hippocampus']

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'emend-distill-'))
  const both = join(folder, 'both')
  await train({ ...blobData, holdOut: null }, { recipe: blobRecipe(70), seed: 1, out: both, identity })
  const anterior = join(folder, 'anterior')
  const structures = ['anterior-hippocampus']
  const recipe = blobRecipe(30)
  await train({ ...blobData, holdOut: null }, { recipe, seed: 2, out: anterior, identity, structures })
  teachers = [await loadModel(both), await loadModel(anterior)]
})
afterAll(() => rm(folder, { recursive: true, force: true }))

const studentRecipe = (steps: number, changes: Partial<Recipe> = {}): Recipe =>
  blobRecipe(steps, {
    network: { kind: 'unet', base: 4, maxChannels: 16, levels: 3, stemStride: 1 },
    partialLabels: 'ignore',
    distillation: { temperature: [1, 4], softWeight: 1 },
    ...changes,
  })
const unlabelled = (seed: number): UnlabelledSource => ({
  id: `open-${seed}`,
  load: () => Promise.resolve(blobs(seed).image),
})
const given = (name: string, changes: Partial<TrainOptions> = {}): TrainOptions => ({
  recipe: studentRecipe(80),
  seed: 1,
  out: join(folder, name),
  identity: { ...identity, name: 'student' },
  teachers,
  ...changes,
})

describe('teachers', () => {
  it('say together what they say alone, on their own grid and on a coarser one that runs the other way', async () => {
    const { image } = blobs(41)
    const one = await Teachers.open(teachers.slice(0, 1), channels)
    const alone = likeliest(await one.answers(image, image, unwatched), 3)
    const { labels } = await segment(image, teachers[0])
    const agree = alone.reduce((count, channel, n) => count + Number(channel === labels.data[n]), 0)
    expect(agree / alone.length).toBeGreaterThan(0.995)

    const affine = affineOf([-2, 0, 0], [0, 2, 0], [0, 0, 2], [6, -6.5, -6.5])
    const coarse = likeliest(await one.answers(image, { dims: [7, 7, 7], affine }, unwatched), 3)
    // Voxel (i, j, k) of the coarse grid lies in the middle of eight voxels of the image, from the right on.
    let same = 0
    for (let n = 0; n < coarse.length; n++) {
      const [i, j, k] = [n % 7, Math.floor(n / 7) % 7, Math.floor(n / 49)]
      const near = [12 - 2 * i, 13 - 2 * i].flatMap((x) =>
        [0, 1].flatMap((y) => [0, 1].map((z) => alone[x + 14 * (2 * j + y + 14 * (2 * k + z))])),
      )
      same += Number(near.includes(coarse[n]))
    }
    expect(same / coarse.length).toBeGreaterThan(0.98)
    await one.close()
  })

  it('are asked only of what they know', async () => {
    const { image } = blobs(42)
    const anterior = await Teachers.open(teachers.slice(1), channels)
    const soft = await anterior.answers(image, image, unwatched)
    const voxels = 14 ** 3
    expect(soft.subarray(2 * voxels).every((byte) => byte === 255)).toBe(true)
    expect(likeliest(soft, 3).includes(1)).toBe(true)
    const both = await Teachers.open(teachers, channels)
    const together = likeliest(await both.answers(image, image, unwatched), 3)
    // The one that never heard of the posterior part does not outvote the one that knows it.
    expect(together.reduce((n, channel) => n + Number(channel === 2), 0)).toBeGreaterThan(20)
    await anterior.close()
    await both.close()
  })

  it('soften over the run, from one temperature to the other', () => {
    const recipe = { ...studentRecipe(1), distillation: { temperature: [1, 4] as [number, number], softWeight: 1 } }
    const batch = { image: new Float32Array(4096), labels: new Int32Array(4096), annotated: new Float32Array(3) }
    const teacher = new Float32Array(3 * 2 * 4096)
    const at = (progress: number): number =>
      Number(softFeeds({ ...batch, teacher }, recipe, progress)['temperature'].data[0])
    expect([0, 0.5, 1].map(at)).toEqual([1, 2.5, 4])
  })
})

describe('distillation', () => {
  it('asks teachers of what has voxels without a label, and of nothing else', async () => {
    const partly: CaseSource = { ...blobCase(9), annotated: ['anterior-hippocampus'] }
    const data = { schema, cases: [blobCase(8), partly], holdOut: null, unlabelled: [unlabelled(55)] }
    const options = { recipe: studentRecipe(1), channels, teachers }
    const run = await prepareRun(data, options, unwatched)
    expect(run.prepared.map((one) => one.soft !== undefined)).toEqual([false, true])
    expect(run.unlabelled.map((one) => one.soft !== undefined)).toEqual([true])

    const labelledAlone = { schema, cases: [blobCase(8)], holdOut: null }
    await train(labelledAlone, given('labelled-alone', { recipe: studentRecipe(2), threads: 1 }))
    expect((await loadModel(join(folder, 'labelled-alone'))).manifest.channels).toEqual(channels)
  })

  it('teaches a student from images alone, and tells what it keeps', async () => {
    const data = { ...blobData, cases: [], unlabelled: [51, 52, 53, 54].map(unlabelled) }
    const { evaluation, manifest, folder: out } = await train(data, given('alone'))
    expect(evaluation?.mean['organs'].dsc).toBeGreaterThan(0.7)
    // What the teachers have seen, the student has seen through them.
    expect(manifest.provenance.cases.map((c) => c.id)).toContain('blobs-1')
    const report = await compareWithTeachers(await loadModel(out), teachers.slice(0, 1), blobData.holdOut?.cases ?? [])
    expect(report.cases).toBe(3)
    expect(report.dsc.student).toBeCloseTo(evaluation?.mean['organs'].dsc ?? 0, 2)
    expect(report.dsc.ratio).toBeCloseTo(report.dsc.student / report.dsc.teachers, 6)
    expect(report.seconds.ratio).toBeGreaterThan(0)
  })

  it('goes on from a checkpoint with the very same steps', async () => {
    const controller = new AbortController()
    const stopped: Work = {
      signal: controller.signal,
      report: ({ figures }) => {
        if (figures?.['step'] === 2) controller.abort(new Error('stopped'))
      },
    }
    const data = { schema, cases: [blobCase(8)], holdOut: null, unlabelled: [unlabelled(55)] }
    const options = { recipe: studentRecipe(5), threads: 1 }
    await train(data, given('whole', options))
    await expect(train(data, given('broken', options), stopped)).rejects.toThrow('stopped')
    await train(data, given('broken', { ...options, resume: true }))
    const [a, b] = await Promise.all(['whole', 'broken'].map((name) => readFile(join(folder, name, 'network.onnx'))))
    expect(a.equals(b)).toBe(true)
  })

  it('refuses teachers that have seen the hold-out, none at all, and a mean teacher beside them', async () => {
    const data = { ...blobData, cases: [blobCase(8)] }
    const leaking = { ...data, holdOut: { name: 'seen', cases: [blobCase(1)] } }
    await expect(train(leaking, given('x'))).rejects.toThrow(/blobs@1 was trained on blobs-1/)
    await expect(train(data, given('y', { teachers: [] }))).rejects.toThrow(/there are none/)
    expect(() => parseRecipe({ ...studentRecipe(1), semi: defaultSemi }, 'both')).toThrow(/not both/)
    const onlyAnterior = given('z', { teachers: teachers.slice(1) })
    const open = { ...data, cases: [], unlabelled: [unlabelled(56)] }
    await expect(train(open, onlyAnterior)).rejects.toThrow(/no teacher knows posterior-hippocampus/)
  })
})
