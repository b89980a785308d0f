import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import * as v from 'valibot'
import { EmendError, oneLine } from '../../shared/errors'
import { fileFault } from '../../shared/fileFault'
import {
  ModelCard,
  type ModelStory,
  type RecipeRow,
  type RunCurves,
  type UnprovenStructure,
} from '../../shared/modelCard'
import { writeFileAtomic } from '../imaging/atomicFile'
import { listModels, modelReference } from '../library/models'
import type { Library } from '../library/library'
import { libraryPaths } from '../library/paths'
import { loadModel, modelId } from '../segmentation/model'
import { folderAtWork, unfinishedRun, type CycleFile } from './cycleFile'
import type { CaseScoresByName } from './contradictions'
import type { PairedVerdict } from './gate'
import { bootstrapMean } from './metrics/bootstrap'
import { parseRecipe, type Recipe } from './recipe'
import { recipeRows } from './recipeRows'
import { readDscCurve, readTrainingCurve } from './runFiles'

/** At most so many cases are named, the worst ones. */
const WORST = 20

type LearnedCase = Readonly<Record<'id' | 'revision', string>> & { readonly verified: readonly string[] }

/** The card of a model that a turn of the cycle made. */
export function cardOf(
  library: Library,
  file: Pick<CycleFile, 'startedAt' | 'startedBy' | 'seed' | 'verified' | 'leftOut'> & {
    /** null where it came from none. */
    readonly base: string | null
    readonly cases: readonly LearnedCase[]
  },
  made: {
    readonly recipe: string
    readonly steps: number
    readonly holdOut: { readonly name: string; readonly cases: readonly string[] }
    readonly replayed: number
    readonly before: CaseScoresByName
    readonly after: CaseScoresByName
    readonly verdict: PairedVerdict
    /** What computed it. */
    readonly compute: { readonly device?: string; readonly threads?: number }
    readonly unproven?: readonly UnprovenStructure[]
    readonly distillation?: ModelCard['distillation']
    readonly teaches?: string
  },
): ModelCard {
  const { before, after, verdict } = made
  const structures = [...new Set(Object.values(after).flatMap((scores) => Object.keys(scores)))]
  const worst = Object.entries(after)
    .flatMap(([id, scores]) =>
      Object.entries(scores).map(([structure, { dsc }]) => {
        return { case: id, structure, dsc, before: before[id]?.[structure]?.dsc ?? null }
      }),
    )
    .sort((a, b) => a.dsc - b.dsc)
  return {
    format: 'emend-card/1',
    startedAt: file.startedAt,
    startedBy: file.startedBy,
    parents: ancestors(library, file.base),
    cases: file.cases.map(({ id, revision, verified }) => ({ id, revision, verified: [...verified] })),
    verified: file.verified,
    ...(file.leftOut && { leftOut: file.leftOut }),
    replayed: made.replayed,
    holdOut: { name: made.holdOut.name, cases: [...made.holdOut.cases] },
    recipe: made.recipe,
    seed: file.seed,
    steps: made.steps,
    machine: { device: made.compute.device ?? 'cpu', threads: made.compute.threads ?? null },
    verdict: verdict.line,
    ...(made.distillation && { distillation: made.distillation }),
    ...(made.teaches !== undefined && { teaches: made.teaches }),
    structures: structures.map((structure) => {
      const values = Object.values(after).flatMap((scores) => (scores[structure] ? [scores[structure].dsc] : []))
      const judged = verdict.changes.find((one) => one.structure === structure)
      const dsc = bootstrapMean(values, { seed: file.seed })
      return { structure, cases: values.length, dsc, gain: judged?.change ?? null, margin: judged?.margin }
    }),
    ...(made.unproven && made.unproven.length > 0 && { unproven: [...made.unproven] }),
    worst: worst.slice(0, WORST),
    contradictions: verdict.contradictions.slice(0, WORST),
  }
}

/** A model and those that it came from, the nearest first. */
function ancestors(library: Library, reference: string | null): string[] {
  const parents = new Map(listModels(library).map((model) => [modelReference(model), model.parent]))
  const line: string[] = []
  for (let at = reference; at !== null && !line.includes(at); at = parents.get(at) ?? null) line.push(at)
  return line
}

export async function writeCard(folder: string, card: ModelCard): Promise<void> {
  await writeFileAtomic(join(folder, 'card.json'), `${JSON.stringify(card, null, 2)}\n`)
}

/** The card of a model in the library; null where no cycle made it. @throws EmendError where it is damaged */
export async function readCard(library: Library, name: string, version: number): Promise<ModelCard | null> {
  const path = join(libraryPaths.model(library.root, name, version), 'card.json')
  let value: unknown
  try {
    value = JSON.parse(await readFile(path, 'utf8'))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null
    throw new EmendError(`the model's card ${path} cannot be read: ${oneLine(error)}`, { cause: error })
  }
  const result = v.safeParse(ModelCard, value)
  if (result.success) return result.output
  const { what, hint } = fileFault(value, result.issues, 'emend-card/1')
  throw new EmendError(`the model's card ${path} cannot be read: ${what}`, { hint })
}

/**
 * All that is on record of a model in the library: its card, how its training went, and by which recipe.
 * @throws EmendError where its card is damaged
 */
export async function readModelStory(library: Library, name: string, version: number): Promise<ModelStory> {
  const folder = libraryPaths.model(library.root, name, version)
  const card = await readCard(library, name, version)
  return {
    card,
    curve: await readTrainingCurve(folder),
    dsc: await readDscCurve(folder),
    recipe: [...recipeRows(await recipeOf(folder), card), ...(await coarseRow(folder))],
  }
}

/** What looks first, where something does; nothing of a model that cannot be read. */
async function coarseRow(folder: string): Promise<RecipeRow[]> {
  const coarse = await loadModel(folder).then(
    (model) => model.coarse,
    () => null,
  )
  return coarse ? [{ name: 'Looks first', value: `${modelId(coarse)}, ${coarse.manifest.title}` }] : []
}

/** The curves of the library's run under way, as far as they are written; null where none is. */
export async function runningCurves(library: Library): Promise<RunCurves | null> {
  const run = unfinishedRun(library)
  if (!run) return null
  const folder = folderAtWork(run)
  const training = await readTrainingCurve(folder)
  return training && { training, dsc: await readDscCurve(folder) }
}

/** null where a model was not trained by a recipe that this Emend knows. */
async function recipeOf(folder: string): Promise<Recipe | null> {
  try {
    return parseRecipe(JSON.parse(await readFile(join(folder, 'recipe.json'), 'utf8')), folder)
  } catch {
    return null
  }
}
