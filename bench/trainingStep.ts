import { spawn } from 'node:child_process'
import { availableParallelism, cpus } from 'node:os'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { nesterovSgd } from '../src/main/graph/optimizers'
import { Trainer } from '../src/main/graph/trainer'
import { buildTrainingStep } from '../src/main/graph/trainingStep'
import { buildNetwork, initialParameters } from '../src/main/networks/network'
import { studentConfig } from '../src/main/networks/presets'
import { seededRandom } from '../src/shared/random'
import type { BenchRow } from './row'

const ROUNDS = 7
const CLASSES = 15
const THREADS = Math.min(2, availableParallelism())

/** Times one training step; each call is one step. */
type Stepper = () => Promise<number>

interface Peer {
  readonly name: string
  readonly step: Stepper
  close(): void
}

/** The same step in PyTorch, in a process that does a step when told to; null where PyTorch is not installed. */
async function openPeer(plan: object): Promise<Peer | null> {
  const script = fileURLToPath(new URL('./peers/trainingStep.py', import.meta.url))
  const child = spawn('/usr/bin/python3', [script], { stdio: ['pipe', 'pipe', 'ignore'] })
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
    name: `PyTorch ${greeting.split(' ')[1]}`,
    step: async () => Number(await ask('step')),
    close: () => child.stdin.end(),
  }
}

/** Both sides' fastest step, taken in turns so that whatever else the machine does hits both alike. */
async function fastestInTurns(steppers: readonly Stepper[]): Promise<number[]> {
  const best = steppers.map(() => Infinity)
  // The first round warms up: memory is allocated, kernels are chosen.
  for (let round = 0; round <= ROUNDS; round++) {
    for (const [i, step] of steppers.entries()) {
      const seconds = await step()
      if (round > 0) best[i] = Math.min(best[i], seconds)
    }
  }
  return best
}

async function compare(size: number): Promise<BenchRow> {
  const config = studentConfig('tiny', 1, CLASSES)
  const imageShape = [1, 1, size, size, size] as const
  const step = buildTrainingStep((tape, image) => buildNetwork(tape, image, config), {
    imageShape,
    optimizer: nesterovSgd,
    clipNorm: 12,
  })
  const trainer = await Trainer.open(step, initialParameters(config, 1), { threads: THREADS })
  const random = seededRandom(2)
  const image = Float32Array.from({ length: size ** 3 }, random.normal)
  const labels = Int32Array.from(image, () => random.int(CLASSES))
  const ours: Stepper = async () => {
    const start = performance.now()
    await trainer.step({ image, labels, learningRate: 1e-3 })
    return (performance.now() - start) / 1000
  }
  const peer = await openPeer({ config, imageShape, threads: THREADS })
  try {
    const [value, peerValue = null] = await fastestInTurns(peer ? [ours, peer.step] : [ours])
    return {
      name: `training step, student 1.3 M, ${size} cubed`,
      value,
      unit: 's',
      peer: peer?.name ?? null,
      peerValue,
      ratio: peerValue === null ? null : value / peerValue,
      machine: `${cpus()[0]?.model ?? 'unknown'}, ${THREADS} threads`,
    }
  } finally {
    peer?.close()
    await trainer.close()
  }
}

/** Seconds of the default student's training step, beside PyTorch's of the same network on the same machine. */
export async function run(): Promise<BenchRow[]> {
  return [await compare(64), await compare(96)]
}
