import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Vec3 } from '../../shared/geometry/affine'
import { readHoldOut } from '../learning/holdOut'
import { recipeNamed, type Preset } from '../learning/presets'
import { recipeToPretrain } from '../learning/pretraining/defaultRecipe'
import { imagesIn } from '../learning/pretraining/images'
import { lasting, planOf, pretrainingMethods, sized, type PretrainingMethod } from '../learning/pretraining/plan'
import { pretrain as pretrainNetwork, type PretrainResult } from '../learning/pretraining/pretrain'
import type { Recipe } from '../learning/recipe'
import { readRecipe } from './recipes'
import { runChoices, runHelp, runOptions, sizeHelp } from './runOptions'
import { listOf, oneOf, parseVerb, required, UsageError, wholeNumber, type Verb } from './verb'

const pretrainOptions = {
  method: { type: 'string' },
  data: { type: 'string' },
  batch: { type: 'string' },
  patch: { type: 'string' },
} as const

export const pretrain: Verb = {
  summary: 'an initialisation from images without labels',
  usage:
    'pretrain --method genesis|position|region --data DIR --out DIR [--recipe NAME|FILE.json] [--preset tiny|site|paper] [--steps N|--minutes N] [--hold-out FILE] [--resume] [--json]',
  help: `Pre-trains a recipe's network on images alone, and writes a folder that train --init takes:
  genesis    restores patches whose intensities were bent, shuffled and painted over (Model Genesis)
  position   gives every voxel an encoding of where in the body it is, the same in overlapping views
  region     tells regions apart in a view and an elastic one of it, and whole images besides
The folder's recipe.json is the recipe that trains on in the way of the method's paper: with the encoding as a second stem,
or with both networks joined. The recipe itself can be trained on too; it takes over what fits.

  --method METHOD      ${pretrainingMethods.join(', ')}
  --data DIR           images: imagesTr and imagesUn, or images, or whatever images lie in it; labels are not read
  --out DIR            the initialisation's folder; also the run's checkpoint and curve
  --recipe NAME|FILE   the recipe to pre-train for, by name or a JSON file
  --schema NAME        or the label schema that it is to suit; without either, the one that dataset.json names. For flare23,
                       \`paper\` pre-trains each method's own network (abdomen-genesis, abdomen-two-stem, abdomen-region),
                       and as many epochs as its paper. Encoders of positions have five levels there and in \`site\`, and
                       four in \`tiny\`
${sizeHelp}
  --batch N            images of a step, and voxels of what is shown of each (i,j,k); the method's own, without them
  --patch I,J,K
  --hold-out FILE      cases never learned from, one id a line or JSON
${runHelp}`,
  async run(args, terminal) {
    const { values } = parseVerb(args, { ...runOptions, ...pretrainOptions }, [])
    const run = runChoices(values, terminal)
    const { preset, length } = run
    const method = oneOf(required(values.method, 'method'), pretrainingMethods, 'method')
    const folder = required(values.data, 'data')

    const recipe = await recipeFor(method, values.recipe, values.schema, folder, preset)
    const own = planOf(method, recipe, preset)
    const plan = sized(own, {
      batch: values.batch === undefined ? own.batch : wholeNumber(values.batch, 'batch', 1),
      patch: values.patch === undefined ? own.patch : tripleOf(values.patch),
    })
    const all = await imagesIn(folder)
    const held = new Set(values['hold-out'] ? (await readHoldOut(values['hold-out'])).cases : [])
    const result = await pretrainNetwork(
      all.filter(({ id }) => !held.has(id)),
      {
        ...run,
        device: await run.device(),
        onUnknownMemory: (line) => terminal.note(line),
        plan: length ? lasting(plan, length) : plan,
        attribution: `pre-trained on the images of ${folder}`,
        holdOut: all.filter(({ id }) => held.has(id)),
      },
      terminal.work(),
    )
    terminal.result(result, values.json, asText)
  },
}

function tripleOf(value: string): Vec3 {
  const sides = listOf(value).map((side) => wholeNumber(side, 'patch', 1))
  if (sides.length !== 3) throw new UsageError(`--patch ${value}: it is three whole numbers, as 64,64,32`)
  return [sides[0], sides[1], sides[2]]
}

async function recipeFor(
  method: PretrainingMethod,
  given: string | undefined,
  schema: string | undefined,
  folder: string,
  preset: Preset,
): Promise<Recipe> {
  if (given !== undefined) return /\.json$/i.test(given) ? readRecipe(given) : recipeNamed(given, preset)
  const named = schema ?? (await schemaOf(folder))
  if (named === undefined)
    throw new UsageError('--recipe is missing, and dataset.json names no schema that would tell it')
  return recipeToPretrain(method, named, preset)
}

async function schemaOf(folder: string): Promise<string | undefined> {
  const text = await readFile(join(folder, 'dataset.json'), 'utf8').catch(() => '{}')
  try {
    const schema: unknown = JSON.parse(text).schema
    return typeof schema === 'string' ? schema : undefined
  } catch {
    return undefined
  }
}

function asText({ folder, method, images, steps, seconds, loss, waitingShare }: PretrainResult): string {
  return [
    `${folder}: ${method} on ${images} images, ${steps} steps in ${(seconds / 60).toFixed(1)} min, loss ${loss.toFixed(3)}, ${(100 * waitingShare).toFixed(1)} % of it waiting for data.`,
    `Train on with: emend train --init ${folder} --recipe ${join(folder, 'recipe.json')} ...`,
  ].join('\n')
}
