import { basename } from 'node:path'
import { loadNifti, looksLikeNifti, readNifti } from '../nifti'
import type { Handled, Handler } from './handler'

const NAME = /\.(nii|hdr|img)(\.gz)?$/i

/** A NIfTI file, by its content. One that is only called so is damaged, not unknown. */
export const nifti: Handler = async (source) => {
  const file = basename(source.name)
  if (/\.img(\.gz)?$/i.test(file)) return { kind: 'skipped', reason: 'voxels of a NIfTI pair; open its .hdr' }
  const pair = /\.hdr(\.gz)?$/i.test(file)
  const bytes = await source.read()
  if (!looksLikeNifti(bytes) && !NAME.test(file)) return null
  const { volume, warnings } = pair && source.path ? await loadNifti(source.path) : readNifti(bytes, file)
  const image: Handled = { kind: 'image', image: { name: file.replace(NAME, ''), volume, warnings } }
  return image
}
