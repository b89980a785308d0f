import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { loadLabelMap } from '../../../../src/main/imaging/labelFile'
import { readDataset } from '../../../../src/main/learning/dataset'
import { evaluateCase } from '../../../../src/main/learning/metrics/evaluateCase'
import {
  makePseudoLabels,
  type ImageToLabel,
  type PseudoLabelOptions,
} from '../../../../src/main/learning/pseudoLabels/makePseudoLabels'
import { train } from '../../../../src/main/learning/train'
import { besidePseudo } from '../../../../src/main/learning/trainingData'
import { loadModel, type Model } from '../../../../src/main/segmentation/model'
import { blobData, blobRecipe, blobs, schema } from '../blobs'

let folder: string
let models: Model[]
const image = (seed: number): ImageToLabel => ({
  id: `open-${seed}`,
  load: () => Promise.resolve({ image: blobs(seed).image, verified: null }),
})
const images = [31, 32, 33].map(image)

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'emend-pseudo-'))
  models = []
  for (const [n, steps] of [60, 40].entries()) {
    const out = join(folder, `model-${n}`)
    const identity = { name: `blobs-${n}`, version: 1, title: 'Blobs', licence: 'CC0-1.0', attribution: 'made up' }
    await train({ ...blobData, holdOut: null }, { recipe: blobRecipe(steps), seed: n, out, identity })
    models.push(await loadModel(out))
  }
})
afterAll(() => rm(folder, { recursive: true, force: true }))

const options = (name: string, changes: Partial<PseudoLabelOptions> = {}): PseudoLabelOptions => ({
  out: join(folder, name),
  reject: 1,
  cleaning: { leastVoxels: 5, abdomenMarginMm: 20, lesionReachMm: 20 },
  ...changes,
})

describe('pseudo-labels', () => {
  it('come as a data set that is near the truth, with a map of doubt, and can be trained on', async () => {
    const given = options('all')
    const { cases, models: ids } = await makePseudoLabels(images, models, schema, given)
    expect(ids).toEqual(['blobs-0@1', 'blobs-1@1'])
    expect(cases['open-31'].doubts.organs).toBeGreaterThan(0)
    expect(cases['open-31'].doubts.structures['anterior-hippocampus'].disagreement).not.toBeNull()

    const dataset = await readDataset(given.out)
    expect(dataset.cases.map((c) => c.id)).toEqual(['open-31', 'open-32', 'open-33'])
    const { labels } = await dataset.cases[0].load()
    const { scores } = evaluateCase(blobs(31).labels, labels, schema)
    expect(scores['anterior-hippocampus'].dsc).toBeGreaterThan(0.6)
    const doubt = await loadLabelMap(join(given.out, 'uncertainty', 'open-31.nii.gz'))
    expect(Math.max(...doubt.data)).toBeGreaterThan(20)
    expect(Math.max(...doubt.data)).toBeLessThanOrEqual(100)

    const both = besidePseudo(blobData.cases.slice(0, 1), dataset.cases)
    expect(both.map((c) => c.weight ?? 1)).toEqual([3, 1, 1, 1])
    expect(() => besidePseudo(dataset.cases, dataset.cases)).toThrow(/open-31 is both/)
    const identity = { name: 'student', version: 1, title: 'Student', licence: 'CC0-1.0', attribution: 'made up' }
    const result = await train(
      { schema, cases: both, holdOut: null },
      { recipe: blobRecipe(2), seed: 1, out: join(folder, 'student'), identity },
    )
    expect(result.steps).toBe(2)
  })

  it('are chosen anew without running the models, the surest cases first', async () => {
    const given = options('chosen')
    const all = await makePseudoLabels(images, models, schema, given)
    const joint = join(given.out, 'joint', 'open-31.nii.gz')
    const { mtimeMs } = await stat(joint)
    const { cases } = await makePseudoLabels(images, models, schema, { ...given, keep: 1 })
    expect((await stat(joint)).mtimeMs).toBe(mtimeMs)
    const doubtOf = (id: string): number => all.cases[id].doubts.organs ?? 1
    const surest = Object.keys(cases).toSorted((a, b) => doubtOf(a) - doubtOf(b))[0]
    expect(Object.keys(cases).filter((id) => cases[id].kept)).toEqual([surest])
    expect(await readdir(join(given.out, 'labelsTr'))).toEqual([`${surest}.nii.gz`])

    await makePseudoLabels(images, [models[0]], schema, given)
    expect((await stat(joint)).mtimeMs).not.toBe(mtimeMs)

    // Another network of the same name and version, as a second training leaves it.
    const before = await readFile(joint)
    await makePseudoLabels(images, [{ ...models[0], networkPath: models[1].networkPath }], schema, given)
    expect((await readFile(joint)).equals(before)).toBe(false)
    const replaced = { ...images[0], load: images[1].load }
    const { doubts } = (await makePseudoLabels([replaced], [models[1]], schema, given)).cases['open-31']
    expect(doubts).toEqual((await makePseudoLabels(images, [models[1]], schema, given)).cases['open-32'].doubts)
  })

  it('give way to what is verified, and say what is too doubtful', async () => {
    const truth = blobs(31).labels
    const moved = { ...truth, data: truth.data.map((id) => (id === 1 ? 1 : 0)) }
    const source: ImageToLabel = {
      id: 'partly',
      load: () =>
        Promise.resolve({ image: blobs(31).image, verified: { labels: moved, structures: ['anterior-hippocampus'] } }),
    }
    const given = options('fused', { reject: 0 })
    await makePseudoLabels([source], models, schema, given)
    const { labels } = await (await readDataset(given.out)).cases[0].load()
    expect(labels.data.every((id, n) => (id === 1) === (truth.data[n] === 1))).toBe(true)
    // The other structure was rejected: its voxels are not known, and the case does not count as having it.
    expect(labels.data.includes(2)).toBe(false)
    expect(labels.data.includes(255)).toBe(true)
    const { annotated } = JSON.parse(await readFile(join(given.out, 'dataset.json'), 'utf8'))
    expect(annotated).toEqual({ partly: ['anterior-hippocampus'] })
  })

  it('teach all that they are sure of, background too, where a structure of every case was rejected', async () => {
    const anterior = images.map(({ id }, n): ImageToLabel => {
      const { image, labels } = blobs(31 + n)
      const verified = { ...labels, data: labels.data.map((label) => Number(label === 1)) }
      return { id, load: async () => ({ image, verified: { labels: verified, structures: ['anterior-hippocampus'] } }) }
    })
    const given = options('rejected', { reject: 0 })
    await makePseudoLabels(anterior, models, schema, given)
    const pseudo = (await readDataset(given.out)).cases
    expect(pseudo.map((c) => c.annotated)).toEqual([1, 2, 3].map(() => ['anterior-hippocampus']))
    const posterior = blobData.cases.slice(0, 3).map((c) => ({ ...c, annotated: ['posterior-hippocampus'] }))

    const identity = { name: 'partial', version: 1, title: 'Partial', licence: 'CC0-1.0', attribution: 'made up' }
    const { evaluation } = await train(
      { ...blobData, cases: besidePseudo(posterior, pseudo) },
      { recipe: blobRecipe(90), seed: 1, out: join(folder, 'partial'), identity },
    )
    expect(evaluation?.mean['anterior-hippocampus'].dsc).toBeGreaterThan(0.6)
    expect(evaluation?.mean['posterior-hippocampus'].dsc).toBeGreaterThan(0.6)
  })

  it('can leave unsure voxels out', async () => {
    const given = options('sure', { leastSure: 0.8 })
    await makePseudoLabels(images.slice(0, 1), models, schema, given)
    const { labels } = await (await readDataset(given.out)).cases[0].load()
    const doubt = await loadLabelMap(join(given.out, 'uncertainty', 'open-31.nii.gz'))
    expect(labels.data.every((id, n) => doubt.data[n] <= 20 || id === 255)).toBe(true)
    expect(labels.data.includes(1)).toBe(true)
  })
})
