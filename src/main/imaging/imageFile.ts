import { saveMetaImage } from './metaImage'
import { saveNifti } from './nifti'
import { saveNrrd } from './nrrd'
import type { Volume } from './volume'

/** How an image is written, by the ending of its file's name. */
const writers: readonly [ending: RegExp, save: (path: string, volume: Volume) => Promise<void>][] = [
  [/\.nii(\.gz)?$/i, saveNifti],
  [/\.nrrd$/i, saveNrrd],
  [/\.mha$/i, saveMetaImage],
]

/** What a file's name may end in, for messages. */
export const imageEndings = '.nii, .nii.gz, .nrrd or .mha'

export function isImageName(path: string): boolean {
  return writers.some(([ending]) => ending.test(path))
}

/** Writes an image in the format that the name's ending says; atomically. @throws RangeError where it says none */
export async function saveImage(path: string, volume: Volume): Promise<void> {
  const writer = writers.find(([ending]) => ending.test(path))
  if (!writer) throw new RangeError(`${path} ends in none of ${imageEndings}`)
  await writer[1](path, volume)
}
