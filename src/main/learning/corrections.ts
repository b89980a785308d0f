import { join } from 'node:path'
import * as v from 'valibot'
import type { CaseRow, LearningPlan } from '../../shared/contract'
import { EmendError, oneLine } from '../../shared/errors'
import { schemaNamed } from '../../shared/labels/builtin'
import { structureNamed, type LabelSchema } from '../../shared/labels/schema'
import { unwatched, type Work } from '../../shared/progress'
import { getCase, listCases } from '../library/cases'
import type { Library } from '../library/library'
import { currentModel, modelReference, type ModelVersion } from '../library/models'
import { readSetting } from '../library/settingsTable'
import { librarySchema } from '../library/structures'
import { loadModel, modelId, type Model } from '../segmentation/model'
import type { CycleFile } from './cycleFile'
import { grownHoldOut, type VerifiedIn } from './holdOutGrowth'
import { libraryHoldOut, verifiedCases, type VerifiedCase } from './libraryCases'
import { firstHoldOutSeed, PHANTOM_SCHEMA, phantomCases } from './phantomCases'
import { forCorrections, parseRecipe, type Recipe } from './recipe'
import type { CaseSource, HoldOutCases } from './trainingData'

export interface CorrectionOptions {
  /** Steps to train; as many as the model's recipe says where left out. */
  readonly steps?: number
  /** Phantoms that are replayed beside the corrections, and phantoms scored on where the library has no hold-out. */
  readonly phantoms?: { readonly replayed: readonly number[]; readonly heldOut: readonly number[] }
}

/** All that one turn of the learning cycle works with. */
export interface Corrections {
  readonly version: ModelVersion
  readonly current: Model
  readonly recipe: Recipe
  /** The library's whole schema. */
  readonly whole: LabelSchema
  /** It with the structures that the network learns, in the order of its channels. */
  readonly schema: LabelSchema
  readonly verified: readonly VerifiedCase[]
  readonly holdOut: HoldOutCases
  readonly replayed: readonly CaseSource[]
  /** The library's cases that are scored on, and those of them that become part of the hold-out only now. */
  readonly held: readonly VerifiedCase[]
  readonly grown: readonly string[]
}

/** Replayed phantoms lie below the hold-out's seeds and above what training sets use. */
const defaultPhantoms = {
  replayed: [0, 1].map((n) => 800_000_000 + n),
  heldOut: [0, 1, 2].map((n) => firstHoldOutSeed + n),
}

/**
 * Finds what the library's current model can learn from now, without reading a voxel.
 * @throws EmendError where there is no model that can be trained on, nothing verified, or nothing to score on.
 */
export async function gatherCorrections(
  library: Library,
  options: CorrectionOptions = {},
  work: Work = unwatched,
): Promise<Corrections> {
  const version = currentModel(library)
  if (!version) throw new EmendError('there is no model to train on', { hint: 'choose one under Learning' })
  const current = await loadModel(version.folder)
  const recipe = correctionRecipe(current, options.steps)
  const whole = librarySchema(library, current.manifest.schema)
  const rows = listCases(library)
  const grown = growingHoldOut(library, rows, current, learnedSchema(whole, current, rows))
  const settled = rows.map((row) => (grown.includes(row.id) ? { ...row, role: 'hold-out' as const } : row))
  const schema = learnedSchema(whole, current, settled)
  const verified = verifiedCases(settled, 'work', schema)
  if (verified.length === 0) {
    throw new EmendError('there is nothing to learn from yet', {
      hint: 'accept or correct at least one structure of one case',
    })
  }
  const held = heldCases(settled, current, schema)
  const holdOut = chooseHoldOut(library, held, current, schema, options, work)
  const replayed = replayedPhantoms(library, schema, options, work)
  return { version, current, recipe, whole, schema, verified, holdOut, replayed, held, grown }
}

/**
 * What a turn that was begun works with: the model, cases and labels that it wrote down, whatever the library holds now.
 * @throws EmendError where its model or a case is gone
 */
export async function resumeCorrections(
  library: Library,
  version: ModelVersion,
  file: CycleFile,
  options: CorrectionOptions = {},
  work: Work = unwatched,
): Promise<Corrections> {
  const current = await loadModel(version.folder)
  const recipe = correctionRecipe(current, file.steps ?? options.steps)
  const whole = librarySchema(library, current.manifest.schema)
  const asWritten = ({
    id,
    revision,
    verified,
  }: {
    id: string
    revision: string
    verified: string[]
  }): VerifiedCase => {
    return { row: getCase(library, id), revision, verified }
  }
  const verified = file.cases.map(({ statuses, ...written }): VerifiedCase => {
    const { row, ...rest } = asWritten(written)
    return { ...rest, row: { ...row, statuses, role: 'work' } }
  })
  const schema = learnedSchema(whole, current, verified.map(({ row }) => row)) // prettier-ignore
  const held = (file.holdOut ?? []).map(asWritten)
  const holdOut = chooseHoldOut(library, held, current, schema, options, work)
  const replayed = replayedPhantoms(library, schema, options, work)
  return { version, current, recipe, whole, schema, verified, holdOut, replayed, held, grown: [] }
}

/** Share of each structure's verified cases that are held out. */
const HOLD_OUT_SHARE = 0.2

/** The cases that the hold-out grows by in the next turn. */
function growingHoldOut(library: Library, rows: readonly CaseRow[], model: Model, schema: LabelSchema): string[] {
  const share = readSetting(library, 'holdOutShare', v.pipe(v.number(), v.minValue(0), v.maxValue(0.9)))
  const verifiedIn = (role: CaseRow['role']): VerifiedIn[] =>
    verifiedCases(rows, role, schema).map(({ row, verified }) => ({ id: row.id, structures: verified }))
  const learned = new Set(model.manifest.provenance.cases.map(({ id }) => id))
  return grownHoldOut(verifiedIn('work'), verifiedIn('hold-out'), learned, share ?? HOLD_OUT_SHARE)
}

/** The hold-out's verified cases that the model has not learned from. */
function heldCases(rows: readonly CaseRow[], model: Model, schema: LabelSchema): VerifiedCase[] {
  const learned = new Set(model.manifest.provenance.cases.map((c) => c.id))
  return verifiedCases(rows, 'hold-out', schema).filter((c) => !learned.has(c.row.id))
}

/** What a turn of the cycle would use now, to be shown before it starts: the very choice that the turn makes. */
export async function planCorrections(library: Library): Promise<LearningPlan> {
  const version = currentModel(library)
  const model = version && modelReference(version)
  try {
    const { recipe, verified, holdOut } = await gatherCorrections(library)
    return {
      cases: verified.map(({ row, verified }) => ({ id: row.id, title: row.title, verified: [...verified] })),
      holdOut: holdOut.cases.map((c) => c.id),
      model,
      steps: recipe.length.unit === 'steps' ? recipe.length.steps : 0,
      obstacle: null,
    }
  } catch (error) {
    if (!(error instanceof EmendError)) throw error
    return { cases: [], holdOut: [], model, steps: 0, obstacle: oneLine(error) }
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

/**
 * What the next version learns: what the model does, in the order of its channels, then what it has no channel for and
 * readers drew in some case at work. All others are background to it.
 */
function learnedSchema(whole: LabelSchema, { manifest }: Model, rows: readonly CaseRow[]): LabelSchema {
  const drawn = (name: string): boolean =>
    rows.some(({ role, schema, revision, statuses }) => {
      const isDrawn = statuses[name] === 'accepted' || statuses[name] === 'corrected'
      return isDrawn && role === 'work' && schema === whole.name && revision !== null
    })
  const known = manifest.channels.slice(1).map((name) => structureNamed(whole, name))
  const fresh = whole.structures.filter(({ name }) => !manifest.channels.includes(name) && drawn(name))
  return { ...whole, structures: [...known, ...fresh] }
}

function phantomFolder(library: Library): string {
  return join(library.root, 'phantoms')
}

function replayedPhantoms(library: Library, schema: LabelSchema, options: CorrectionOptions, work: Work): CaseSource[] {
  if (schema.name !== PHANTOM_SCHEMA) return []
  const { replayed } = options.phantoms ?? defaultPhantoms
  return phantomCases(phantomFolder(library), replayed, work).map((source) => knownOnly(source, schema))
}

/** Of what a site added, phantoms have nothing, and say nothing. */
function knownOnly(source: CaseSource, { structures }: LabelSchema): CaseSource {
  const shipped = schemaNamed(PHANTOM_SCHEMA).structures.map(({ name }) => name)
  return structures.every(({ name }) => shipped.includes(name)) ? source : { ...source, annotated: shipped }
}

function chooseHoldOut(
  library: Library,
  unseen: readonly VerifiedCase[],
  model: Model,
  schema: LabelSchema,
  options: CorrectionOptions,
  work: Work,
): HoldOutCases {
  if (unseen.length > 0) return libraryHoldOut(library, unseen)
  if (schema.name === PHANTOM_SCHEMA) {
    const { heldOut } = options.phantoms ?? defaultPhantoms
    const cases = phantomCases(phantomFolder(library), heldOut, work).map((source) => knownOnly(source, schema))
    return { name: `phantoms-${heldOut.length}`, cases }
  }
  throw new EmendError('there is nothing to score a new model on', {
    hint: `make some verified cases that ${modelReference(model.manifest)} has not learned from part of the hold-out`,
  })
}
