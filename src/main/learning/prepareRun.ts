import { EmendError } from '../../shared/errors'
import { NOT_ANNOTATED } from '../../shared/labels/schema'
import type { Work } from '../../shared/progress'
import type { Device } from '../graph/session'
import type { Volume } from '../imaging/volume'
import type { Model } from '../segmentation/model'
import { CaseMemory, mostCaseBytes } from './caseMemory'
import { contentOf, requireNoLeak, type Identity } from './holdOut'
import { prepareCase, seedsOf, type PreparedCase } from './preparedCase'
import type { Recipe } from './recipe'
import { inSharedMemory } from './sharedMemory'
import { likeliest, Teachers } from './teachers'
import type { ImageSize, TrainingData } from './trainingData'
import { prepareUnlabelled } from './unlabelled'

export interface PreparedRun {
  readonly prepared: readonly PreparedCase[]
  /** Empty where the recipe learns from labels alone. */
  readonly unlabelled: readonly PreparedCase[]
}

export interface PreparationOptions {
  readonly recipe: Recipe
  readonly channels: readonly string[]
  readonly teachers?: readonly Model[]
  readonly device?: Device
  readonly threads?: number
  /** Bytes that the steps will take beside the cases; the cases are not weighed where left out. */
  readonly stepBytes?: number
}

/**
 * Brings all that a run learns from onto the network's grid, with what its teachers say of it.
 * @throws EmendError where a case or an image is in the hold-out, the recipe wants what there is not, or the cases will not
 * fit into memory.
 */
export async function prepareRun(data: TrainingData, options: PreparationOptions, work: Work): Promise<PreparedRun> {
  const { recipe, channels } = options
  const sources = recipe.semi || recipe.distillation ? (data.unlabelled ?? []) : []
  requireSources(data, options, sources.length)
  const held: Identity[] = []
  const kept = [...(data.holdOut?.cases ?? []), ...(data.untouched ?? [])]
  const total = data.cases.length + kept.length + sources.length
  let done = 0
  const next = async (): Promise<void> => {
    await work.giveWay?.()
    work.signal.throwIfAborted()
    work.report({ phase: 'preparing', done: done++, total })
  }
  for (const source of kept) {
    await next()
    held.push({ id: source.id, content: contentOf((await source.load()).image) })
  }
  const all = [...data.cases, ...sources]
  const most = mostBytes(all, recipe, recipe.distillation ? channels.length : 0)
  const memory = options.stepBytes === undefined ? null : new CaseMemory(all.length, options.stepBytes, undefined, most)
  const teachers = recipe.distillation ? await Teachers.open(options.teachers ?? [], channels, options) : null
  // Each goes to shared memory at once, so that no case is ever held twice.
  const shared = (prepared: PreparedCase): PreparedCase => {
    memory?.add(prepared)
    return inSharedMemory(prepared)
  }
  const taught = async (prepared: PreparedCase, image: Volume): Promise<PreparedCase> => {
    // Where each voxel has a label, the loss never looks at what a teacher says.
    if (!teachers || !prepared.labels.includes(NOT_ANNOTATED)) return shared(prepared)
    const soft = await teachers.answers(image, prepared, work)
    const seeds = prepared.seeds.some((s) => s.length > 0)
      ? prepared.seeds
      : seedsOf(likeliest(soft, channels.length), channels.length)
    return shared({ ...prepared, soft, seeds })
  }
  try {
    const prepared: PreparedCase[] = []
    for (const source of data.cases) {
      await next()
      const labelled = await source.load()
      requireNoLeak([{ id: source.id, content: contentOf(labelled.image) }], held)
      prepared.push(await taught(prepareCase(source, labelled, recipe, data.schema, channels), labelled.image))
    }
    const unlabelled: PreparedCase[] = []
    for (const source of sources) {
      await next()
      const image = await source.load()
      requireNoLeak([{ id: source.id, content: contentOf(image) }], held)
      unlabelled.push(await taught(prepareUnlabelled(source, image, recipe, channels), image))
    }
    return { prepared, unlabelled }
  } finally {
    await teachers?.close()
  }
}

/** Bytes that cases take at most; infinite where the size of none is known. Of the others each counts as the mean. */
function mostBytes(cases: readonly { readonly size?: ImageSize }[], recipe: Recipe, taught: number): number {
  const known = cases.flatMap(({ size }) => (size ? [mostCaseBytes(size, recipe.preprocess, taught)] : []))
  return known.length === 0 ? Infinity : (known.reduce((a, b) => a + b, 0) / known.length) * cases.length
}

function requireSources(
  { cases }: TrainingData,
  { recipe, channels, teachers = [] }: PreparationOptions,
  unlabelled: number,
): void {
  if (recipe.semi && unlabelled === 0) {
    throw new EmendError(`the recipe ${recipe.name} learns from images without labels too, and there are none`, {
      hint: 'name their folder with --unlabeled, or take semi out of the recipe',
    })
  }
  if (!recipe.distillation) return
  if (teachers.length === 0) {
    throw new EmendError(`the recipe ${recipe.name} learns from teachers, and there are none`, {
      hint: 'use emend distill, or take distillation out of the recipe',
    })
  }
  if (cases.length + unlabelled === 0) throw new EmendError('there are no images to distil on')
  const unknown = channels.slice(1).find((name) => !teachers.some(({ manifest }) => manifest.channels.includes(name)))
  if (unknown === undefined || cases.some((c) => c.annotated === null || c.annotated.includes(unknown))) return
  throw new EmendError(`no teacher knows ${unknown}, and no case has it annotated`, {
    hint: 'leave it out with --structures',
  })
}
