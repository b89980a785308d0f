import type { Device } from '../graph/session'
import { presets, type Preset } from '../learning/presets'
import type { Recipe } from '../learning/recipe'
import { chooseDevice, DEVICES } from './devices'
import type { Terminal } from './terminal'
import { oneOf, positiveNumber, required, UsageError, wholeNumber } from './verb'

/** What every run of a trainer is asked for, whatever it trains. */
export const runOptions = {
  out: { type: 'string' },
  recipe: { type: 'string' },
  preset: { type: 'string', default: 'tiny' },
  steps: { type: 'string' },
  minutes: { type: 'string' },
  schema: { type: 'string' },
  'hold-out': { type: 'string' },
  seed: { type: 'string', default: '1' },
  device: { type: 'string', default: 'auto' },
  threads: { type: 'string', default: '0' },
  resume: { type: 'boolean' },
  json: { type: 'boolean' },
} as const

/** Lines of help that are the same for every such verb. */
export const sizeHelp = `  --preset PRESET      ${presets.join(', ')} (tiny, without it)
  --steps N            how long; or --minutes N. Only a run by steps is the same again with the same seed and threads, or
                       after it was interrupted: one by minutes follows the clock`

export const runHelp = `  --seed N             of weights and what is drawn (1, without it)
  --device DEVICE      ${DEVICES.join(', ')}
  --threads N          CPU threads
  --resume             goes on with the run that was interrupted in --out
  --json               prints the result`

interface Given {
  readonly out?: string
  readonly preset: string
  readonly steps?: string
  readonly minutes?: string
  readonly seed: string
  readonly device: string
  readonly threads: string
  readonly resume?: boolean
}

export interface RunChoices {
  readonly out: string
  readonly preset: Preset
  /** Null for what the recipe says. */
  readonly length: Recipe['length'] | null
  readonly seed: number
  readonly threads: number
  readonly resume: boolean
  /** Looked for when a run is about to start: the search may take seconds. */
  readonly device: () => Promise<Device>
}

/** @throws UsageError where an option is missing, or says what it cannot mean */
export function runChoices(given: Given, terminal: Terminal): RunChoices {
  const device = oneOf(given.device, DEVICES, 'device')
  return {
    out: required(given.out, 'out'),
    preset: oneOf(given.preset, presets, 'preset'),
    length: lengthOf(given.steps, given.minutes),
    seed: wholeNumber(given.seed, 'seed'),
    threads: wholeNumber(given.threads, 'threads'),
    resume: given.resume === true,
    device: () => chooseDevice(device, terminal),
  }
}

function lengthOf(steps: string | undefined, minutes: string | undefined): Recipe['length'] | null {
  if (steps !== undefined && minutes !== undefined) throw new UsageError('--steps and --minutes exclude each other')
  if (steps !== undefined) return { unit: 'steps', steps: wholeNumber(steps, 'steps', 1) }
  if (minutes !== undefined) return { unit: 'minutes', minutes: positiveNumber(minutes, 'minutes') }
  return null
}
