import { join } from 'node:path'
import { EmendError } from '../../shared/errors'
import type { LabelSchema } from '../../shared/labels/schema'
import { unwatched, type Work } from '../../shared/progress'
import type { Device } from '../graph/session'
import { listCases } from '../library/cases'
import { newId } from '../library/ids'
import type { Library } from '../library/library'
import { currentModel, modelReference, registerModel, type ModelVersion } from '../library/models'
import { libraryPaths } from '../library/paths'
import type { Scores } from '../segmentation/manifest'
import { loadModel, modelId, type Model } from '../segmentation/model'
import { segment } from '../segmentation/segment'
import { judge } from './gate'
import { fusedCase, libraryHoldOut, verifiedCases } from './libraryCases'
import { firstHoldOutSeed, PHANTOM_SCHEMA, phantomCases } from './phantomCases'
import { forCorrections, parseRecipe, type Recipe } from './recipe'
import { scoreModel, scoresOf } from './scoreModel'
import { train } from './train'
import type { CaseSource, HoldOutCases } from './trainingData'

export interface CycleOptions {
  readonly device?: Device
  readonly threads?: number
  /** Steps to train; as many as the model's recipe says where left out. */
  readonly steps?: number
  /** Phantoms that are replayed beside the corrections, and phantoms scored on where the library has no hold-out. */
  readonly phantoms?: { readonly replayed: readonly number[]; readonly heldOut: readonly number[] }
}

export interface CycleResult {
  /** The new version, in the library. */
  readonly model: ModelVersion
  readonly promoted: boolean
  /** One line: why it was promoted or kept out. */
  readonly verdict: string
  readonly before: Scores
  readonly after: Scores
  /** The library's cases that were learned from. */
  readonly cases: readonly string[]
  readonly holdOut: string
}

/** Replayed phantoms lie below the hold-out's seeds and above what training sets use. */
const defaultPhantoms = {
  replayed: [0, 1].map((n) => 800_000_000 + n),
  heldOut: [0, 1, 2].map((n) => firstHoldOutSeed + n),
}

/**
 * Turns what readers verified into the next version of the library's current model: verified structures, fused with the
 * model's own pseudo-labels of the rest, train it on for a few hundred steps; old and new version are scored on the
 * frozen hold-out; the new one becomes current only where the gate finds it no worse. Either way it is kept, with the
 * verdict.
 *
 * Against forgetting, every verified case of the library is learned from each time, and half of the samples are
 * phantoms where the model's schema has phantoms. The hold-out is the library's cases of that role that the model has
 * never learned from; where there are none, phantoms with fixed seeds, kept in the library's folder.
 *
 * @throws EmendError where there is no model that can be trained on, nothing verified, or nothing to score on; the
 * signal's reason where it was cancelled.
 */
export async function learnFromCorrections(
  library: Library,
  options: CycleOptions = {},
  work: Work = unwatched,
): Promise<CycleResult> {
  const version = currentModel(library)
  if (!version) throw new EmendError('there is no model to train on', { hint: 'choose one under Learning' })
  const current = await loadModel(version.folder)
  const recipe = correctionRecipe(current, options.steps)
  const schema = learnedSchema(current)

  const rows = listCases(library)
  const verified = verifiedCases(rows, 'work', schema)
  if (verified.length === 0) {
    throw new EmendError('there is nothing to learn from yet', {
      hint: 'accept or correct at least one structure of one case',
    })
  }
  const holdOut = chooseHoldOut(library, current, schema, options, work)
  const replayed = replayedPhantoms(library, schema, options, work)
  const weight = Math.max(1, Math.round(replayed.length / verified.length))

  const propose = proposer(current, options, work)
  const cases = [...verified.map((c) => fusedCase(library, c, schema, propose, weight)), ...replayed]
  const before = scoresOf(
    await scoreModel(current, holdOut.cases, { ...options, work: within(work, 'scoring the current model') }),
  )

  const out = libraryPaths.run(library.root, newId())
  const { name, title, licence, attribution } = current.manifest
  const trained = await train(
    { schema: current.schema, cases, holdOut },
    {
      recipe,
      seed: version.version,
      out,
      init: version.folder,
      structures: current.manifest.channels.slice(1),
      identity: { name, version: version.version + 1, title, licence, attribution },
      device: options.device,
      threads: options.threads,
    },
    work,
  )
  const after = trained.evaluation ? scoresOf(trained.evaluation) : {}
  const { promote, line } = judge(before, after)
  work.signal.throwIfAborted()
  const model = await registerModel(library, out, { promoted: promote, verdict: line })
  return {
    model,
    promoted: promote,
    verdict: line,
    before,
    after,
    cases: verified.map((c) => c.row.id),
    holdOut: holdOut.name,
  }
}

/** @throws EmendError where the model was not trained by Emend. */
function correctionRecipe(model: Model, steps?: number): Recipe {
  const { network, provenance } = model.manifest
  if (network.kind === 'foreign') {
    throw new EmendError(`${modelId(model)} cannot be trained on: its network was made elsewhere`, {
      hint: 'choose a model that Emend trained',
    })
  }
  const recipe = forCorrections(parseRecipe(provenance.recipe, `of ${modelId(model)}`))
  return steps === undefined ? recipe : { ...recipe, length: { unit: 'steps', steps } }
}

/** The model's schema with the structures that it learns: to it, all others are background. */
function learnedSchema({ schema, manifest }: Model): LabelSchema {
  return { ...schema, structures: schema.structures.filter((s) => manifest.channels.includes(s.name)) }
}

function phantomFolder(library: Library): string {
  return join(library.root, 'phantoms')
}

function replayedPhantoms(library: Library, schema: LabelSchema, options: CycleOptions, work: Work): CaseSource[] {
  if (schema.name !== PHANTOM_SCHEMA) return []
  const { replayed } = options.phantoms ?? defaultPhantoms
  return phantomCases(phantomFolder(library), replayed, work)
}

function chooseHoldOut(
  library: Library,
  model: Model,
  schema: LabelSchema,
  options: CycleOptions,
  work: Work,
): HoldOutCases {
  const learned = new Set(model.manifest.provenance.cases.map((c) => c.id))
  const unseen = verifiedCases(listCases(library), 'hold-out', schema).filter((c) => !learned.has(c.row.id))
  if (unseen.length > 0) return libraryHoldOut(library, unseen)
  if (schema.name === PHANTOM_SCHEMA) {
    const { heldOut } = options.phantoms ?? defaultPhantoms
    return { name: `phantoms-${heldOut.length}`, cases: phantomCases(phantomFolder(library), heldOut, work) }
  }
  throw new EmendError('there is nothing to score a new model on', {
    hint: `make some verified cases that ${modelReference(model.manifest)} has not learned from part of the hold-out`,
  })
}

/** What a model says of an image, for the structures that nobody verified. */
function proposer(model: Model, { device, threads }: CycleOptions, work: Work): Parameters<typeof fusedCase>[3] {
  return async (image) => {
    const quiet: Work = { report: () => undefined, signal: work.signal }
    return (await segment(image, model, { device, threads, work: quiet })).labels
  }
}

function within(work: Work, phase: string): Work {
  return { signal: work.signal, report: (progress) => work.report({ ...progress, phase }) }
}
