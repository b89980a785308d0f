import { readFile } from 'node:fs/promises'
import { EmendError, oneLine } from '../../shared/errors'
import { structureNamed, type LabelSchema } from '../../shared/labels/schema'
import { readDataset } from '../learning/dataset'
import { readHoldOut, splitHoldOut } from '../learning/holdOut'
import { fingerprintOf } from '../learning/planning/fingerprint'
import { planFor } from '../learning/planning/plan'
import { hasRecipeFor, presets, recipeForSchema, recipeNamed, type Preset } from '../learning/presets'
import { defaultSemi, parseRecipe, withLength, type Recipe } from '../learning/recipe'
import { describeInherited } from '../learning/startingWeights'
import { readCheckpoint } from '../learning/runFiles'
import { train as trainModel, type TrainResult } from '../learning/train'
import { besidePseudo, type CaseSource } from '../learning/trainingData'
import { unlabelledImages } from '../learning/unlabelled'
import { chooseDevice, DEVICES } from './devices'
import { memoryAtHand } from './plan'
import { table, type Terminal } from './terminal'
import { listOf, oneOf, parseVerb, positiveNumber, required, UsageError, wholeNumber, type Verb } from './verb'

export const train: Verb = {
  summary: 'a network from labelled images',
  usage:
    'train --data DIR --out DIR [--init DIR] [--recipe NAME|FILE.json] [--preset tiny|site|paper] [--steps N|--minutes N] [--pseudo DIR] [--unlabeled DIR] [--hold-out FILE] [--resume] [--json]',
  help: `Trains a network on a data set in nnU-Net's layout (imagesTr, labelsTr, dataset.json), which may say per case
which structures are annotated, and writes it as a model folder that segment --model takes.

  --data DIR           the data set
  --out DIR            the model's folder; also the run's checkpoint, recipe and curve
  --init DIR           a model of Emend's to start from, or what pretrain wrote
  --recipe NAME|FILE   a recipe by name or a JSON file, or auto: planned from the data; what suits the label schema, without it
  --preset PRESET      ${presets.join(', ')} (tiny, without it)
  --steps N            how long to train; or --minutes N
  --schema NAME        label schema, where dataset.json names none
  --structures a,b,c   what to learn; the whole schema, without it
  --pseudo DIR         a data set of pseudo-labels to learn from too; the labelled cases count as much as all of it
  --unlabeled DIR      images without labels to learn from too, by a mean teacher
  --hold-out FILE      cases never trained on, one id a line or JSON; the model is scored on them
  --name NAME          name of the model (the recipe's, without it)
  --seed N             of weights and patches (1, without it)
  --device DEVICE      ${DEVICES.join(', ')}
  --threads N          CPU threads
  --resume             goes on with the run that was interrupted in --out
  --json               prints the result`,
  async run(args, terminal) {
    const { values } = parseVerb(
      args,
      {
        data: { type: 'string' },
        out: { type: 'string' },
        init: { type: 'string' },
        recipe: { type: 'string' },
        preset: { type: 'string', default: 'tiny' },
        steps: { type: 'string' },
        minutes: { type: 'string' },
        schema: { type: 'string' },
        structures: { type: 'string' },
        pseudo: { type: 'string' },
        unlabeled: { type: 'string' },
        'hold-out': { type: 'string' },
        name: { type: 'string' },
        seed: { type: 'string', default: '1' },
        device: { type: 'string', default: 'auto' },
        threads: { type: 'string', default: '0' },
        resume: { type: 'boolean' },
        json: { type: 'boolean' },
      },
      [],
    )
    const out = required(values.out, 'out')
    const folder = required(values.data, 'data')
    const preset = oneOf(values.preset, presets, 'preset')
    const seed = wholeNumber(values.seed, 'seed')
    const threads = wholeNumber(values.threads, 'threads')
    const length = lengthOf(values.steps, values.minutes)

    const dataset = await readDataset(folder, { schema: values.schema })
    const { training, holdOut } = values['hold-out']
      ? splitHoldOut(dataset.cases, await readHoldOut(values['hold-out']))
      : { training: dataset.cases, holdOut: null }
    const planning = { schema: dataset.schema, cases: training, resumed: values.resume ? out : null }
    const chosen = await recipeOf(values.recipe, preset, planning, terminal)
    const recipe = withUnlabelled(length ? withLength(chosen, length) : chosen, values.unlabeled)
    const unlabelled = recipe.semi ? await unlabelledImages(values.unlabeled ?? folder) : []
    const name = values.name ?? recipe.name
    if (!/^[a-z0-9][a-z0-9.-]*$/.test(name)) {
      throw new UsageError(`--name ${name}: it is made of lower case letters, digits, '.' and '-'`)
    }
    const structures = values.structures === undefined ? undefined : known(listOf(values.structures), dataset.schema)
    const device = await chooseDevice(oneOf(values.device, DEVICES, 'device'), terminal)

    const result = await trainModel(
      { schema: dataset.schema, cases: await withPseudo(training, values.pseudo, dataset.schema), holdOut, unlabelled },
      {
        recipe,
        seed,
        out,
        identity: { name, version: 1, title: name, licence: 'unknown', attribution: `trained on ${folder}` },
        structures,
        init: values.init,
        onInherited: (inherited) => terminal.note(describeInherited(inherited)),
        resume: values.resume,
        device,
        threads,
      },
      terminal.work(),
    )
    terminal.result(summaryOf(result), values.json, () => asText(result))
  },
}

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

/** The labelled cases, weighted to count as much as the pseudo-labelled ones beside them. */
async function withPseudo(cases: readonly CaseSource[], folder: string | undefined, schema: LabelSchema) {
  if (folder === undefined) return cases
  const pseudo = await readDataset(folder, { schema: schema.name })
  return besidePseudo(cases, pseudo.cases)
}

/** A recipe learns from images without labels where it says so, or where there are some. */
function withUnlabelled(recipe: Recipe, folder: string | undefined): Recipe {
  if (folder === undefined || recipe.semi) return recipe
  if (recipe.averageDecay === 0) {
    throw new EmendError(`the recipe ${recipe.name} keeps no average of the weights, which would be the teacher`, {
      hint: 'give it an averageDecay above 0',
    })
  }
  return { ...recipe, semi: defaultSemi }
}

export function lengthOf(steps: string | undefined, minutes: string | undefined): Recipe['length'] | null {
  if (steps !== undefined && minutes !== undefined) throw new UsageError('--steps and --minutes exclude each other')
  if (steps !== undefined) return { unit: 'steps', steps: wholeNumber(steps, 'steps', 1) }
  if (minutes !== undefined) return { unit: 'minutes', minutes: positiveNumber(minutes, 'minutes') }
  return null
}

export function known(names: string[], schema: LabelSchema): string[] {
  try {
    return names.map((name) => structureNamed(schema, name).name)
  } catch (error) {
    throw new EmendError(oneLine(error), { cause: error })
  }
}

function summaryOf({ folder, steps, seconds, loss, waitingShare, manifest, evaluation }: TrainResult) {
  return {
    folder,
    model: `${manifest.name}@${manifest.version}`,
    steps,
    seconds,
    loss,
    waitingShare,
    mean: evaluation?.mean ?? null,
  }
}

function asText({ folder, steps, seconds, loss, waitingShare, evaluation }: TrainResult): string {
  const scores = Object.entries(evaluation?.mean ?? {}).map(([name, { dsc, nsd }]) => [
    name,
    `DSC ${dsc.toFixed(3)}`,
    `NSD ${nsd.toFixed(3)}`,
  ])
  const line = `${folder}: ${steps} steps in ${(seconds / 60).toFixed(1)} min, loss ${loss.toFixed(3)}, ${(100 * waitingShare).toFixed(1)} % of it waiting for data. Not for clinical use.`
  return scores.length > 0 ? `${table(scores)}\n${line}` : line
}
