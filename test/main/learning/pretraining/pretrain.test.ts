import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { EmendError } from '../../../../src/shared/errors'
import { trainingBytes } from '../../../../src/main/learning/memory'
import { stepOf } from '../../../../src/main/learning/pretraining/methods'
import { readInitialisation } from '../../../../src/main/learning/pretraining/initialisation'
import {
  planOf,
  pretrainingMethods,
  sized,
  type PretrainingMethod,
} from '../../../../src/main/learning/pretraining/plan'
import { pretrain, requireMemory, type PretrainOptions } from '../../../../src/main/learning/pretraining/pretrain'
import { recipeForSchema, recipeNamed } from '../../../../src/main/learning/presets'
import { parseRecipe, withLength, type Recipe } from '../../../../src/main/learning/recipe'
import { describeInherited, type Inherited } from '../../../../src/main/learning/startingWeights'
import { train } from '../../../../src/main/learning/train'
import { readInitializers } from '../../../../src/main/graph/onnx'
import { blobCase, blobData, blobRecipe } from '../blobs'
import { blobImages, blobPlan } from './plans'

const STEPS = 60
let root: string
const folders = new Map<PretrainingMethod, string>()

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'emend-pretrain-'))
})
afterAll(() => rm(root, { recursive: true }))

const optionsFor = (method: PretrainingMethod, out: string, steps: number): PretrainOptions => ({
  plan: blobPlan(method, steps),
  seed: 3,
  out,
  attribution: 'made up',
  threads: 1,
})
/** A column of the curve. */
async function curveOf(folder: string, name = 'loss'): Promise<number[]> {
  const [header, ...rows] = (await readFile(join(folder, 'curve.csv'), 'utf8'))
    .trim()
    .split('\n')
    .map((row) => row.split(','))
  return rows.map((row) => Number(row[header.indexOf(name)]))
}
const mean = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length

describe.each(pretrainingMethods)('pre-training by %s', (method) => {
  it('learns: its loss falls', async () => {
    const out = join(root, method)
    const { steps, images } = await pretrain(blobImages, optionsFor(method, out, STEPS))
    folders.set(method, out)
    expect([steps, images]).toEqual([STEPS, 6])
    // Six images are too few to be told apart among their own former keys: of the regions' losses the local one counts.
    const losses = await curveOf(out, method === 'region' ? 'local' : 'loss')
    // The queue holds nothing but noise at first: only when it is full does the loss say something.
    expect(mean(losses.slice(-12))).toBeLessThan(0.95 * mean(losses.slice(8, 20)))
  })

  it('stopped and resumed, comes to the very same weights', async () => {
    const [whole, broken] = [join(root, `${method}-whole`), join(root, `${method}-broken`)]
    await pretrain(blobImages, optionsFor(method, whole, 8))
    const controller = new AbortController()
    const work = {
      signal: controller.signal,
      report: ({ figures }: { figures?: Readonly<Record<string, number>> }) => {
        if (figures?.['step'] === 3) controller.abort()
      },
    }
    await expect(pretrain(blobImages, optionsFor(method, broken, 8), work)).rejects.toThrow(/abort/)
    await expect(pretrain(blobImages, optionsFor(method, broken, 8))).rejects.toThrow(/interrupted run/)
    await pretrain(blobImages, { ...optionsFor(method, broken, 8), resume: true })
    const [a, b] = await Promise.all([whole, broken].map((folder) => readFile(join(folder, 'weights.bin'))))
    expect(a.equals(b)).toBe(true)
    expect(await curveOf(broken)).toEqual(await curveOf(whole))
  })
})

describe('what was pre-trained', () => {
  async function trainedOn(method: PretrainingMethod, recipe: Recipe) {
    const out = await mkdtemp(join(root, 'trained-'))
    const identity = { name: 'blobs', version: 1, title: 'Blobs', licence: 'CC0-1.0', attribution: 'made up' }
    let inherited: Inherited | undefined
    const options = { recipe: withLength(recipe, { unit: 'steps', steps: 2 }), seed: 2, out, identity, threads: 1 }
    const result = await train(
      { ...blobData, holdOut: null },
      { ...options, init: folders.get(method), onInherited: (what) => (inherited = what) },
    )
    return { result, inherited, weights: readInitializers(await readFile(join(out, 'network.onnx'))) }
  }
  const fineTuning = async (method: PretrainingMethod): Promise<Recipe> =>
    parseRecipe(JSON.parse(await readFile(join(folders.get(method) ?? '', 'recipe.json'), 'utf8')), 'recipe.json')

  it.each(pretrainingMethods)('%s is taken over by a plain network, all but its head', async (method) => {
    const { inherited, result } = await trainedOn(method, blobRecipe(2))
    expect(inherited?.fresh).toEqual(['head.weight', 'head.bias'])
    expect(inherited && describeInherited(inherited)).toMatch(
      /^from .*: encoder, decoder taken over .*; head drawn anew/,
    )
    expect(result.manifest.provenance.parent).toMatch(new RegExp(`^blobs-${method}@1$`))
    expect(result.manifest.provenance.cases.map((c) => c.id)).toEqual(expect.arrayContaining(['blobs-1', 'blobs-6']))
  })

  it('position becomes the frozen second stem', async () => {
    const { inherited, weights } = await trainedOn('position', await fineTuning('position'))
    const { weights: before } = await readInitialisation(folders.get('position') ?? '')
    expect(inherited?.left).toEqual([])
    expect(before.size).toBeGreaterThan(10)
    for (const [name, data] of before) expect(weights.get(`position.${name}`)).toStrictEqual(data)
    expect(inherited?.taken).toEqual([...before.keys()].map((name) => `position.${name}`))
  })

  it('region becomes both of the joined networks, with a decoder for the second drawn anew', async () => {
    const { inherited } = await trainedOn('region', await fineTuning('region'))
    const parts = new Set(inherited?.taken.map((name) => name.split('.').slice(0, 2).join('.')))
    expect([...parts]).toEqual(['local.encoder', 'local.decoder', 'global.encoder'])
    const fresh = new Set(inherited?.fresh.map((name) => name.split('.').slice(0, 2).join('.')))
    expect([...fresh]).toEqual(['global.decoder', 'head.weight', 'head.bias'])
    expect(new Set(inherited?.left.map((name) => name.split('.')[1]))).toEqual(new Set(['projection']))
  })

  it('is refused where it does not fit, and where it has seen the hold-out', async () => {
    await expect(trainedOn('genesis', await fineTuning('position'))).rejects.toThrow(/takes a positional encoder/)
    const out = join(root, 'leak')
    const identity = { name: 'blobs', version: 1, title: 'Blobs', licence: 'CC0-1.0', attribution: 'made up' }
    const data = { ...blobData, cases: [blobCase(9)], holdOut: { name: 'blobs', cases: [blobCase(2)] } }
    await expect(
      train(data, { recipe: blobRecipe(2), seed: 1, out, identity, init: folders.get('genesis') }),
    ).rejects.toThrow(/was trained on blobs-2, which is in the hold-out/)
  })
})

describe('a pre-training that cannot go well', () => {
  it('does not learn from a held-out image under another name', async () => {
    const [first] = blobImages
    const holdOut = [{ ...first, id: 'elsewhere' }]
    await expect(pretrain(blobImages, { ...optionsFor('genesis', join(root, 'held'), 2), holdOut })).rejects.toThrow(
      /blobs-1 shows the same image as elsewhere/,
    )
  })

  it('stops with the step where the loss is no number', async () => {
    const load = async () => {
      const image = await blobImages[0].load()
      return { ...image, data: Float32Array.from(image.data, (value) => 1e30 * value) }
    }
    const options = optionsFor('genesis', join(root, 'diverged'), 5)
    const plan = {
      ...options.plan,
      optimizer: { ...options.plan.optimizer, learningRate: 1e30, clipNorm: 1e30, warmupSteps: 0 },
    }
    await expect(pretrain([{ id: 'huge', load }], { ...options, plan })).rejects.toThrow(
      /pre-training by blobs-genesis diverged: the loss of step \d+ is (NaN|Infinity)/,
    )
  })

  it.each(pretrainingMethods)('by %s says before it starts what memory is missing, and what would fit', (method) => {
    const plan = sized(blobPlan(method, 2), { batch: 2, patch: [64, 64, 64] })
    const { graph } = stepOf(plan)
    const needed = trainingBytes(graph)
    expect(() => requireMemory(plan, graph, needed)).not.toThrow()
    try {
      requireMemory(plan, graph, 0.8 * needed)
      expect.fail('it was not refused')
    } catch (error) {
      if (!(error instanceof EmendError)) throw error
      expect(error.message).toMatch(/would take \d+\.\d GB of memory, and \d+\.\d GB are free/)
      const [, batch, patch] = /--batch (\d+) --patch ([\d,]+) would take/.exec(error.hint ?? '') ?? []
      const [i, j, k] = patch.split(',').map(Number)
      const smaller = stepOf(sized(plan, { batch: Number(batch), patch: [i, j, k] }))
      expect(trainingBytes(smaller.graph)).toBeLessThanOrEqual(0.8 * needed)
    }
    expect(() => sized(plan, { patch: [62, 64, 64] })).toThrow(/which its network cannot halve/)
  })

  it('says which network a method cannot take', () => {
    const twoStem = recipeNamed('abdomen-two-stem', 'tiny')
    expect(() => planOf('genesis', twoStem, 'tiny')).toThrow(/genesis cannot pre-train the two-stem network/)
    expect(() => planOf('region', recipeNamed('abdomen-inception', 'tiny'), 'tiny')).toThrow(/region cannot/)
    try {
      planOf('region', recipeForSchema('flare23', 'paper'), 'paper')
      expect.fail('it was not refused')
    } catch (error) {
      if (!(error instanceof EmendError)) throw error
      const [, named] = /a plain U-Net: (.*)$/.exec(error.hint ?? '') ?? []
      for (const name of named.split(', ')) planOf('region', recipeNamed(name, 'paper'), 'paper')
    }
    expect(planOf('position', twoStem, 'tiny').fineTuning).toEqual(twoStem)
  })
})
