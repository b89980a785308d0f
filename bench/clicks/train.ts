/**
 * `node scripts/run.mjs bench/clicks/train.ts [FOLDER]`: trains the network of proposals and writes
 * `resources/proposal-network.json`; checkpoints lie in FOLDER, from which an interrupted run goes on. It learns from
 * windows that simulated readers may come to (`simulate.ts`). Patients that `main.ts` measures on are left out.
 * EMEND_STEPS is how many steps it does, 4000 unless told.
 */
import { existsSync } from 'node:fs'
import { mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { decodeCheckpoint, encodeCheckpoint } from '../../src/main/graph/checkpoint'
import { adam } from '../../src/main/graph/optimizers'
import { drawParameters } from '../../src/main/graph/parameters'
import { Trainer } from '../../src/main/graph/trainer'
import { buildTrainingStep } from '../../src/main/graph/trainingStep'
import { writeFileAtomic } from '../../src/main/imaging/atomicFile'
import { seededRandom, type Random } from '../../src/shared/random'
import { windowCells } from '../../src/shared/voxels/proposal/window'
import { channelCount } from '../../src/shared/voxels/proposal/windowEvidence'
import { windowNetwork } from './network'
import { storeNetwork } from './stored'
import { simulatedWindows } from './windows'

const seed = 5
const steps = Number(process.env.EMEND_STEPS ?? 4000)
const batch = 6
const rate = 5e-3
const volume = windowCells ** 3
const say = (line: string): void => console.log(`${new Date().toISOString().slice(11, 19)} ${line}`)

/** Channels that a negative of the image turns round: those of the image itself. */
const imageChannels = 3

/** Puts a window into a batch, mirrored along some axes, its image at times as a negative or with another contrast. */
function put(window: Int8Array, image: Float32Array, labels: Int32Array, place: number, random: Random): void {
  const n = windowCells
  const flip = [random.int(2), random.int(2), random.int(2)]
  const contrast = (random.next() < 0.1 ? -1 : 1) * random.between(0.8, 1.25)
  for (let c = 0; c <= channelCount; c++) {
    const factor = (c < imageChannels ? contrast : 1) / 63
    const to = c === channelCount ? place * volume : (place * channelCount + c) * volume
    for (let z = 0; z < n; z++) {
      for (let y = 0; y < n; y++) {
        const row = n * ((flip[1] ? n - 1 - y : y) + n * (flip[2] ? n - 1 - z : z))
        const from = c * volume + n * (y + n * z)
        for (let x = 0; x < n; x++) {
          const value = window[from + (flip[0] ? n - 1 - x : x)]
          if (c === channelCount) labels[to + row + x] = value
          else image[to + row + x] = value * factor
        }
      }
    }
  }
}

const folder = process.argv[2] ?? 'proposal-network'
await mkdir(folder, { recursive: true })
const windows = await simulatedWindows(folder, seed, say)
const step = buildTrainingStep(windowNetwork, {
  imageShape: [batch, channelCount, windowCells, windowCells, windowCells],
  optimizer: adam,
  clipNorm: 12,
})
const fresh = drawParameters(step.parameters, (name) => seededRandom(seed).fork(name).normal)
const trainer = await Trainer.open(step, fresh, { threads: 2 })
const checkpoint = join(folder, 'proposal-network.checkpoint')
if (existsSync(checkpoint)) trainer.restore(decodeCheckpoint(await readFile(checkpoint)).state)
const begun = trainer.state().step
say(`${step.parameters.reduce((sum, { size }) => sum + size, 0)} weights, from step ${begun} to ${steps}`)

let [loss, dice] = [0, 0]
for (let n = begun; n < steps; n++) {
  const random = seededRandom(seed).fork(`step ${n}`)
  const image = new Float32Array(batch * channelCount * volume)
  const labels = new Int32Array(batch * volume)
  for (let b = 0; b < batch; b++) put(windows[random.int(windows.length)], image, labels, b, random)
  const warmUp = Math.min(1, (n + 1) / 50)
  const result = await trainer.step({ image, labels, learningRate: rate * warmUp * (1 - n / steps) ** 0.9 })
  loss += result.loss
  dice += result.dice[1]
  if ((n + 1) % 50 > 0 && n + 1 < steps) continue
  say(`step ${n + 1} of ${steps}: loss ${(loss / 50).toFixed(4)}, Dice ${(dice / 50).toFixed(3)}`)
  ;[loss, dice] = [0, 0]
  const state = trainer.state()
  await writeFileAtomic(checkpoint, encodeCheckpoint({ state, parameters: step.parameters, extra: {} }))
}
await storeNetwork('resources/proposal-network.json', trainer.parameters())
await trainer.close()
say('resources/proposal-network.json')
