import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { toCanonical } from '../../../src/main/imaging/canonical'
import { readImages } from '../../../src/main/imaging/import/readImages'
import { loadLabelMap } from '../../../src/main/imaging/labelFile'
import { loadNifti } from '../../../src/main/imaging/nifti'
import { writePhantoms } from '../../../src/main/phantom/phantomFiles'
import { affinesAgree } from '../../../src/shared/geometry/affine'

let out: string
beforeAll(async () => {
  out = await mkdtemp(join(tmpdir(), 'emend-phantoms-'))
})
afterAll(() => rm(out, { recursive: true, force: true }))

it("writes a training set in nnU-Net's layout, and DICOM where asked", async () => {
  const [dims, spacing] = [[20, 18, 6] as const, [18, 20, 45] as const]
  const made = await writePhantoms({ count: 2, out, seed: 7, dicom: true, dims, spacing })
  expect(made.map((one) => one.case)).toEqual(['phantom-0007', 'phantom-0008'])
  expect(await readdir(join(out, 'imagesTr'))).toEqual(['phantom-0007_0000.nii.gz', 'phantom-0008_0000.nii.gz'])
  expect(await readdir(join(out, 'dicom', 'phantom-0008'))).toHaveLength(6)

  const image = (await loadNifti(join(out, 'imagesTr', 'phantom-0008_0000.nii.gz'))).volume
  const labels = await loadLabelMap(join(out, 'labelsTr', 'phantom-0008.nii.gz'))
  expect(image.dims).toEqual(dims)
  expect(image.data).toBeInstanceOf(Int16Array)
  expect(affinesAgree(image.affine, labels.affine)).toBe(true)
  expect(labels.data).toContain(1)
  const [series] = (await readImages([join(out, 'dicom', 'phantom-0008')])).volumes
  expect(toCanonical(series.volume, 'CT').volume.data).toEqual(image.data)

  const dataset = JSON.parse(await readFile(join(out, 'dataset.json'), 'utf8')) as Record<string, unknown>
  expect(dataset).toMatchObject({ schema: 'flare23', numTraining: 2, labels: { background: 0, liver: 1, lesion: 14 } })
})
