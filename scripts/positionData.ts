import { join } from 'node:path'
import { readImages } from '../src/main/imaging/import/readImages'
import { loadNifti } from '../src/main/imaging/nifti'
import { voxelCount, type LabelMap, type Volume } from '../src/main/imaging/volume'
import { readDataset } from '../src/main/learning/dataset'
import { splitHoldOut } from '../src/main/learning/holdOut'
import { imagesIn, prepareImage, type ImageSource, type PreparedImage } from '../src/main/learning/pretraining/images'
import { recipeNamed } from '../src/main/learning/presets'
import type { Recipe } from '../src/main/learning/recipe'
import type { CaseSource } from '../src/main/learning/trainingData'
import { loadModel } from '../src/main/segmentation/model'
import { segment } from '../src/main/segmentation/segment'
import type { Vec3 } from '../src/shared/geometry/affine'
import type { Random } from '../src/shared/random'
import { sampleView } from '../src/main/learning/pretraining/views'
import { holdOutNamed } from './experiment'
import { hippocampus as hippocampusWithFewLabels } from './fewLabelsData'
import { centroids, hippocampusLandmarks, onNetworkGrid, type Landmarks } from './landmarks'

/** A patient on the network's grid. */
export interface Patient {
  readonly image: PreparedImage
  readonly landmarks: Landmarks
}

/** Images to learn from, and patients that were held out of them. */
export interface PositionData {
  readonly images: readonly ImageSource[]
  readonly holdOut: readonly ImageSource[]
  readonly patients: readonly Patient[]
  /** A match so close, mm, is counted. */
  readonly near: number
  readonly attribution: string
}

const imageOf = ({ id, load }: CaseSource): ImageSource => ({ id, load: async () => (await load()).image })

async function patientsOf(
  cases: readonly CaseSource[],
  recipe: Recipe,
  landmarksOf: (labels: LabelMap) => Landmarks,
): Promise<Patient[]> {
  const patients: Patient[] = []
  for (const { id, load } of cases) {
    const { image, labels } = await load()
    patients.push({
      image: prepareImage(id, image, recipe),
      landmarks: landmarksOf(onNetworkGrid(image, labels, recipe)),
    })
  }
  return patients
}

/** MR of the hippocampus: 150 patients to learn from, 40 held out, seven landmarks of each from the labels by hand. */
async function hippocampus(folder: string): Promise<PositionData> {
  const recipe = recipeNamed('hippocampus', 'tiny')
  const split = await hippocampusWithFewLabels(folder)
  const patients = await patientsOf(split.holdOut.cases, recipe, hippocampusLandmarks)
  return {
    images: split.unlabelled.map(imageOf),
    holdOut: split.holdOut.cases.map(imageOf),
    patients,
    near: 5,
    attribution: 'Medical Segmentation Decathlon, Task04, CC BY-SA 4.0',
  }
}

/** Structures whose middle is a landmark: not spinal cord and esophagus, which end where the planner stopped. */
const organsAtRisk = { brainstem: 1, 'right parotid': 3, 'left parotid': 4, larynx: 6, mandible: 7 }

/** Planning CTs of head and neck: 60 patients to learn from, 12 held out, the middles of what was drawn by hand. */
async function headNeck(folder: string): Promise<PositionData> {
  const recipe = recipeNamed('head-neck', 'tiny')
  const { cases } = await readDataset(folder, { schema: 'head-neck' })
  const split = splitHoldOut(cases, await holdOutNamed('head-neck'))
  const patients = await patientsOf(split.holdOut.cases, recipe, (labels) => centroids(labels, organsAtRisk))
  return {
    images: split.training.map(imageOf),
    holdOut: split.holdOut.cases.map(imageOf),
    patients,
    near: 20,
    attribution: 'OpenKBP, Babier et al. 2021, MIT',
  }
}

/** Organs whose middle is a landmark: those that are seen whole in both held-out CTs. */
const organs = { liver: 1, 'right-kidney': 2, spleen: 3, stomach: 11, 'left-kidney': 13 }
/** The same in TotalSegmentator's labels. */
const totalIds = { liver: 5, 'right-kidney': 2, spleen: 1, stomach: 6, 'left-kidney': 3 }

/** CTs of the abdomen: three to learn from, two held out, organs from TotalSegmentator's labels and the default model's. */
async function abdomen(folder: string): Promise<PositionData> {
  const recipe = recipeNamed('abdomen', 'tiny')
  const learned = (await imagesIn(folder)).filter(({ id }) => /^(hcc|cptac)/.test(id))
  const pancreas = largest((await readImages([join(folder, 'pancreas-ct-cb-001.zip')])).volumes.map((v) => v.volume))
  const model = await loadModel(join(import.meta.dirname, '..', 'models', 'abdomen-student'))
  const total = join(folder, 'totalsegmentator-example')
  const example = (await loadNifti(join(total, 'example_ct.nii.gz'))).volume
  const labels = (await loadNifti(join(total, 'example_ct_labels117.nii.gz'))).volume
  const patient = (id: string, image: Volume, organsOf: LabelMap, ids: Readonly<Record<string, number>>): Patient => ({
    image: prepareImage(id, image, recipe),
    landmarks: centroids(onNetworkGrid(image, organsOf, recipe), ids),
  })
  return {
    images: learned,
    holdOut: [
      { id: 'pancreas-ct-cb-001', load: () => Promise.resolve(pancreas) },
      { id: 'totalsegmentator-example', load: () => Promise.resolve(example) },
    ],
    patients: [
      patient('pancreas-ct-cb-001', pancreas, (await segment(pancreas, model)).labels, organs),
      patient('totalsegmentator-example', example, { ...labels, data: Uint8Array.from(labels.data) }, totalIds),
    ],
    near: 20,
    attribution: 'HCC-TACE-Seg and CPTAC-PDA, TCIA, CC BY 4.0',
  }
}

const largest = (volumes: readonly Volume[]): Volume =>
  volumes.reduce((a, b) => (voxelCount(b.dims) > voxelCount(a.dims) ? b : a))

export const positionData = { hippocampus, 'head-neck': headNeck, abdomen } as const

/** Takes up to so many voxels off every side of a patient's image, but stays two voxels away from any landmark. */
export function cutAtRandom({ image, landmarks }: Patient, most: number, random: Random): Patient {
  const points = [...landmarks.values()]
  const off = ([0, 1, 2] as const).map((axis) => {
    const along = points.map((point) => point[axis])
    const room = (free: number): number => random.int(1 + Math.max(0, Math.min(most, Math.floor(free) - 2)))
    return { low: room(Math.min(...along)), high: room(image.dims[axis] - 1 - Math.max(...along)) }
  })
  const [x, y, z] = off
  const size = ([0, 1, 2] as const).map((axis) => image.dims[axis] - off[axis].low - off[axis].high)
  const dims: Vec3 = [size[0], size[1], size[2]]
  const shown = new Float32Array(dims[0] * dims[1] * dims[2])
  sampleView(image, dims, { start: [x.low, y.low, z.low], step: [1, 1, 1] }, shown)
  const moved = [...landmarks].map(([name, [i, j, k]]): [string, Vec3] => [name, [i - x.low, j - y.low, k - z.low]])
  return { image: { ...image, dims, image: shown }, landmarks: new Map(moved) }
}
