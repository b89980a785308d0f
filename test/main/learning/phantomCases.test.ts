import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { saveNifti } from '../../../src/main/imaging/nifti'
import { firstHoldOutSeed, phantomCases } from '../../../src/main/learning/phantomCases'
import { blobs } from './blobs'

it('reads the phantom that the library keeps, instead of rendering it anew', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'emend-phantoms-'))
  const kept = blobs(1)
  await saveNifti(join(folder, 'phantom-900000000.nii.gz'), kept.image)
  await saveNifti(join(folder, 'phantom-900000000-labels.nii.gz'), kept.labels)
  const [phantom] = phantomCases(folder, [firstHoldOutSeed])
  expect(phantom.id).toBe('phantom-900000000')
  expect(await phantom.load()).toEqual(kept)
})
