import { mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PNG } from 'pngjs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { saveNifti } from '../../../../src/main/imaging/nifti'
import type { Evaluation } from '../../../../src/main/learning/metrics/aggregate'
import { casePicture } from '../../../../src/main/learning/metrics/casePicture'
import { compareEvaluations, intervalsOf } from '../../../../src/main/learning/metrics/compare'
import { evaluateFolders } from '../../../../src/main/learning/metrics/evaluateFolders'
import { worstFirst, writeEvaluationPictures } from '../../../../src/main/learning/metrics/evaluationPictures'
import { summaryCsv } from '../../../../src/main/learning/metrics/summaryCsv'
import { schemaNamed } from '../../../../src/shared/labels/builtin'
import { blobPair } from './blobs'

const flare = schemaNamed('flare23')
const evaluationOf = (dscs: Readonly<Record<string, Readonly<Record<string, number>>>>): Evaluation => ({
  cases: Object.fromEntries(
    Object.entries(dscs).map(([name, scores]) => [
      name,
      Object.fromEntries(Object.entries(scores).map(([structure, dsc]) => [structure, { dsc, nsd: dsc / 2, hd95: 1 }])),
    ]),
  ),
  mean: {},
  notes: [],
})

describe('intervals and comparisons of models', () => {
  const hard = evaluationOf({
    a: { liver: 0.5, spleen: 0.7 },
    b: { liver: 0.8, spleen: 0.9 },
    c: { liver: 0.9, lesion: 0.1 },
  })
  const better = evaluationOf({
    a: { liver: 0.52, spleen: 0.7 },
    b: { liver: 0.81, spleen: 0.8 },
    c: { liver: 0.93, lesion: 0 },
    d: { liver: 0 },
  })

  it('hold the mean, of every structure that was scored and of the organs', () => {
    const intervals = intervalsOf(hard, flare)
    expect(Object.keys(intervals)).toEqual(['liver', 'spleen', 'lesion', 'organs'])
    const { dsc, cases } = intervals['liver']
    expect(cases).toBe(3)
    expect(dsc.mean).toBeCloseTo(0.7333, 4)
    expect(dsc.low).toBeGreaterThanOrEqual(0.5)
    expect(dsc.low).toBeLessThan(dsc.mean)
    expect(dsc.high).toBeGreaterThan(dsc.mean)
    expect(intervals['organs'].dsc.mean).toBeCloseTo((0.6 + 0.85 + 0.9) / 3, 6)
  })

  it('pair the cases that both models have', () => {
    const { liver, spleen, lesion } = compareEvaluations(better, hard, flare)
    expect(liver.cases).toBe(3)
    expect(liver.dsc.mean).toBeCloseTo(0.02, 6)
    expect(liver.dsc.low).toBeGreaterThan(0)
    expect([liver.ahead, liver.behind]).toEqual([3, 0])
    expect([spleen.ahead, spleen.behind]).toEqual([0, 1])
    expect(lesion.dsc.mean).toBeCloseTo(-0.1, 6)
    expect(compareEvaluations(hard, hard, flare)['liver'].dsc).toEqual({ mean: 0, low: 0, high: 0 })
  })

  const distances = (hd95s: Readonly<Record<string, Readonly<Record<string, number | null>>>>): Evaluation => ({
    cases: Object.fromEntries(
      Object.entries(hd95s).map(([name, scores]) => [
        name,
        Object.fromEntries(
          Object.entries(scores).map(([structure, hd95]) => [
            structure,
            { dsc: hd95 === null ? 0 : 0.9, nsd: 0.5, hd95 },
          ]),
        ),
      ]),
    ),
    mean: {},
    notes: [],
  })
  const near = distances({ a: { liver: 2, spleen: 1 }, b: { liver: 4, spleen: null }, c: { liver: 6, lesion: null } })
  const far = distances({ a: { liver: 5, spleen: 1.5 }, b: { liver: 8, spleen: 9 }, c: { liver: null, lesion: null } })

  it('take HD95 over the cases in which neither mask is empty, and say how many these are', () => {
    const { liver, spleen, lesion, organs } = intervalsOf(near, flare)
    expect(liver.hd95?.mean).toBeCloseTo(4, 6)
    expect(liver.hd95?.low).toBeGreaterThanOrEqual(2)
    expect(liver.hd95?.high).toBeLessThanOrEqual(6)
    expect([spleen.cases, spleen.hd95Cases, spleen.hd95]).toEqual([2, 1, { mean: 1, low: 1, high: 1 }])
    expect([lesion.cases, lesion.hd95Cases, lesion.hd95]).toEqual([1, 0, null])
    expect(organs.hd95?.mean).toBeCloseTo((1.5 + 4 + 6) / 3, 6)
  })

  it('compare HD95, of which less is better, where both models have one, an organ at a time', () => {
    const { liver, spleen, lesion, organs } = compareEvaluations(near, far, flare)
    expect(liver.hd95?.mean).toBeCloseTo(-3.5, 6)
    expect(liver.hd95?.high).toBeLessThan(0)
    expect([liver.cases, liver.hd95Cases]).toEqual([3, 2])
    // The case that one model missed is behind by DSC instead.
    expect(liver.ahead).toBe(1)
    expect([spleen.hd95?.mean, spleen.hd95Cases]).toEqual([-0.5, 1])
    expect(lesion.hd95).toBeNull()
    // The spleen of the second case has no pair: the liver alone is compared there.
    expect(organs.hd95?.mean).toBeCloseTo((-1.75 - 4) / 2, 6)
    expect(organs.hd95Cases).toBe(2)
  })

  it('go into a table with a row a structure, where what there is not stays empty', () => {
    const alone = summaryCsv(intervalsOf(near, flare)).trimEnd().split('\n')
    expect(alone[0]).toBe(
      'structure,cases,hd95_cases,dsc_mean,dsc_low,dsc_high,nsd_mean,nsd_low,nsd_high,hd95_mean,hd95_low,hd95_high',
    )
    expect(alone.slice(1).map((row) => row.split(',')[0])).toEqual(['liver', 'spleen', 'lesion', 'organs'])
    expect(alone[3]).toBe('lesion,1,0,0.0000,0.0000,0.0000,0.5000,0.5000,0.5000,,,')
    const [head, ...rows] = summaryCsv(intervalsOf(near, flare), compareEvaluations(near, far, flare))
      .trimEnd()
      .split('\n')
      .map((row) => row.split(','))
    expect(rows.every((row) => row.length === head.length)).toBe(true)
    const of = (column: string): string => rows[0][head.indexOf(column)]
    expect([of('more_hd95_mean'), of('compared_cases'), of('compared_hd95_cases')]).toEqual(['-3.5000', '3', '2'])
    expect([of('ahead'), of('behind')]).toEqual(['1', '0'])
  })

  it('put the worst case first', () => {
    expect(worstFirst(hard)).toEqual(['c', 'a', 'b'])
  })
})

describe('the picture of a case', () => {
  const dims = [12, 10, 6] as const
  const affine = [
    [2, 0, 0, 0],
    [0, 2, 0, 0],
    [0, 0, 3, 0],
  ] as const
  const spot = (id: number, k: number, width: number) => {
    const data = new Uint8Array(12 * 10 * 6)
    for (let j = 3; j < 6; j++) data.fill(id, 4 + 12 * (j + 10 * k), 4 + width + 12 * (j + 10 * k))
    return { dims, affine, data }
  }
  const score = (dsc: number) => ({ dsc, nsd: dsc, hd95: null })

  it('shows the worst structure where most of it is wrong, missed in red and invented in blue', () => {
    const scores = { liver: score(0.9), spleen: score(0.1) }
    const { png, structure, slice } = casePicture({
      reference: spot(3, 4, 4),
      prediction: spot(3, 2, 2),
      image: null,
      schema: flare,
      scores,
    })
    expect([structure, slice]).toEqual(['spleen', 4])
    const { width, height, data } = PNG.sync.read(Buffer.from(png))
    const panel = (width - 8) / 3
    const has = (from: number, test: (r: number, g: number, b: number) => boolean): boolean => {
      for (let y = 0; y < height; y++) {
        for (let x = from; x < from + panel; x++) {
          const at = 4 * (x + y * width)
          if (test(data[at], data[at + 1], data[at + 2])) return true
        }
      }
      return false
    }
    const red = (r: number, g: number, b: number): boolean => r > 200 && g < 100 && b < 100
    const coloured = (r: number, g: number, b: number): boolean => Math.max(r, g, b) - Math.min(r, g, b) > 30
    expect(has(0, coloured)).toBe(true)
    // The prediction has nothing in this slice.
    expect(has(panel + 4, coloured)).toBe(false)
    expect(has(2 * (panel + 4), red)).toBe(true)
  })
})

describe('pictures of an evaluation', () => {
  let folder: string
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'emend-pictures-'))
    for (const part of ['reference', 'prediction', 'images']) await mkdir(join(folder, part))
    for (const seed of [1, 2]) {
      const { reference, prediction } = blobPair(seed)
      await saveNifti(join(folder, 'reference', `case${seed}.nii.gz`), reference)
      await saveNifti(join(folder, 'prediction', `case${seed}.nii.gz`), prediction)
      const image = { ...reference, data: Int16Array.from(reference.data, (id) => 20 * id - 100) }
      if (seed === 1) await saveNifti(join(folder, 'images', `case${seed}_0000.nii.gz`), image)
    }
  })
  afterAll(() => rm(folder, { recursive: true, force: true }))

  it('are written worst first, with a page that says how bad', async () => {
    const [references, predictions] = [join(folder, 'reference'), join(folder, 'prediction')]
    const evaluation = await evaluateFolders(references, predictions, flare)
    const out = join(folder, 'pictures')
    const page = await writeEvaluationPictures(evaluation, flare, {
      references,
      predictions,
      images: join(folder, 'images'),
      out,
    })
    const [first, second] = worstFirst(evaluation)
    expect((await readdir(out)).sort()).toEqual([`001-${first}.png`, `002-${second}.png`, 'index.html'])
    const text = await readFile(page, 'utf8')
    expect(text.indexOf(first)).toBeLessThan(text.indexOf(second))
    expect(text).toMatch(/DSC 0\.\d{3}/)
    const one = await writeEvaluationPictures(evaluation, flare, {
      references,
      predictions,
      out: join(folder, 'one'),
      most: 1,
    })
    expect((await readFile(one, 'utf8')).match(/<figure>/g)).toHaveLength(1)
  })
})
