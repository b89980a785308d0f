import { spawn } from 'node:child_process'
import { availableParallelism, cpus } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { repositoryRoot } from '../scripts/build'
import { presetNetwork, studentConfig } from '../src/main/networks/presets'
import { networkParameters, type NetworkConfig } from '../src/main/networks/network'
import { buildPrograms } from './program'
import type { BenchRow } from './row'
import type { StepPlan } from './steps'

const ROUNDS = 7
const CLASSES = 15
const THREADS = Math.min(2, availableParallelism())

/** What is timed: the deployed student, the five-level U-Net that encodes positions, and the network that takes both stems. */
const networks: readonly (readonly [name: string, config: NetworkConfig, size: number])[] = [
  ['student 1.3 M', studentConfig('tiny', 1, CLASSES), 64],
  ['student 1.3 M', studentConfig('tiny', 1, CLASSES), 96],
  ['five-level U-Net', presetNetwork('deep', 'tiny', 1, CLASSES), 64],
  ['five-level residual U-Net', presetNetwork('position', 'site', 1, CLASSES), 64],
  ['two stems', presetNetwork('two-stem', 'tiny', 1, CLASSES), 96],
]

interface Measured {
  readonly seconds: number
  /** The process's peak so far. */
  readonly megabytes: number
}

interface Side {
  readonly name: string
  readonly step: () => Promise<Measured>
  close(): void
}

/** A process that does a training step when told to; null where it does not start. */
async function openSide(command: string, args: readonly string[], plan: StepPlan): Promise<Side | null> {
  const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'ignore'] })
  child.on('error', () => undefined)
  child.stdin.on('error', () => undefined)
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const ask = async (line: string): Promise<string | null> => {
    child.stdin.write(`${line}\n`)
    const { value, done } = await lines.next()
    return done ? null : value
  }
  const greeting = await ask(JSON.stringify(plan))
  if (greeting === null) return null
  return {
    name: greeting.replace(/^ready /, ''),
    async step() {
      const answer = await ask('step')
      if (answer === null) throw new Error(`${command} ended in the middle of the benchmark`)
      const [seconds, megabytes] = answer.split(' ').map(Number)
      return { seconds, megabytes }
    },
    close: () => child.stdin.end(),
  }
}

/** Each side's fastest step and last peak, taken in turns so that whatever else the machine does hits both alike. */
async function fastestInTurns(sides: readonly Side[]): Promise<Measured[]> {
  const best = sides.map((): Measured => ({ seconds: Infinity, megabytes: 0 }))
  // The first round warms up: memory is allocated, kernels are chosen.
  for (let round = 0; round <= ROUNDS; round++) {
    for (const [i, side] of sides.entries()) {
      const { seconds, megabytes } = await side.step()
      best[i] = { seconds: round > 0 ? Math.min(best[i].seconds, seconds) : Infinity, megabytes }
    }
  }
  return best
}

async function compare(program: string, name: string, config: NetworkConfig, size: number): Promise<BenchRow[]> {
  const parameters = networkParameters(config).map(({ name, shape, frozen }) => ({ name, shape, frozen })) // prettier-ignore
  const plan: StepPlan = { config, imageShape: [1, 1, size, size, size], threads: THREADS, parameters }
  const own = await openSide(process.execPath, [program], plan)
  if (!own) throw new Error('our own side did not start')
  const peer = await openSide('/usr/bin/python3', [join(repositoryRoot, 'bench/peers/trainingStep.py')], plan)
  try {
    const [value, other] = await fastestInTurns(peer ? [own, peer] : [own])
    const row = (what: string, unit: string, of: keyof Measured): BenchRow => ({
      name: `training step, ${name}, ${size} cubed${what}`,
      value: value[of],
      unit,
      peer: peer?.name ?? null,
      peerValue: peer ? other[of] : null,
      ratio: peer ? value[of] / other[of] : null,
      machine: `${cpus()[0]?.model ?? 'unknown'}, ${THREADS} threads`,
    })
    return [row('', 's', 'seconds'), row(', peak memory', 'MB', 'megabytes')]
  } finally {
    own.close()
    peer?.close()
  }
}

/** Seconds and memory of training steps, beside PyTorch's of the same networks on the same machine. */
export async function run(): Promise<BenchRow[]> {
  const folder = await buildPrograms(['bench/steps.ts'])
  const rows: BenchRow[] = []
  for (const [name, config, size] of networks) {
    rows.push(...(await compare(join(folder, 'steps.js'), name, config, size)))
  }
  return rows
}
