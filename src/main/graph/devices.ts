import { devices } from './session'
import type { Device } from './session'
import { nesterovSgd } from './optimizers'
import { drawParameters, heInitial } from './parameters'
import { Trainer } from './trainer'
import { buildTrainingStep } from './trainingStep'
import type { Model } from './trainingStep'

/** What the user may ask for: a device, or the fastest that works. */
export const deviceChoices = ['auto', ...devices] as const
export type DeviceChoice = (typeof deviceChoices)[number]

/** What a probe found. */
export interface DeviceReport {
  readonly device: Device
  readonly works: boolean
  /** Why not, in one line; null where it works. */
  readonly reason: string | null
  /** Fastest of the probe's training steps; null where it does not work. */
  readonly msPerStep: number | null
}

/** The devices that ONNX Runtime's packages can have on a platform, as `process.platform` names it. */
export function candidateDevices(platform: NodeJS.Platform): Device[] {
  if (platform === 'darwin') return ['cpu', 'coreml', 'webgpu']
  if (platform === 'win32') return ['cpu', 'dml', 'webgpu', 'cuda']
  return ['cpu', 'webgpu', 'cuda']
}

/**
 * The device to use. 'auto' takes the fastest of those that a probe found working, and the CPU where there is none.
 * Throws where a device asked for by name is reported not to work.
 */
export function resolveDevice(choice: DeviceChoice, reports: readonly DeviceReport[]): Device {
  if (choice !== 'auto') {
    const report = reports.find(({ device }) => device === choice)
    if (report && !report.works) throw new Error(`device '${choice}' does not work here: ${report.reason}`)
    return choice
  }
  const working = reports.filter(({ works }) => works)
  const fastest = working.sort((a, b) => (a.msPerStep ?? Infinity) - (b.msPerStep ?? Infinity))[0]
  return fastest?.device ?? 'cpu'
}

const SIZE = 32
const CLASSES = 4
const TIMED_STEPS = 3
/** Relative difference to the CPU's weights after one step; a shader that is wrong is off by far more. */
const TOLERANCE = 1e-3

/** Every operator that a training step of ours uses, once. */
const probeNetwork: Model = (tape, image) => {
  const layer = (name: string, inputs: number): ReturnType<Model> =>
    tape.parameter(name, [8, inputs, 3, 3, 3], heInitial(27 * inputs))
  const norm = (name: string, x: ReturnType<Model>): ReturnType<Model> => {
    const scale = tape.parameter(`${name}.scale`, [8], { value: 1 })
    return tape.leakyRelu(tape.instanceNorm(x, scale, tape.parameter(`${name}.shift`, [8], { value: 0 })), 0.01)
  }
  const stem = norm('stem', tape.convolution(image, layer('stem.weight', 1), null, [2, 2, 2]))
  const deep = norm('deep', tape.convolution(tape.averagePool(stem, [2, 2, 2]), layer('deep.weight', 8)))
  const joined = tape.concat([stem, tape.upsample(deep, [2, 2, 2])], 1)
  const head = tape.parameter('head.weight', [CLASSES, 16, 1, 1, 1], heInitial(16))
  const bias = tape.parameter('head.bias', [CLASSES], { value: 0 })
  return tape.upsample(tape.convolution(joined, head, bias), [2, 2, 2])
}

/** Numbers that spread like weights do; a probe needs no better. */
function spread(): () => number {
  let i = 0
  return () => Math.SQRT2 * Math.sin(i++ * 2.399963)
}

async function trainOn(device: Device, threads: number): Promise<{ parameters: Float32Array; msPerStep: number }> {
  const step = buildTrainingStep(probeNetwork, { imageShape: [1, 1, SIZE, SIZE, SIZE], optimizer: nesterovSgd })
  const trainer = await Trainer.open(step, drawParameters(step.parameters, spread), { device, threads })
  try {
    const image = Float32Array.from({ length: SIZE ** 3 }, (_, i) => Math.sin(i * 0.37) + Math.cos(i * 0.011))
    const labels = Int32Array.from(image, (value) => Math.min(CLASSES - 1, Math.floor((value + 2) * (CLASSES / 4))))
    await trainer.step({ image, labels, learningRate: 0.01 })
    const { parameters } = trainer.state()
    let msPerStep = Infinity
    for (let i = 0; i < TIMED_STEPS; i++) {
      const start = performance.now()
      await trainer.step({ image, labels, learningRate: 0.01 })
      msPerStep = Math.min(msPerStep, performance.now() - start)
    }
    return { parameters, msPerStep }
  } finally {
    await trainer.close()
  }
}

/** Relative Euclidean distance of b from a; NaN where b holds one. */
function distance(a: Float32Array, b: Float32Array): number {
  let [difference, length] = [0, 0]
  for (let i = 0; i < a.length; i++) {
    difference += (a[i] - b[i]) ** 2
    length += a[i] ** 2
  }
  return Math.sqrt(difference / length)
}

/** What a provider's error says, without the place in its own sources that it starts with. */
function lineOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error)
  return text
    .replace(/\s*\n\s*/g, ' ')
    .replace(/^.*? was false\. /, '')
    .trim()
}

/**
 * Trains a few steps of a small network on the device and compares the weights with the CPU's: that a device takes a
 * graph does not mean that it runs it, or runs it right.
 *
 * **Call it in a process of its own**: opening a session on a graphics device can end the process when the driver is
 * bad, which no exception tells. A process that died is the report `works: false`.
 */
export async function probeDevice(device: Device, threads = 0): Promise<DeviceReport> {
  try {
    const { parameters, msPerStep } = await trainOn(device, threads)
    if (device !== 'cpu') {
      const off = distance((await trainOn('cpu', threads)).parameters, parameters)
      if (!(off < TOLERANCE)) {
        const reason = `its training step differs from the CPU's by ${off.toExponential(1)}`
        return { device, works: false, reason, msPerStep: null }
      }
    }
    return { device, works: true, reason: null, msPerStep }
  } catch (error) {
    const reason = lineOf(error)
    return { device, works: false, reason, msPerStep: null }
  }
}
