import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { EmendError } from '../../shared/errors'
import { NOT_ANNOTATED } from '../../shared/labels/schema'
import { loadNifti } from '../imaging/nifti'
import { spacing, type Volume } from '../imaging/volume'
import { preprocess } from '../segmentation/preprocess'
import { TENSOR_INPUT, type PreparedCase } from './preparedCase'
import type { Recipe } from './recipe'
import type { ImageSize } from './trainingData'

/** An image that nobody labelled. */
export interface UnlabelledSource {
  readonly id: string
  /** Of the image, where it is known without loading it. */
  readonly size?: ImageSize
  readonly load: () => Promise<Volume>
}

/**
 * The images of a folder, CASE.nii.gz, CASE.nii or nnU-Net's CASE_0000.nii.gz, as cases without labels. Of a data set's
 * folder it is the images in its `imagesUn`.
 * @throws EmendError where the folder cannot be read or holds no image.
 */
export async function unlabelledImages(folder: string): Promise<UnlabelledSource[]> {
  const here = await imagesIn(folder)
  if (here === null) throw new EmendError(`${folder} cannot be read as a folder of images`)
  const below = here.length > 0 ? here : ((await imagesIn(join(folder, 'imagesUn'))) ?? [])
  if (below.length > 0) return below
  throw new EmendError(`there is no image in ${folder}`, { hint: 'images are .nii.gz or .nii files' })
}

const imageFile = /^([^.].*?)(_0000)?\.nii(\.gz)?$/i

async function imagesIn(folder: string): Promise<UnlabelledSource[] | null> {
  const names = await readdir(folder).catch(() => null)
  if (names === null) return null
  return names.sort().flatMap((name) => {
    const match = imageFile.exec(name)
    if (!match) return []
    return [{ id: match[1], load: async () => (await loadNifti(join(folder, name))).volume }]
  })
}

/** What training keeps of an image without labels: as of a labelled case, with nothing known of any voxel. */
export function prepareUnlabelled(
  { id }: Pick<UnlabelledSource, 'id'>,
  image: Volume,
  recipe: Pick<Recipe, 'preprocess'>,
  channels: readonly string[],
): PreparedCase {
  const prepared = preprocess(image, { preprocess: recipe.preprocess, input: TENSOR_INPUT }).image
  return {
    id,
    dims: prepared.dims,
    affine: prepared.affine,
    spacing: spacing(prepared),
    image: prepared.data,
    labels: new Uint8Array(prepared.data.length).fill(NOT_ANNOTATED),
    padding: prepared.data.reduce((low, value) => (value < low ? value : low), Infinity),
    seeds: channels.map(() => new Int32Array(0)),
    annotated: new Float32Array(channels.length).fill(1),
    weight: 1,
  }
}
