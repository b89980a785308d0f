import { mkdtemp, readdir, readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { decodeCheckpoint } from '../../../src/main/graph/checkpoint'
import { train, type TrainOptions } from '../../../src/main/learning/train'
import { loadModel } from '../../../src/main/segmentation/model'
import type { Work } from '../../../src/shared/progress'
import { blobCase, blobData, blobRecipe, blobs } from './blobs'

const identity = { name: 'blobs', version: 1, title: 'Blobs', licence: 'CC0-1.0', attribution: 'made up' }
const folder = () => mkdtemp(join(tmpdir(), 'emend-train-'))
const options = async (steps: number, changes: Partial<TrainOptions> = {}): Promise<TrainOptions> => ({
  recipe: blobRecipe(steps),
  seed: 3,
  out: await folder(),
  identity,
  ...changes,
})

/** Work that stops itself once the training has done so many steps. */
function stoppedAfter(steps: number): Work {
  const controller = new AbortController()
  return {
    signal: controller.signal,
    report: ({ figures }) => {
      if (figures?.['step'] === steps) controller.abort(new Error('stopped'))
    },
  }
}

describe('training', () => {
  it('learns to segment, and leaves a model that says what it is', async () => {
    const given = await options(70)
    const result = await train(blobData, given)

    expect(result.steps).toBe(70)
    expect(result.evaluation?.mean['organs'].dsc).toBeGreaterThan(0.85)
    expect((await readdir(given.out)).sort()).toEqual(['curve.csv', 'model.json', 'network.onnx', 'recipe.json'])
    const { manifest } = await loadModel(given.out)
    expect(manifest).toEqual(result.manifest)
    expect(manifest.channels).toEqual(['background', 'anterior-hippocampus', 'posterior-hippocampus'])
    expect(manifest.preprocess).toEqual(given.recipe.preprocess)
    expect(manifest.scores?.structures['anterior-hippocampus'].cases).toBe(3)
    expect(manifest.provenance.cases.map((c) => c.id)).toEqual(blobData.cases.map((c) => c.id))
    const curve = (await readFile(join(given.out, 'curve.csv'), 'utf8')).trim().split('\n')
    expect(curve).toHaveLength(71)
    expect(curve[0]).toBe('step,seconds,learning rate,loss,anterior-hippocampus,posterior-hippocampus')
  })

  it('goes on from a checkpoint with the very same steps', async () => {
    const data = { ...blobData, holdOut: null }
    const whole = await options(8)
    await train(data, whole)

    const broken = await options(8)
    await expect(train(data, broken, stoppedAfter(3))).rejects.toThrow('stopped')
    expect(decodeCheckpoint(await readFile(join(broken.out, 'checkpoint.bin'))).state.step).toBe(3)
    await expect(train(data, broken)).rejects.toThrow(/interrupted run/)
    await expect(train(data, { ...broken, resume: true, seed: 4 })).rejects.toThrow(/its seed differs/)
    await expect(train(data, { ...broken, resume: true, init: whole.out })).rejects.toThrow(/starting weights differ/)
    const relabelled = data.cases.map((one) => ({ ...one, revision: 'another' }))
    await expect(train({ ...data, cases: relabelled }, { ...broken, resume: true })).rejects.toThrow(/other labels/)
    await train(data, { ...broken, resume: true })

    const [a, b] = await Promise.all([whole, broken].map((o) => readFile(join(o.out, 'network.onnx'))))
    expect(a.equals(b)).toBe(true)
    const steps = async (out: string) =>
      (await readFile(join(out, 'curve.csv'), 'utf8')).split('\n').map((row) => row.split(',').toSpliced(1, 1).join())
    expect(await steps(broken.out)).toEqual(await steps(whole.out))
  })

  it('starts from the weights of a model', async () => {
    const data = { ...blobData, holdOut: null }
    const first = await options(20)
    const { loss } = await train(data, first)
    const again = await train(data, await options(1, { init: first.out, recipe: blobRecipe(1, { averageDecay: 0 }) }))
    const anew = await train(data, await options(1))
    expect(again.loss).toBeLessThan(loss * 1.2)
    expect(again.loss).toBeLessThan(anew.loss * 0.8)
    expect(again.manifest.provenance.parent).toBe('blobs@1')

    const other = { ...blobData, cases: [blobCase(50)], holdOut: { name: 'seen', cases: [blobCase(1)] } }
    await expect(train(other, await options(1, { init: first.out }))).rejects.toThrow(/blobs@1 was trained on blobs-1/)
    const grandchild = await train({ ...other, holdOut: null }, await options(1, { init: first.out }))
    expect(grandchild.manifest.provenance.cases.map((c) => c.id)).toEqual(
      [1, 2, 3, 4, 5, 6, 50].map((seed) => `blobs-${seed}`),
    )
  })

  it('keeps to its minutes, with the learning rate down to nothing', async () => {
    const minutes = await options(1, { recipe: blobRecipe(1, { length: { unit: 'minutes', minutes: 0.1 } }) })
    const { seconds, steps } = await train({ ...blobData, holdOut: null }, minutes)
    const rows = (await readFile(join(minutes.out, 'curve.csv'), 'utf8')).trim().split('\n').slice(1)
    const rates = rows.map((row) => Number(row.split(',')[2]))
    expect(seconds).toBeGreaterThanOrEqual(6)
    expect(rows).toHaveLength(steps)
    expect(rates.at(-1)).toBeLessThan(0.5 * Math.max(...rates))
  })

  it('refuses a training case that is in the hold-out, even under another name', async () => {
    const holdOut = { name: 'blobs', cases: [blobCase(1)] }
    await expect(train({ ...blobData, holdOut }, await options(1))).rejects.toThrow(/blobs-1 is in the hold-out/)
    const untouched = [blobCase(1, { id: 'frozen' })]
    await expect(train({ ...blobData, untouched }, await options(1))).rejects.toThrow(/same image as frozen/)
    const renamed = { name: 'blobs', cases: [blobCase(1, { id: 'other' })] }
    await expect(train({ ...blobData, holdOut: renamed }, await options(1))).rejects.toThrow(/same image as other/)
  })

  it('stops in one line when the loss is no longer a number', async () => {
    const broken = blobs(7)
    broken.image.data[5] = NaN
    const cases = [blobCase(7, { load: () => Promise.resolve(broken) })]
    await expect(train({ ...blobData, cases, holdOut: null }, await options(5))).rejects.toThrow(
      /by the recipe blobs diverged: the loss of step 1 is NaN/,
    )
  })

  it.each(['missing', 'marginal', 'merge-max'] as const)(
    'learns each structure from the half that has it, %s',
    async (mode) => {
      const half = (seed: number) => [seed % 2 ? 'anterior-hippocampus' : 'posterior-hippocampus']
      const cases = [1, 2, 3, 4, 5, 6].map((seed) => blobCase(seed, { annotated: half(seed) }))
      const given = await options(90, { recipe: blobRecipe(90, { partialLabels: mode }) })
      const { evaluation, manifest } = await train({ ...blobData, cases }, given)
      expect(evaluation?.mean['organs'].dsc).toBeGreaterThan(0.8)
      expect(manifest.provenance.recipe['partialLabels']).toBe(mode)

      const lacking = { ...blobData, cases: cases.filter((_, at) => at % 2 === 0), holdOut: null }
      const again = { ...given, out: await folder() }
      await expect(train(lacking, again)).rejects.toThrow(/no training case annotates posterior-hippocampus/)
    },
  )

  it('refuses to mirror left and right where a structure is of one side', async () => {
    const { structures } = blobData.schema
    const sided = structures.map((one, n) => (n === 0 ? { ...one, name: 'hippocampus-left' } : one))
    const data = { ...blobData, schema: { ...blobData.schema, structures: sided }, holdOut: null }
    const recipe = blobRecipe(1)
    const mirrored = { ...recipe, augmentation: { ...recipe.augmentation, mirror: [true, false, false] as [boolean, boolean, boolean] } } // prettier-ignore
    await expect(train(data, await options(1, { recipe: mirrored }))).rejects.toThrow(/hippocampus-left is of one side/)
  })

  it('refuses what cannot be learned from', async () => {
    const partial = [blobCase(1, { annotated: ['anterior-hippocampus'] })]
    const data = { ...blobData, cases: partial, holdOut: null }
    const ignoring = await options(1, { recipe: blobRecipe(1, { partialLabels: 'ignore' }) })
    await expect(train(data, ignoring)).rejects.toThrow(/nothing tells what is background/)
    const one = await options(1, { structures: ['anterior-hippocampus'] })
    expect((await train(data, one)).manifest.channels).toEqual(['background', 'anterior-hippocampus'])
    await expect(train({ ...blobData, cases: [] }, await options(1))).rejects.toThrow(/no cases/)
    await expect(train(data, { ...one, resume: false })).rejects.toThrow(/already holds a model/)
    const odd = blobRecipe(1, { patch: [14, 16, 16] })
    await expect(train(blobData, await options(1, { recipe: odd }))).rejects.toThrow(/patch of 14x16x16/)
  })
})
