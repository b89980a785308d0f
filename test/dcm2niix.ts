import { mkdirSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'vitest'
import { reorient } from '../src/main/imaging/canonical'
import { loadNifti } from '../src/main/imaging/nifti'
import type { Volume } from '../src/main/imaging/volume'
import { affinesAgree } from '../src/shared/geometry/affine'
import { command } from './peers'

/** What dcm2niix makes of a folder, by the names that it gives: 'image.nii', 'image_Tilt_Eq_1.nii'. */
export async function dcm2niix(folder: string, out: string): Promise<Map<string, Volume>> {
  mkdirSync(out, { recursive: true })
  const { output } = command('dcm2niix', '-z', 'n', '-b', 'n', '-f', 'image', '-o', out, folder)
  const names = readdirSync(out).filter((file) => file.endsWith('.nii'))
  if (names.length === 0) throw new Error(`dcm2niix wrote nothing: ${output}`)
  const volumes = await Promise.all(names.map(async (name) => (await loadNifti(join(out, name))).volume))
  return new Map(names.map((name, n) => [name, volumes[n]]))
}

/** dcm2niix is often built without JPEG-LS; DCMTK unpacks it into another folder for it. */
export function withoutJpegLs(from: string): string {
  const to = `${from}-raw`
  mkdirSync(to)
  for (const file of readdirSync(from)) command('dcmdjpls', join(from, file), join(to, file))
  return to
}

/** The same voxels at the same places, in whatever order and type either keeps them. */
export function expectSameImage(ours: Volume, theirs: Volume): void {
  const [a, b] = [reorient(ours, 'RAS'), reorient(theirs, 'RAS')]
  expect(a.dims).toEqual(b.dims)
  expect(affinesAgree(a.affine, b.affine, 1e-3), `${a.affine.join(' ')} and ${b.affine.join(' ')}`).toBe(true)
  expect(differing(a, b)).toBe(0)
}

/** How many voxels differ; far faster on whole volumes than comparing arrays. */
export function differing(a: Pick<Volume, 'data'>, b: Pick<Volume, 'data'>): number {
  let count = Math.abs(a.data.length - b.data.length)
  for (let n = 0; n < a.data.length; n++) if (a.data[n] !== b.data[n]) count++
  return count
}
