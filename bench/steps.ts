import { createInterface } from 'node:readline'
import { nesterovSgd } from '../src/main/graph/optimizers'
import { Trainer } from '../src/main/graph/trainer'
import { buildTrainingStep } from '../src/main/graph/trainingStep'
import { buildNetwork, initialParameters, type NetworkConfig } from '../src/main/networks/network'
import { seededRandom } from '../src/shared/random'

/** A training step to time, and how many threads it has. Written as JSON it is a peer's first line. */
export interface StepPlan {
  readonly config: NetworkConfig
  /** [N, C, D, H, W] */
  readonly imageShape: readonly [number, number, number, number, number]
  readonly threads: number
  /** The network's weights, for a peer that does not know how it is built. */
  readonly parameters: readonly { readonly name: string; readonly shape: readonly number[]; readonly frozen: boolean }[]
}

/**
 * Our side of bench/trainingStep.ts, by the protocol of bench/peers/trainingStep.py: one line with the plan, answered with
 * "ready"; then a step for each line, answered with its seconds and the process's peak memory in MB.
 */
async function serve(): Promise<void> {
  const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]()
  const first = await lines.next()
  const { config, imageShape, threads } = JSON.parse(first.value ?? '') as StepPlan
  const step = buildTrainingStep((tape, image) => buildNetwork(tape, image, config), {
    imageShape,
    optimizer: nesterovSgd,
    clipNorm: 12,
  })
  const trainer = await Trainer.open(step, initialParameters(config, 1), { threads })
  const random = seededRandom(2)
  const image = Float32Array.from({ length: imageShape.reduce((a, b) => a * b) }, random.normal)
  const voxels = image.length / config.inputChannels
  const labels = Int32Array.from({ length: voxels }, () => random.int(config.outputChannels))
  process.stdout.write('ready Emend\n')
  for (let line = await lines.next(); !line.done; line = await lines.next()) {
    const start = performance.now()
    await trainer.step({ image, labels, learningRate: 1e-3 })
    const seconds = (performance.now() - start) / 1000
    process.stdout.write(`${seconds} ${(process.resourceUsage().maxRSS * 1024) / 1e6}\n`)
  }
  await trainer.close()
}

await serve()
