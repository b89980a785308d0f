import { createHash } from 'node:crypto'
import { mkdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { ownStructures } from '../../../shared/labels/builtin'
import { BACKGROUND, type LabelSchema } from '../../../shared/labels/schema'
import type { Statuses } from '../../../shared/labels/status'
import { secondsAtPace, unwatched, type Work } from '../../../shared/progress'
import type { Device } from '../../graph/session'
import { writeFileAtomic } from '../../imaging/atomicFile'
import { loadLabelMap } from '../../imaging/labelFile'
import { saveNifti } from '../../imaging/nifti'
import type { LabelMap, Volume } from '../../imaging/volume'
import { modelId, networkDigest, offeredStructures, type Model } from '../../segmentation/model'
import { openNetwork, type Network } from '../../segmentation/network'
import { fuseLabels } from '../fuse'
import { contentOf } from '../holdOut'
import { answerOf } from './answerOf'
import { cleanLabels, type Cleaned, type CleaningOptions } from './clean'
import { doubtsOf, type CaseDoubts } from './doubts'
import { joinAnswers } from './jointAnswer'
import { selectCases, type Choice, type Selection } from './select'

/** An image to label, with what a reader verified of it, where somebody did. */
export interface ImageToLabel {
  readonly id: string
  readonly load: () => Promise<{
    readonly image: Volume
    readonly verified: { readonly labels: LabelMap; readonly structures: readonly string[] } | null
  }>
}

export interface PseudoLabelOptions extends Selection {
  /** Folder of the data set to be. */
  readonly out: string
  /** Voxels that are less sure than this become 255; 1 where left out, which none are. */
  readonly leastSure?: number
  readonly cleaning: CleaningOptions
  readonly device?: Device
  readonly threads?: number
}

export interface PseudoLabelledCase extends Choice {
  readonly doubts: CaseDoubts
  /** null where the case was not kept. */
  readonly cleaned: Cleaned | null
}

export interface PseudoLabelResult {
  readonly folder: string
  readonly models: readonly string[]
  readonly cases: Readonly<Record<string, PseudoLabelledCase>>
}

/**
 * Labels images by one or more models, of Emend's or foreign, and writes those that are sure enough as a data set that
 * `train` takes: `imagesTr`, `labelsTr`, `dataset.json` with what each case counts as annotated, and `pseudo-labels.json` with
 * the doubts. What readers verified wins over what models say. `uncertainty/CASE.nii.gz` has 0 to 100 a voxel.
 *
 * What the models say is kept under `joint/`: started again with the same networks, structures and image, only selection and
 * cleaning are done anew.
 * @throws EmendError where a model or image cannot be used; the signal's reason where it was cancelled.
 */
export async function makePseudoLabels(
  images: readonly ImageToLabel[],
  models: readonly Model[],
  schema: LabelSchema,
  options: PseudoLabelOptions,
  work: Work = unwatched,
): Promise<PseudoLabelResult> {
  const { out } = options
  for (const part of ['imagesTr', 'labelsTr', 'joint', 'uncertainty']) await mkdir(join(out, part), { recursive: true })
  const ids = models.map((model) => modelId(model))
  const doubts = await askModels(images, models, schema, options, work)
  const choices = selectCases(doubts, schema, options)
  const cases: Record<string, PseudoLabelledCase> = {}
  const annotated: Record<string, string[]> = {}
  const offered = new Set(models.flatMap((model) => offeredStructures(model).map((s) => s.name)))
  for (const [done, source] of images.entries()) {
    work.signal.throwIfAborted()
    work.report({ phase: 'writing', done, total: images.length })
    const choice = choices[source.id]
    const imagePath = join(out, 'imagesTr', `${source.id}_0000.nii.gz`)
    const labelPath = join(out, 'labelsTr', `${source.id}.nii.gz`)
    if (!choice.kept) {
      await Promise.all([imagePath, labelPath].map((path) => rm(path, { force: true })))
      cases[source.id] = { ...choice, doubts: doubts[source.id], cleaned: null }
      continue
    }
    const { image, verified } = await source.load()
    const joint = await loadLabelMap(join(out, 'joint', `${source.id}.nii.gz`))
    erase(joint, schema, choice.erased)
    const cleaned = cleanLabels(joint, image, schema, options.cleaning)
    if (options.leastSure !== undefined) await hideUnsure(joint, source.id, out, options.leastSure)
    const data = fuseLabels({
      schema,
      verified: verified?.labels.data ?? new Uint8Array(joint.data.length),
      statuses: statusesOf(choice, verified?.structures ?? []),
      pseudo: [joint.data],
      lesionsOverOrgans: true,
    })
    await saveNifti(labelPath, { ...joint, data })
    await saveNifti(imagePath, image)
    annotated[source.id] = schema.structures
      .map((s) => s.name)
      .filter((name) => verified?.structures.includes(name) || (offered.has(name) && !choice.rejected.includes(name)))
    cases[source.id] = { ...choice, doubts: doubts[source.id], cleaned }
  }
  const labels = Object.fromEntries([['background', 0], ...schema.structures.map(({ name, id }) => [name, id])])
  const own = ownStructures(schema)
  const structures = own.length > 0 ? { structures: own } : {}
  await writeJson(join(out, 'dataset.json'), { schema: schema.name, ...structures, labels, annotated })
  await writeJson(join(out, 'pseudo-labels.json'), { models: ids, cases })
  return { folder: out, models: ids, cases }
}

/** What the models say of every image, as `joint/` and `uncertainty/`, and how sure of it they are. */
async function askModels(
  images: readonly ImageToLabel[],
  models: readonly Model[],
  schema: LabelSchema,
  { out, device, threads }: PseudoLabelOptions,
  work: Work,
): Promise<Record<string, CaseDoubts>> {
  const question = JSON.stringify([await Promise.all(models.map(networkDigest)), schema.structures])
  const doubts: Record<string, CaseDoubts> = {}
  const networks: Network[] = []
  const started = performance.now()
  let answered = 0
  try {
    for (const [done, source] of images.entries()) {
      work.signal.throwIfAborted()
      const secondsLeft = secondsAtPace(started, answered, answered + images.length - done)
      work.report({ phase: 'labelling', done, total: images.length, secondsLeft })
      const path = join(out, 'joint', `${source.id}.json`)
      const { image } = await source.load()
      const asked = createHash('sha256').update(question).update(contentOf(image)).digest('hex')
      const known = await readFile(path, 'utf8').catch(() => null)
      const kept = known === null ? null : (JSON.parse(known) as { asked: string; doubts: CaseDoubts })
      if (kept?.asked === asked) {
        doubts[source.id] = kept.doubts
        continue
      }
      if (networks.length === 0)
        for (const model of models) networks.push(await openNetwork(model, { device, threads }))
      const answers = []
      for (const [n, model] of models.entries()) {
        answers.push(await answerOf(image, model, networks[n], schema, work.signal))
      }
      const joint = joinAnswers(answers, schema)
      doubts[source.id] = doubtsOf(answers, joint, schema)
      const grid = { dims: image.dims, affine: image.affine }
      await saveNifti(join(out, 'joint', `${source.id}.nii.gz`), { ...grid, data: joint.labels })
      const percent = Uint8Array.from(joint.uncertainty, (share) => Math.round(100 * share))
      await saveNifti(join(out, 'uncertainty', `${source.id}.nii.gz`), { ...grid, data: percent })
      // Written last: with it the case is done.
      await writeJson(path, { asked, doubts: doubts[source.id] })
      answered++
    }
  } finally {
    for (const network of networks) await network.close()
  }
  return doubts
}

function erase({ data }: LabelMap, schema: LabelSchema, names: readonly string[]): void {
  const ids = new Set(schema.structures.filter((s) => names.includes(s.name)).map((s) => s.id))
  if (ids.size === 0) return
  for (let at = 0; at < data.length; at++) if (ids.has(data[at])) data[at] = BACKGROUND
}

async function hideUnsure({ data }: LabelMap, id: string, out: string, leastSure: number): Promise<void> {
  const percent = (await loadLabelMap(join(out, 'uncertainty', `${id}.nii.gz`))).data
  for (let at = 0; at < data.length; at++) if (percent[at] > 100 * (1 - leastSure)) data[at] = 255
}

function statusesOf({ rejected }: Choice, verified: readonly string[]): Statuses {
  return Object.fromEntries([
    ...rejected.map((name) => [name, 'rejected'] as const),
    ...verified.map((name) => [name, 'corrected'] as const),
  ])
}

const writeJson = (path: string, value: unknown): Promise<void> =>
  writeFileAtomic(path, `${JSON.stringify(value, null, 2)}\n`)
