import { readdir } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { EmendError } from '../../shared/errors'
import type { LabelSchema } from '../../shared/labels/schema'
import { loadNifti } from '../imaging/nifti'
import type { LabelMap, Volume } from '../imaging/volume'
import { readDatasetLabels } from './datasetFile'
import { requireSameGrid, type CaseSource } from './trainingData'

export interface Dataset {
  readonly folder: string
  readonly schema: LabelSchema
  /** As DICOM has it. */
  readonly modality: string
  readonly cases: readonly CaseSource[]
  /** Images without labels. */
  readonly unlabelled: readonly { readonly id: string; readonly path: string }[]
}

const suffix = '.nii.gz'

/**
 * Reads which cases a folder holds. Two layouts: nnU-Net's (`imagesTr/CASE_0000.nii.gz`, `labelsTr/CASE.nii.gz`,
 * `imagesUn/`, `dataset.json`), and plain `images/CASE.nii.gz` with `labels/CASE.nii.gz`. Voxels are
 * read, and checked, only when a case is loaded.
 * @param options.schema the label schema, or its name; what labels mean without it, `readDatasetLabels` tells
 * @throws EmendError where the folder, its description or a label file is missing or does not fit the schema.
 */
export async function readDataset(
  folder: string,
  options: { readonly schema?: string | LabelSchema } = {},
): Promise<Dataset> {
  const { schema, toSchema, annotatedIn, patientOf, listed, modality } = await readDatasetLabels(folder, options)

  const nnunet = (await listCases(join(folder, 'imagesTr'))) !== null
  const imageFolder = join(folder, nnunet ? 'imagesTr' : 'images')
  const labelFolder = join(folder, nnunet ? 'labelsTr' : 'labels')
  const images = await listCases(imageFolder)
  const labels = await listCases(labelFolder)
  if (!images || !labels) {
    throw new EmendError(`${folder} is not a data set: there is no ${basename(images ? labelFolder : imageFolder)}`, {
      hint: "it needs nnU-Net's imagesTr and labelsTr, or images and labels",
    })
  }
  // The Medical Segmentation Decathlon has nnU-Net's folders, and names without a channel.
  const withChannel = nnunet && !images.some((name) => labels.includes(name))
  const ids = images.map((id) => (withChannel ? withoutChannel(id, imageFolder) : id))
  requirePairs(ids, labels, imageFolder, labelFolder)
  const stranger = listed.find((id) => !ids.includes(id))
  if (stranger !== undefined) {
    throw new EmendError(`${join(folder, 'dataset.json')} lists '${stranger}', but there is no such case`)
  }

  const cases = ids.map((id, at): CaseSource => {
    const imagePath = join(imageFolder, images[at] + suffix)
    const labelPath = join(labelFolder, id + suffix)
    const load = async (): Promise<{ image: Volume; labels: LabelMap }> => {
      const image = (await loadNifti(imagePath)).volume
      const raw = (await loadNifti(labelPath)).volume
      requireSameGrid(image, raw, imagePath, labelPath)
      return { image, labels: { ...raw, data: translate(raw, toSchema, labelPath) } }
    }
    return { id, revision: null, annotated: annotatedIn(id), patient: patientOf(id), load }
  })
  const unlabelledFolder = join(folder, 'imagesUn')
  const unlabelled = ((await listCases(unlabelledFolder)) ?? []).map((file) => ({
    id: withChannel ? withoutChannel(file, unlabelledFolder) : file,
    path: join(unlabelledFolder, file + suffix),
  }))
  return { folder, schema, modality, cases, unlabelled }
}

/** Whether a folder is laid out as a data set, with a description. */
export async function isDataset(folder: string): Promise<boolean> {
  const names: string[] = await readdir(folder).catch(() => [])
  const parts = ['imagesTr', 'labelsTr'].every((part) => names.includes(part))
  return names.includes('dataset.json') && (parts || ['images', 'labels'].every((part) => names.includes(part)))
}

/** File names of a folder without their suffix, sorted; null where there is no such folder. */
async function listCases(folder: string): Promise<string[] | null> {
  try {
    const names = await readdir(folder)
    return names
      .filter((name) => name.endsWith(suffix) && !name.startsWith('.'))
      .map((name) => name.slice(0, -suffix.length))
      .sort()
  } catch {
    return null
  }
}

function withoutChannel(name: string, folder: string): string {
  const match = /^(.+)_(\d{4})$/.exec(name)
  if (!match) throw new EmendError(`${join(folder, name + suffix)} is not named CASE_0000${suffix}`)
  if (match[2] !== '0000') {
    throw new EmendError(`${join(folder, name + suffix)} is a second channel; Emend trains on one`)
  }
  return match[1]
}

function requirePairs(ids: readonly string[], labels: readonly string[], imageFolder: string, labelFolder: string) {
  const labelled = new Set(labels)
  const unlabelled = ids.find((id) => !labelled.has(id))
  if (unlabelled !== undefined) {
    throw new EmendError(
      `there are no labels for ${unlabelled}: ${join(labelFolder, unlabelled + suffix)} is missing`,
      {
        hint: 'images without labels belong in imagesUn',
      },
    )
  }
  const imaged = new Set(ids)
  const orphan = labels.find((id) => !imaged.has(id))
  if (orphan !== undefined) {
    throw new EmendError(`${join(labelFolder, orphan + suffix)} has no image of that name in ${imageFolder}`)
  }
}

function translate(raw: Volume, table: ReadonlyMap<number, number>, path: string): Uint8Array {
  const ids = new Uint8Array(raw.data.length)
  const lookup = new Int16Array(256).fill(-1)
  for (const [value, id] of table) lookup[value] = id
  for (let at = 0; at < ids.length; at++) {
    const value = raw.data[at]
    const id = value >= 0 && value <= 255 && Number.isInteger(value) ? lookup[value] : -1
    if (id < 0) {
      const known = [...table.keys()].sort((a, b) => a - b).join(', ')
      throw new EmendError(`${path} holds the voxel value ${value}, which stands for no structure`, {
        hint: `values are ${known}`,
      })
    }
    ids[at] = id
  }
  return ids
}
