import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as v from 'valibot'
import { describe, expect, it, onTestFinished } from 'vitest'
import { runningExample } from '../../../src/main/learning/examples'
import { trainingFolder } from '../../../src/main/learning/cycleFile'
import { runningCurves } from '../../../src/main/learning/card'
import { exists, readDscCurve, readTrainingCurve } from '../../../src/main/learning/runFiles'
import { train } from '../../../src/main/learning/train'
import { TrainingExample } from '../../../src/shared/trainingExample'
import { temporaryLibrary } from '../library/fixtures'
import { begunRun } from './begunRun'
import { blobData, blobRecipe } from './blobs'

const identity = { name: 'blobs', version: 1, title: 'Blobs', licence: 'CC0-1.0', attribution: 'made up' }
const bytes = (text: string): Buffer => Buffer.from(text, 'base64')

describe('examples of a run', () => {
  it('show a slice with labels, and what the network of that step says of it, more and more alike', async () => {
    const library = temporaryLibrary()
    const run = await begunRun(library)
    expect(await runningExample(library)).toBeNull()
    const out = trainingFolder(run)
    const agreed: number[] = []
    const recipe = blobRecipe(60)
    await train(
      { ...blobData, holdOut: null },
      { recipe, seed: 1, out, identity, exampleSeconds: 0 },
      {
        signal: new AbortController().signal,
        report: () => undefined,
        // Between two steps the file of the last one lies there.
        giveWay: async () => {
          const text = await readFile(join(out, 'example.json'), 'utf8').catch(() => null)
          if (text === null) return
          const example = v.parse(TrainingExample, JSON.parse(text))
          const [labels, predicted] = [bytes(example.labels), bytes(example.predicted)]
          expect([example.width, example.height, labels.length, predicted.length]).toEqual([16, 16, 256, 256])
          expect(labels.some((label) => label === 1 || label === 2)).toBe(true)
          expect(example.structures).toEqual(['anterior-hippocampus', 'posterior-hippocampus'])
          const known = [...labels.keys()].filter((at) => labels[at] < 255)
          agreed.push(known.filter((at) => labels[at] === predicted[at]).length / known.length)
          if (agreed.length === 1) expect(await runningExample(library)).toEqual(example)
        },
      },
    )
    expect(agreed.length).toBeGreaterThan(40)
    const mean = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length
    expect(mean(agreed.slice(-10))).toBeGreaterThan(0.9)
    expect(mean(agreed.slice(0, 10))).toBeLessThan(0.8)
    // From the first step to the last, the DSC of what would be exported, on the same patches.
    const dsc = await readDscCurve(out)
    expect(dsc?.columns).toEqual(['step', 'anterior-hippocampus', 'posterior-hippocampus'])
    expect([dsc?.rows.at(0)?.[0], dsc?.rows.at(-1)?.[0]]).toEqual([1, 60])
    for (const column of [1, 2]) {
      expect(dsc?.rows.at(0)?.[column]).toBeLessThan(0.5)
      expect(dsc?.rows.at(-1)?.[column]).toBeGreaterThan(0.7)
    }
    // A window that was opened anew finds both curves.
    expect(await runningCurves(library)).toEqual({ training: await readTrainingCurve(out), dsc })
    // A finished model keeps none.
    expect(await exists(join(out, 'example.json'))).toBe(false)
  })

  it('are not made where nobody asked for them', async () => {
    const out = await mkdtemp(join(tmpdir(), 'emend-examples-'))
    onTestFinished(() => rm(out, { recursive: true, force: true }))
    let seen = false
    await train(
      { ...blobData, holdOut: null },
      { recipe: blobRecipe(3), seed: 1, out, identity },
      {
        signal: new AbortController().signal,
        report: () => undefined,
        giveWay: async () => void (seen ||= await exists(join(out, 'example.json'))),
      },
    )
    expect(seen).toBe(false)
    expect(await readDscCurve(out)).toBeNull()
  })
})
