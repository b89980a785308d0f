import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { saveNifti } from '../../../../src/main/imaging/nifti'
import { evaluationCsv } from '../../../../src/main/learning/metrics/aggregate'
import { evaluateFolders } from '../../../../src/main/learning/metrics/evaluateFolders'
import { schemaNamed } from '../../../../src/shared/labels/builtin'
import { blobPair } from './blobs'

const flare = schemaNamed('flare23')
let folder: string
let references: string
let predictions: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'emend-evaluate-'))
  references = join(folder, 'reference')
  predictions = join(folder, 'prediction')
  await mkdir(references)
  await mkdir(predictions)
  for (const seed of [1, 2]) {
    const { reference, prediction } = blobPair(seed)
    await saveNifti(join(references, `case${seed}.nii.gz`), reference)
    // A prediction may be stored as another type, and unpacked.
    await saveNifti(join(predictions, `case${seed}.nii`), { ...prediction, data: Int16Array.from(prediction.data) })
  }
})
afterAll(() => rm(folder, { recursive: true, force: true }))

it('averages over the cases, then over the organs, with the lesion apart', async () => {
  const { cases, mean } = await evaluateFolders(references, predictions, flare)
  expect(Object.keys(cases)).toEqual(['case1', 'case2'])
  expect(cases['case1']['liver'].dsc).toBe(0.7117)
  const liver = (cases['case1']['liver'].dsc + cases['case2']['liver'].dsc) / 2
  expect(mean['liver'].dsc).toBeCloseTo(liver, 4)
  const organs = flare.structures.filter((s) => s.kind === 'organ').map((s) => mean[s.name].nsd)
  expect(mean['organs'].nsd).toBeCloseTo(organs.reduce((a, b) => a + b, 0) / 13, 4)
  expect(mean['lesion'].cases).toBe(2)
})

it('reads the references by what their data set says that the values mean, and scores what was looked for', async () => {
  const shifted = join(folder, 'shifted')
  await mkdir(shifted)
  const { reference } = blobPair(1)
  await saveNifti(join(shifted, 'case1.nii.gz'), { ...reference, data: reference.data.map((id) => id && id + 20) })
  const toSchema = new Map(flare.structures.map(({ id }) => [id + 20, id]))
  const { cases } = await evaluateFolders(shifted, predictions, flare, {
    toSchema,
    annotatedIn: () => ['liver', 'spleen'],
  })
  const { liver, spleen } = (await evaluateFolders(references, predictions, flare)).cases['case1']
  expect(cases['case1']).toEqual({ liver, spleen })
})

it('writes a table with a row for every case and structure, and the means', async () => {
  const csv = evaluationCsv(await evaluateFolders(references, predictions, flare))
  const rows = csv.trimEnd().split('\n')
  expect(rows[0]).toBe('case,structure,dsc,nsd,hd95')
  expect(rows[1]).toMatch(/^case1,liver,0\.7117,0\.9656,\d+\.\d{4}$/)
  expect(rows).toHaveLength(1 + 14 * 2 + 15)
  expect(rows.at(-1)).toMatch(/^mean,organs,/)
})

it('says which prediction is missing, and notes one without a reference', async () => {
  await expect(evaluateFolders(predictions, join(folder, 'nowhere'), flare)).rejects.toThrow('nowhere cannot be read')
  const { reference } = blobPair(3)
  await saveNifti(join(predictions, 'case3.nii.gz'), reference)
  const { notes } = await evaluateFolders(references, predictions, flare)
  expect(notes).toEqual(['case3: there is no reference for this prediction; it was not scored'])
  await expect(evaluateFolders(predictions, references, flare)).rejects.toThrow('there is no prediction for case3 in')
})

it('refuses a file that holds no labels', async () => {
  const { reference } = blobPair(4)
  const intensities = { ...reference, data: Float32Array.from(reference.data, (v) => v + 0.5) }
  const images = join(folder, 'images')
  await mkdir(images)
  await saveNifti(join(images, 'case1.nii.gz'), intensities)
  await expect(evaluateFolders(images, predictions, flare)).rejects.toThrow(
    'case1.nii.gz is not a label map: it holds the value 0.5',
  )
})
