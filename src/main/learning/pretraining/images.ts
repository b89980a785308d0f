import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Vec3 } from '../../../shared/geometry/affine'
import { EmendError } from '../../../shared/errors'
import { readImages } from '../../imaging/import/readImages'
import { loadNifti } from '../../imaging/nifti'
import { spacing, voxelCount, type Volume } from '../../imaging/volume'
import { preprocess } from '../../segmentation/preprocess'
import { TENSOR_INPUT } from '../preparedCase'
import type { Recipe } from '../recipe'

/** An image without labels. */
export interface ImageSource {
  readonly id: string
  readonly load: () => Promise<Volume>
}

/** An image on the network's grid, 4 bytes a voxel. */
export interface PreparedImage {
  readonly id: string
  /** Voxels along i, j, k. */
  readonly dims: Vec3
  /** mm along i, j, k. */
  readonly spacing: Vec3
  /** Normalised intensities, i fastest. */
  readonly image: Float32Array
  /** The range of its intensities; what lies beyond it is as `low`, as in inference. */
  readonly low: number
  readonly high: number
  /** How often an epoch holds it. */
  readonly weight: number
}

/** nnU-Net's folders of images, where a file is named CASE_0000.nii.gz, and the plain one. */
const namedByChannel = ['imagesTr', 'imagesUn']
const nifti = '.nii.gz'

/**
 * The images of a data set, whatever is said about them elsewhere: nnU-Net's `imagesTr` and `imagesUn`, or `images`, or
 * else whatever lies in the folder itself: NIfTI, DICOM series as folders or archives, each by the largest volume in it.
 * @throws EmendError where there is none.
 */
export async function imagesIn(folder: string): Promise<ImageSource[]> {
  const byChannel = await Promise.all(
    namedByChannel.map(async (part) =>
      (await niftiFiles(join(folder, part))).map(({ id, path }) => fromNifti(id.replace(/_0000$/, ''), path)),
    ),
  )
  const plain = (await niftiFiles(join(folder, 'images'))).map(({ id, path }) => fromNifti(id, path))
  const known = [...byChannel.flat(), ...plain]
  const images = known.length > 0 ? known : await loose(folder)
  if (images.length === 0) throw new EmendError(`there are no images in ${folder}`)
  const twice = images.find(({ id }, at) => images.findIndex((other) => other.id === id) < at)
  if (twice) throw new EmendError(`${folder} holds two images named ${twice.id}`)
  return images
}

async function entriesOf(folder: string): Promise<string[]> {
  const names = await readdir(folder).catch(() => [])
  return names.filter((name) => !name.startsWith('.')).sort()
}

async function niftiFiles(folder: string): Promise<{ id: string; path: string }[]> {
  const names = (await entriesOf(folder)).filter((name) => name.endsWith(nifti))
  return names.map((name) => ({ id: name.slice(0, -nifti.length), path: join(folder, name) }))
}

const fromNifti = (id: string, path: string): ImageSource => ({
  id,
  load: async () => (await loadNifti(path)).volume,
})

async function loose(folder: string): Promise<ImageSource[]> {
  const images = (await entriesOf(folder)).filter((name) => !/\.(txt|json|csv|md|xml)$/i.test(name))
  return images.map((name) => ({
    id: name.replace(/\.(nii\.gz|nii|zip|nrrd|mha|dcm)$/i, ''),
    load: async () => {
      const { volumes } = await readImages([join(folder, name)])
      return volumes.map(({ volume }) => volume).reduce((a, b) => (voxelCount(b.dims) > voxelCount(a.dims) ? b : a))
    },
  }))
}

/** Brings an image onto the network's grid by the very preprocessing of training and inference. */
export function prepareImage(id: string, volume: Volume, recipe: Pick<Recipe, 'preprocess'>): PreparedImage {
  const { image } = preprocess(volume, { preprocess: recipe.preprocess, input: TENSOR_INPUT })
  let low = Infinity
  let high = -Infinity
  for (const value of image.data) {
    if (value < low) low = value
    if (value > high) high = value
  }
  return { id, dims: image.dims, spacing: spacing(image), image: image.data, low, high, weight: 1 }
}
