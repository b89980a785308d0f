import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { unzipSync } from 'fflate'
import { dataPath } from '../../test/data'
import { reorient, toCanonical } from '../../src/main/imaging/canonical'
import { parseContours, rasterise } from '../../src/main/imaging/dicom/rtstruct'
import { readImages } from '../../src/main/imaging/import/readImages'
import { loadNifti } from '../../src/main/imaging/nifti'
import type { LabelMap } from '../../src/main/imaging/volume'
import { makePhantom } from '../../src/main/phantom/phantom'
import { loadModel } from '../../src/main/segmentation/model'
import { segment } from '../../src/main/segmentation/segment'
import { spacingOf, type Vec3 } from '../../src/shared/geometry/affine'
import { boxOf, boxSize, cropped, growBox } from '../../src/shared/voxels/box'

/** One structure of one patient, with as much of the image around it as a proposal may look at. */
export interface ClickCase {
  readonly group: string
  readonly patient: string
  readonly structure: string
  readonly image: Int16Array
  readonly dims: Vec3
  readonly spacing: Vec3
  /** 1 inside. */
  readonly truth: Uint8Array
  /** What a model made of it; null where none is tried. */
  readonly prior: Uint8Array | null
}

/** What is cut away lies this far from the structure. */
const farMm = 130

interface Labelled {
  readonly group: string
  readonly patient: string
  readonly image: { readonly data: Int16Array; readonly dims: Vec3 }
  readonly spacing: Vec3
  readonly labels: Uint8Array
  readonly prior?: Uint8Array
  /** How much of the image is kept around the structure. */
  readonly marginMm?: number
}

export function caseOf(from: Labelled, structure: string, ids: readonly number[], priorIds = ids): ClickCase | null {
  const { group, patient, image, spacing, marginMm = farMm } = from
  const mask = from.labels.map((label) => (ids.includes(label) ? 1 : 0))
  const tight = boxOf(mask, image.dims)
  if (!tight) return null
  const margin = (axis: 0 | 1 | 2): number => Math.ceil(marginMm / spacing[axis])
  const box = growBox(tight, [margin(0), margin(1), margin(2)], image.dims)
  const cut = <T extends Uint8Array | Int16Array>(voxels: T): T => cropped(voxels, image.dims, box)
  const prior = from.prior?.map((label) => (priorIds.includes(label) ? 1 : 0))
  return {
    group,
    patient,
    structure,
    image: cut(image.data),
    dims: boxSize(box),
    spacing,
    truth: cut(mask),
    prior: prior ? cut(prior) : null,
  }
}

async function niftiPair(
  group: string,
  modality: 'CT' | 'MR',
  image: string,
  labels: string,
  patient: string,
): Promise<Labelled> {
  const { volume } = toCanonical((await loadNifti(image)).volume, modality)
  const drawn = reorient((await loadNifti(labels)).volume, 'RAS')
  return { group, patient, image: volume, spacing: spacingOf(volume.affine), labels: Uint8Array.from(drawn.data) }
}

function existing(...parts: string[]): string {
  const path = dataPath(...parts)
  if (!path) throw new Error(`${join(...parts)} is not there: set EMEND_DATA`)
  return path
}

/** T1 MR: the hippocampus as a whole and its two parts. */
export async function* hippocampi(numbers: readonly string[], marginMm?: number): AsyncGenerator<ClickCase> {
  for (const number of numbers) {
    const name = `hippocampus_${number}.nii.gz`
    const from = await niftiPair('hippocampus MR', 'MR', existing('hippocampus', 'images', name), existing('hippocampus', 'labels', name), number) // prettier-ignore
    for (const [structure, ids] of [
      ['whole', [1, 2]],
      ['anterior', [1]],
      ['posterior', [2]],
    ] as const) {
      // prettier-ignore
      const found = caseOf({ ...from, marginMm }, structure, ids)
      if (found) yield found
    }
  }
}

const headNeckStructures = ['brainstem', 'spinal cord', 'right parotid', 'left parotid', 'esophagus', 'larynx', 'mandible'] // prettier-ignore

/** Planning CT of head and neck with clinical organ-at-risk masks. */
export async function* headNecks(numbers: readonly number[], marginMm?: number): AsyncGenerator<ClickCase> {
  for (const number of numbers) {
    const name = `pt_${number}.nii.gz`
    const from = await niftiPair('head-neck CT', 'CT', existing('head-neck', 'images', name), existing('head-neck', 'labels', name), `pt_${number}`) // prettier-ignore
    for (const [n, structure] of headNeckStructures.entries()) {
      const found = caseOf({ ...from, marginMm }, structure, [n + 1])
      if (found) yield found
    }
  }
}

const teacherIds = { stomach: 11, duodenum: 12 }

/** Contours drawn by hand on pancreas-ct-cb-001, within their slices; the default model's masks beside them. */
export async function* abdomenByHand(withPrior: boolean): AsyncGenerator<ClickCase> {
  const path = existing('abdomen', 'pancreas-ct-cb-001.zip')
  const entries = unzipSync(readFileSync(path), { filter: ({ name }) => /rtstruct\/.*\.dcm$/i.test(name) })
  const [name, bytes] = Object.entries(entries)[0]
  const rois = parseContours(bytes, name)
  const [{ volume }] = (await readImages([path])).volumes
  const canonical = toCanonical(volume, 'CT').volume
  const models = withPrior
    ? reorient((await segment(volume, await loadModel(join('models', 'abdomen-student')))).labels, 'RAS').data
    : undefined
  const wanted = [
    ['Stomach_duo_planCT', 'stomach and duodenum', [teacherIds.stomach, teacherIds.duodenum]],
    ['Bowel_sm_planCT', 'small bowel', []],
    ['LUNG_L', 'left lung', []],
    ['LUNG_R', 'right lung', []],
  ] as const
  for (const [roi, structure, priorIds] of wanted) {
    const contours = rois.find((candidate) => candidate.name === roi)
    if (!contours) continue
    const drawn: LabelMap = reorient(rasterise(contours, volume), 'RAS')
    const prior = priorIds.length > 0 ? models : undefined
    const from = { group: 'abdominal CT by hand', patient: 'cb-001', image: canonical, spacing: spacingOf(canonical.affine), labels: drawn.data, prior } // prettier-ignore
    const found = caseOf(within(from, drawn), structure, [1], priorIds)
    if (found) yield found
  }
}

/** Only the slices that were drawn on. */
function within(from: Labelled, { data, dims }: LabelMap): Labelled {
  const box = boxOf(data, dims)
  if (!box) return from
  const slab = { low: [0, 0, box.low[2]], high: [dims[0], dims[1], box.high[2]] } as const
  const cut = <T extends Uint8Array | Int16Array>(voxels: T): T => cropped(voxels, dims, slab)
  return {
    ...from,
    image: { data: cut(from.image.data), dims: boxSize(slab) },
    labels: cut(from.labels),
    prior: from.prior && cut(from.prior),
  }
}

const abdomenStructures: readonly (readonly [string, number])[] = [
  ['liver', 1],
  ['right kidney', 2],
  ['spleen', 3],
  ['pancreas', 4],
  ['aorta', 5],
  ['vena cava', 6],
  ['gallbladder', 9],
  ['stomach', 11],
  ['duodenum', 12],
  ['left kidney', 13],
]

const totalIds: Readonly<Record<number, number>> = { 1: 5, 2: 2, 3: 1, 4: 7, 5: 52, 6: 63, 9: 4, 11: 6, 12: 19, 13: 3 }

/** TotalSegmentator's example: non-contrast CT, labels made by a network. */
export async function* abdomenByNetwork(): AsyncGenerator<ClickCase> {
  const folder = ['abdomen', 'totalsegmentator-example']
  const from = await niftiPair('abdominal CT by a network', 'CT', existing(...folder, 'example_ct.nii.gz'), existing(...folder, 'example_ct_labels117.nii.gz'), 'total') // prettier-ignore
  for (const [structure, id] of abdomenStructures) {
    const found = caseOf(from, structure, [totalIds[id]])
    if (found) yield found
  }
}

/** Synthetic abdominal CTs. */
export async function* phantoms(seeds: readonly number[], marginMm?: number): AsyncGenerator<ClickCase> {
  for (const seed of seeds) {
    const { image, labels } = makePhantom({ seed, spacing: [2.5, 2.5, 4] })
    const from = {
      group: 'phantom',
      patient: String(seed),
      image,
      spacing: spacingOf(image.affine),
      labels: labels.data,
      marginMm,
    }
    for (const [structure, id] of abdomenStructures) {
      const found = caseOf(from, structure, [id])
      if (found) yield found
    }
  }
}
