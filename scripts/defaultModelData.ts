/**
 * Builds the data set that the default model is trained on, in nnU-Net's layout:
 *   node scripts/run.mjs scripts/defaultModelData.ts DATA OUT [PHANTOMS]
 * DATA holds the public CTs and the teacher (models/default/card.md names them). Cases already in OUT are kept, so an
 * interrupted run goes on. Nine organs are annotated in every case: those that the teacher knows. OUT/held-out gets the
 * one CT that training never sees, with the teacher's masks.
 */
import { access, mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { schemaNamed } from '../src/shared/labels/builtin'
import { BACKGROUND, NOT_ANNOTATED, structureNamed } from '../src/shared/labels/schema'
import { unwatched } from '../src/shared/progress'
import { writeFileAtomic } from '../src/main/imaging/atomicFile'
import { reorient, toCanonical } from '../src/main/imaging/canonical'
import { readImages } from '../src/main/imaging/import/readImages'
import { loadNifti, saveNifti } from '../src/main/imaging/nifti'
import type { LabelMap, Volume } from '../src/main/imaging/volume'
import { makePhantom } from '../src/main/phantom/phantom'
import { loadModel, type Model } from '../src/main/segmentation/model'
import { openNetwork } from '../src/main/segmentation/network'
import { segment } from '../src/main/segmentation/segment'
import { defaultOrgans } from './defaultModelOrgans'

const schema = schemaNamed('flare23')
const organIds = new Set(defaultOrgans.map((name) => structureNamed(schema, name).id))

/** CTs that get the teacher's masks. The portal-phase one is never trained on. */
const taught = ['pancreas-ct-cb-001', 'hcc-007-late-phase', 'cptac-pda-c3l-00189']
const heldOut = 'hcc-009-portal'

const [data, out, phantoms = '60'] = process.argv.slice(2)
if (!data || !out) {
  console.error('usage: node scripts/run.mjs scripts/defaultModelData.ts DATA OUT [PHANTOMS]')
  process.exit(2)
}

interface LabelledCase {
  readonly image: Volume
  readonly labels: LabelMap
}

async function addCase(folder: string, id: string, make: () => Promise<LabelledCase>): Promise<void> {
  const labelPath = join(folder, 'labelsTr', `${id}.nii.gz`)
  const done = await access(labelPath).then(
    () => true,
    () => false,
  )
  if (done) return
  const { image, labels } = await make()
  await mkdir(join(folder, 'imagesTr'), { recursive: true })
  await mkdir(join(folder, 'labelsTr'), { recursive: true })
  await saveNifti(join(folder, 'imagesTr', `${id}_0000.nii.gz`), image)
  await saveNifti(labelPath, labels)
  console.error(`${id}: ${image.dims.join(' x ')}`)
}

const teacher: Model = await loadModel(join(data, 'teachers', 'abdomen9-obelisk'))

async function teach(name: string): Promise<LabelledCase> {
  const { volumes } = await readImages([join(data, 'abdomen', `${name}.zip`)], unwatched)
  const image = toCanonical(volumes[0].volume).volume
  const network = await openNetwork(teacher)
  try {
    return { image, labels: (await segment(image, teacher, { network })).labels }
  } finally {
    await network.close()
  }
}

/** TotalSegmentator's own labels of its example, as the schema's ids. */
async function totalSegmentatorExample(): Promise<LabelledCase> {
  const folder = join(data, 'abdomen', 'totalsegmentator-example')
  const rows = (await readFile(join(folder, 'flare13_from_total.csv'), 'utf8')).trim().split('\n').slice(1)
  const table = new Map(rows.map((row) => row.split(',').map(Number)).map(([flare, , total]) => [total, flare]))
  const image = toCanonical((await loadNifti(join(folder, 'example_ct.nii.gz'))).volume).volume
  const source = reorient((await loadNifti(join(folder, 'example_ct_labels117.nii.gz'))).volume, 'RAS')
  const ids = Uint8Array.from(source.data, (value) => table.get(value) ?? BACKGROUND)
  return { image, labels: onlyOrgans({ ...source, data: ids }, BACKGROUND) }
}

/** Keeps the nine organs; what else was drawn becomes `other`. */
function onlyOrgans(labels: LabelMap, other: number): LabelMap {
  return { ...labels, data: labels.data.map((id) => (id === BACKGROUND || organIds.has(id) ? id : other)) }
}

const lesion = structureNamed(schema, 'lesion').id

/** A phantom at 2 x 2 x 3 mm. A lesion lies in an organ that the masks do not tell, so its voxels are ignored. */
function phantom(seed: number): LabelledCase {
  const { image, labels } = makePhantom({ seed, dims: [192, 160, 112], spacing: [2, 2, 3] })
  const ignored = labels.data.map((id) => (id === lesion ? NOT_ANNOTATED : id))
  return {
    image,
    labels: onlyOrgans(
      { ...labels, data: ignored.map((id) => (organIds.has(id) || id === NOT_ANNOTATED ? id : BACKGROUND)) },
      BACKGROUND,
    ),
  }
}

for (const name of taught) await addCase(out, name, () => teach(name))
await addCase(out, 'totalsegmentator-example', totalSegmentatorExample)
await addCase(join(out, 'held-out'), heldOut, () => teach(heldOut))
for (let seed = 1; seed <= Number(phantoms); seed++) {
  await addCase(out, `phantom-${String(seed).padStart(4, '0')}`, async () => phantom(seed))
}
const labels = Object.fromEntries([
  ['background', BACKGROUND],
  ...defaultOrgans.map((name) => [name, structureNamed(schema, name).id]),
])
const description = { schema: schema.name, channel_names: { '0': 'CT' }, labels, file_ending: '.nii.gz' }
for (const folder of [out, join(out, 'held-out')]) {
  await writeFileAtomic(join(folder, 'dataset.json'), JSON.stringify(description, null, 2))
}
