import { basename } from 'node:path'
import { loadNifti, looksLikeNifti, readNifti } from '../nifti'
import type { Handler } from './handler'

const NAME = /\.(nii|hdr|img)(\.gz)?$/i

/** A NIfTI file, by its content. One that is only called so is damaged, not unknown. */
export const nifti: Handler = async (source, start) => {
  const file = basename(source.name)
  if (/\.img(\.gz)?$/i.test(file)) return { kind: 'skipped', reason: 'voxels of a NIfTI pair; open its .hdr' }
  if (!looksLikeNifti(start) && !NAME.test(file)) return null
  const pair = /\.hdr(\.gz)?$/i.test(file)
  const { volume, warnings } = pair && source.path ? await loadNifti(source.path) : readNifti(await source.read(), file)
  return { kind: 'image', image: { name: file.replace(NAME, ''), volume, warnings } }
}
