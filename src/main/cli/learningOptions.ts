import * as v from 'valibot'
import { EmendError, oneLine } from '../../shared/errors'
import { structureNamed, type LabelSchema } from '../../shared/labels/schema'
import { ModelName } from '../../shared/modelCard'
import type { TrainOptions } from '../learning/train'
import { readDataset } from '../learning/dataset'
import { splitFold, type Fold } from '../learning/folds'
import { readHoldOut, splitHoldOut } from '../learning/holdOut'
import { withLength, type Recipe } from '../learning/recipe'
import type { TrainingData } from '../learning/trainingData'
import { recipeOf } from './recipes'
import type { RunChoices } from './runOptions'
import type { Terminal } from './terminal'
import { listOf, required, UsageError, wholeNumber } from './verb'

/** What a run is asked for that learns structures from labels, beside `runOptions`. */
export const learningOptions = {
  data: { type: 'string' },
  init: { type: 'string' },
  coarse: { type: 'string' },
  structures: { type: 'string' },
  unlabeled: { type: 'string' },
  name: { type: 'string' },
} as const

export const learningHelp = `  --coarse DIR         a model that looks first wherever the trained one is used: it becomes part of the model (that of the
                       model to start from, without it)
  --schema NAME        label schema; without it the one that dataset.json names, or that its labels make
  --structures a,b,c   what to learn; the whole schema, without it
  --hold-out FILE      cases never trained on, one id a line or JSON; the model is scored on them`

interface Given {
  readonly data?: string
  readonly recipe?: string
  readonly schema?: string
  readonly structures?: string
  readonly 'hold-out'?: string
  readonly folds?: string
  readonly fold?: string
}

export interface LearningChoices {
  /** The data set's folder. */
  readonly folder: string
  readonly data: Pick<TrainingData, 'schema' | 'cases' | 'holdOut' | 'untouched'>
  /** The part of a cross-validation that was asked for: then it is what is held out and scored on. */
  readonly fold?: Fold
  /** As it was named or planned, as long as it was asked for. */
  readonly recipe: Recipe
  readonly structures: TrainOptions['structures']
}

/** @throws EmendError where the data set, the list of cases held out or the recipe cannot be used */
export async function learningChoices(given: Given, run: RunChoices, terminal: Terminal): Promise<LearningChoices> {
  const folder = required(given.data, 'data')
  const { schema, cases } = await readDataset(folder, { schema: given.schema })
  const frozen = given['hold-out']
    ? splitHoldOut(cases, await readHoldOut(given['hold-out']))
    : { training: cases, holdOut: null }
  const fold = foldOf(given, run.seed)
  const { training, holdOut } = fold ? splitFold(frozen.training, fold) : frozen
  const planning = { schema, cases: training, resumed: run.resume ? run.out : null }
  const recipe = await recipeOf(given.recipe, run.preset, planning, terminal)
  return {
    folder,
    data: { schema, cases: training, holdOut, untouched: fold ? frozen.holdOut?.cases : undefined },
    fold,
    recipe: run.length ? withLength(recipe, run.length) : recipe,
    structures: given.structures === undefined ? undefined : known(listOf(given.structures), schema),
  }
}

function foldOf({ folds, fold }: Given, seed: number): Fold | undefined {
  if (folds === undefined && fold === undefined) return undefined
  if (folds === undefined || fold === undefined) throw new UsageError('--folds and --fold belong together')
  const asked = { folds: wholeNumber(folds, 'folds', 2), fold: wholeNumber(fold, 'fold', 1), seed }
  if (asked.fold > asked.folds) throw new UsageError(`--fold ${asked.fold}: there are ${asked.folds} folds`)
  return asked
}

/** @throws UsageError where it is no name that files and lists can bear */
export function modelName(name: string): string {
  if (!v.is(ModelName, name)) {
    throw new UsageError(`--name ${name}: it is made of lower case letters, digits, '.' and '-'`)
  }
  return name
}

function known(names: string[], schema: LabelSchema): string[] {
  try {
    return names.map((name) => structureNamed(schema, name).name)
  } catch (error) {
    throw new EmendError(oneLine(error), { cause: error })
  }
}
