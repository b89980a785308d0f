import { readFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { unzipSync } from 'fflate'
import { schemaNamed } from '../src/shared/labels/builtin'
import { BACKGROUND, NOT_ANNOTATED, structureNamed } from '../src/shared/labels/schema'
import { unwatched } from '../src/shared/progress'
import { reorient, toCanonical } from '../src/main/imaging/canonical'
import { parseContours, rasterise } from '../src/main/imaging/dicom/rtstruct'
import { readImages } from '../src/main/imaging/import/readImages'
import { loadNifti } from '../src/main/imaging/nifti'
import type { LabelMap, Volume } from '../src/main/imaging/volume'
import type { LabelledImage } from '../src/main/learning/trainingData'
import { makePhantom } from '../src/main/phantom/phantom'
import { defaultOrgans } from './defaultModelOrgans'

/** The abdomens that the default model is made from, as the public data has them, and the phantoms beside them. */

export const abdomenSchema = schemaNamed('flare23')
const organIds = new Set(defaultOrgans.map((name) => structureNamed(abdomenSchema, name).id))
const lesion = structureNamed(abdomenSchema, 'lesion').id

const zipOf = (data: string, name: string): string => join(data, 'abdomen', `${name}.zip`)

/** The first series of a zip archive under `data`/abdomen. */
export async function ctNamed(data: string, name: string): Promise<Volume> {
  const { volumes } = await readImages([zipOf(data, name)], unwatched)
  return toCanonical(volumes[0].volume, 'CT').volume
}

/**
 * Stomach and duodenum as one, as the planner of pancreas-ct-cb-001 drew them: 1 inside.
 * @throws Error where the contours are not there
 */
export async function plannersContours(data: string): Promise<LabelMap> {
  const path = zipOf(data, 'pancreas-ct-cb-001')
  const { volumes } = await readImages([path], unwatched)
  const entries = unzipSync(readFileSync(path), { filter: ({ name }) => /rtstruct\/.*\.dcm$/i.test(name) })
  const drawn = Object.entries(entries)
    .flatMap(([name, bytes]) => parseContours(bytes, name))
    .find(({ name }) => name === 'Stomach_duo_planCT')
  if (!drawn) throw new Error(`${path} holds no Stomach_duo_planCT`)
  return reorient(rasterise(drawn, volumes[0].volume), 'RAS')
}

/** The lowest and the highest slice that a mask of ones reaches. */
export function slicesOf({ data: mask, dims }: LabelMap): [number, number] {
  const size = dims[0] * dims[1]
  const filled = Array.from({ length: dims[2] }, (_, k) => k).filter((k) =>
    mask.subarray(k * size, (k + 1) * size).includes(1),
  )
  return [filled[0], filled[filled.length - 1]]
}

/** TotalSegmentator's own labels of its example, as the schema's ids. */
export async function totalSegmentatorExample(data: string): Promise<LabelledImage> {
  const folder = join(data, 'abdomen', 'totalsegmentator-example')
  const rows = (await readFile(join(folder, 'flare13_from_total.csv'), 'utf8')).trim().split('\n').slice(1)
  const table = new Map(rows.map((row) => row.split(',').map(Number)).map(([flare, , total]) => [total, flare]))
  const image = toCanonical((await loadNifti(join(folder, 'example_ct.nii.gz'))).volume, 'CT').volume
  const source = reorient((await loadNifti(join(folder, 'example_ct_labels117.nii.gz'))).volume, 'RAS')
  const ids = Uint8Array.from(source.data, (value) => table.get(value) ?? BACKGROUND)
  return { image, labels: onlyOrgans({ ...source, data: ids }) }
}

/** Keeps the nine organs, and what is not annotated; what else was drawn becomes background. */
function onlyOrgans(labels: LabelMap): LabelMap {
  return { ...labels, data: labels.data.map((id) => (organIds.has(id) || id === NOT_ANNOTATED ? id : BACKGROUND)) }
}

/** A phantom at 2 x 2 x 3 mm. A lesion lies in an organ that the masks do not tell, so its voxels are ignored. */
export function abdomenPhantom(seed: number): LabelledImage {
  const { image, labels } = makePhantom({ seed, dims: [192, 160, 112], spacing: [2, 2, 3] })
  return {
    image,
    labels: onlyOrgans({ ...labels, data: labels.data.map((id) => (id === lesion ? NOT_ANNOTATED : id)) }),
  }
}
