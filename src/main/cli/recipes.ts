import { readFile } from 'node:fs/promises'
import { EmendError, oneLine } from '../../shared/errors'
import type { LabelSchema } from '../../shared/labels/schema'
import { fingerprintOf } from '../learning/planning/fingerprint'
import { planFor } from '../learning/planning/plan'
import { hasRecipeFor, recipeForSchema, recipeNamed, type Preset } from '../learning/presets'
import { parseRecipe, type Recipe } from '../learning/recipe'
import { readCheckpoint } from '../learning/runFiles'
import type { CaseSource } from '../learning/trainingData'
import { memoryAtHand } from '../learning/memory'
import type { Terminal } from './terminal'

/** What a recipe is planned from, where none is known. */
interface Planning {
  readonly schema: LabelSchema
  readonly cases: readonly CaseSource[]
  /** Folder of the run to go on with, whose recipe was planned before. */
  readonly resumed: string | null
}

/** The recipe that was named; without a name what ships for the schema, else, and with the name 'auto', a planned one. */
export async function recipeOf(
  given: string | undefined,
  preset: Preset,
  { schema, cases, resumed }: Planning,
  terminal: Terminal,
): Promise<Recipe> {
  if (given === undefined && hasRecipeFor(schema.name)) return recipeForSchema(schema.name, preset)
  if (given !== undefined && given !== 'auto') {
    return /\.json$/i.test(given) ? readRecipe(given) : recipeNamed(given, preset)
  }
  // Planned anew, it might differ: another amount of memory is free now.
  const former = resumed === null ? null : await readCheckpoint(resumed)
  if (former) return parseRecipe(former.record.recipe, `of the run in ${resumed}`)
  const { recipe } = planFor(await fingerprintOf(cases, terminal.work()), schema, { preset, memory: memoryAtHand() })
  terminal.note(`planned: patch ${recipe.patch.join(' x ')}, batch ${recipe.batch}`)
  return recipe
}

/** A recipe of the user's own. @throws EmendError where the file cannot be read, or is no recipe. */
export async function readRecipe(path: string): Promise<Recipe> {
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    throw new EmendError(`the recipe ${path} cannot be read: ${oneLine(error)}`)
  })
  try {
    return parseRecipe(JSON.parse(text), path)
  } catch (error) {
    if (error instanceof SyntaxError) throw new EmendError(`the recipe ${path} is not JSON: ${oneLine(error)}`)
    throw error
  }
}
