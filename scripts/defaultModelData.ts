/**
 * Builds the data set that the default model is trained on, in nnU-Net's layout:
 *   node scripts/run.mjs scripts/defaultModelData.ts DATA OUT [PHANTOMS]
 * DATA holds the public CTs and the teacher (models/default/card.md names them). Cases already in OUT are kept, so an
 * interrupted run goes on. Nine organs are annotated in every case: those that the teacher knows. OUT/held-out gets the
 * one CT that training never sees, with the teacher's masks.
 */
import { access, mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { BACKGROUND, structureNamed } from '../src/shared/labels/schema'
import { writeFileAtomic } from '../src/main/imaging/atomicFile'
import { saveNifti } from '../src/main/imaging/nifti'
import type { LabelledImage } from '../src/main/learning/trainingData'
import { loadModel, type Model } from '../src/main/segmentation/model'
import { openNetwork } from '../src/main/segmentation/network'
import { segment } from '../src/main/segmentation/segment'
import { abdomenPhantom, abdomenSchema, ctNamed, totalSegmentatorExample } from './abdomenCases'
import { defaultOrgans } from './defaultModelOrgans'
import { holdOutNamed } from './experiment'

/** CTs that get the teacher's masks; the one held out is never trained on. */
const taught = ['pancreas-ct-cb-001', 'hcc-007-late-phase', 'cptac-pda-c3l-00189']
const [heldOut] = (await holdOutNamed('abdomen')).cases

const [data, out, phantoms = '60'] = process.argv.slice(2)
if (!data || !out) {
  console.error('usage: node scripts/run.mjs scripts/defaultModelData.ts DATA OUT [PHANTOMS]')
  process.exit(2)
}

async function addCase(folder: string, id: string, make: () => Promise<LabelledImage>): Promise<void> {
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

async function teach(name: string): Promise<LabelledImage> {
  const image = await ctNamed(data, name)
  const network = await openNetwork(teacher)
  try {
    return { image, labels: (await segment(image, teacher, { network })).labels }
  } finally {
    await network.close()
  }
}

for (const name of taught) await addCase(out, name, () => teach(name))
await addCase(out, 'totalsegmentator-example', () => totalSegmentatorExample(data))
await addCase(join(out, 'held-out'), heldOut, () => teach(heldOut))
for (let seed = 1; seed <= Number(phantoms); seed++) {
  await addCase(out, `phantom-${String(seed).padStart(4, '0')}`, () => Promise.resolve(abdomenPhantom(seed)))
}
const labels = Object.fromEntries([
  ['background', BACKGROUND],
  ...defaultOrgans.map((name) => [name, structureNamed(abdomenSchema, name).id]),
])
const description = { schema: abdomenSchema.name, channel_names: { '0': 'CT' }, labels, file_ending: '.nii.gz' }
for (const folder of [out, join(out, 'held-out')]) {
  await writeFileAtomic(join(folder, 'dataset.json'), JSON.stringify(description, null, 2))
}
