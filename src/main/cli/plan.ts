import type { Vec3 } from '../../shared/geometry/affine'
import { writeFileAtomic } from '../imaging/atomicFile'
import { readDataset } from '../learning/dataset'
import { readHoldOut, splitHoldOut } from '../learning/holdOut'
import { fingerprintOf } from '../learning/planning/fingerprint'
import { planFor, type Plan } from '../learning/planning/plan'
import { memoryAtHand } from '../learning/memory'
import { presets } from '../learning/presets'
import { requireWritable } from './outputFile'
import { table } from './terminal'
import { listOf, oneOf, parseVerb, positiveNumber, required, UsageError, wholeNumber, type Verb } from './verb'

export const plan: Verb = {
  summary: 'a recipe that suits a data set',
  usage:
    'plan --data DIR [--out FILE.json] [--preset tiny|site|paper] [--memory GB] [--spacing X,Y,Z] [--patch I,J,K] [--batch N] [--levels N] [--base N] [--json]',
  help: `Looks at a data set (sizes, spacings, intensities) and at the memory at hand, and makes a recipe of it by nnU-Net's
rules: spacing, intensities, patch, levels, batch. train --recipe FILE takes it; without a recipe for the label schema, train
plans by itself.

  --data DIR           the data set
  --out FILE.json      the recipe
  --preset PRESET      ${presets.join(', ')}: how much work a step may be (tiny, without it)
  --memory GB          what training may take (what is free, without it)
  --spacing X,Y,Z      mm, instead of what the data say; likewise
  --patch I,J,K        voxels
  --batch N, --levels N, --base N
  --schema NAME        label schema; without it the one that dataset.json names, or that its labels make
  --hold-out FILE      cases that are not looked at
  --json               prints recipe and figures`,
  async run(args, terminal) {
    const { values } = parseVerb(
      args,
      {
        data: { type: 'string' },
        out: { type: 'string' },
        preset: { type: 'string', default: 'tiny' },
        memory: { type: 'string' },
        spacing: { type: 'string' },
        patch: { type: 'string' },
        batch: { type: 'string' },
        levels: { type: 'string' },
        base: { type: 'string' },
        schema: { type: 'string' },
        'hold-out': { type: 'string' },
        json: { type: 'boolean' },
      },
      [],
    )
    const { out } = values
    const whole = (value: string | undefined, option: string): number | undefined =>
      value === undefined ? undefined : wholeNumber(value, option, 1)
    const given = {
      preset: oneOf(values.preset, presets, 'preset'),
      memory: values.memory === undefined ? memoryAtHand() : positiveNumber(values.memory, 'memory') * 2 ** 30,
      spacing: tripleOf(values.spacing, 'spacing', positiveNumber),
      patch: tripleOf(values.patch, 'patch', (value, option) => wholeNumber(value, option, 1)),
      batch: whole(values.batch, 'batch'),
      levels: whole(values.levels, 'levels'),
      base: whole(values.base, 'base'),
    }
    if (out !== undefined) await requireWritable(out)
    const dataset = await readDataset(required(values.data, 'data'), { schema: values.schema })
    const cases = values['hold-out']
      ? splitHoldOut(dataset.cases, await readHoldOut(values['hold-out'])).training
      : dataset.cases
    const made = planFor(await fingerprintOf(cases, terminal.work()), dataset.schema, given)
    if (out !== undefined) await writeFileAtomic(out, `${JSON.stringify(made.recipe, null, 2)}\n`)
    terminal.result(made, values.json, asText)
  },
}

function tripleOf(
  value: string | undefined,
  option: string,
  number: (value: string, option: string) => number,
): Vec3 | undefined {
  if (value === undefined) return undefined
  const parts = listOf(value)
  if (parts.length !== 3) throw new UsageError(`--${option} ${value}: it is three numbers, 1,1,2`)
  const [x, y, z] = parts.map((part) => number(part, option))
  return [x, y, z]
}

function asText({ recipe, medianShape, bytes, multiplyAdds }: Plan): string {
  const { network, preprocess, patch, batch } = recipe
  const levels = 'levels' in network ? `${network.levels} levels from ${network.base} channels` : network.kind
  return table([
    ['recipe', recipe.name],
    ['spacing', preprocess.grid.kind === 'spacing' ? `${preprocess.grid.mm.join(' x ')} mm` : preprocess.grid.kind],
    ['median image', `${medianShape.join(' x ')} voxels`],
    ['patch', `${patch.join(' x ')} voxels, ${batch} in a batch`],
    ['network', levels],
    ['a step', `${(multiplyAdds / 1e9).toFixed(0)} G multiply-adds forward, ${(bytes / 2 ** 30).toFixed(1)} GB`],
  ])
}
