import { readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import * as v from 'valibot'
import { NOT_ANNOTATED } from '../../shared/labels/schema'
import { TrainingExample } from '../../shared/trainingExample'
import { INPUT, OUTPUT } from '../graph/inference'
import type { NamedParameters } from '../graph/parameters'
import { openSession, type Device } from '../graph/session'
import { writeFileAtomic } from '../imaging/atomicFile'
import { argmax } from '../imaging/upsampleArgmax'
import type { Vec3 } from '../../shared/geometry/affine'
import type { Library } from '../library/library'
import { encodeNetwork, type NetworkConfig } from '../networks/network'
import { folderAtWork, unfinishedRun } from './cycleFile'
import { monitorDsc, type MonitorPatch } from './monitor'
import type { Batch } from './patches'
import { appendDsc } from './runFiles'

const examplePath = (folder: string): string => join(folder, 'example.json')

export interface ExampleOptions {
  /** The run's folder. */
  readonly out: string
  readonly config: NetworkConfig
  readonly channels: readonly string[]
  /** Voxels of a patch: i, j, k. */
  readonly patch: Vec3
  readonly device?: Device
  readonly threads?: number
  /** Seconds from one example to the next; 15 where left out. 0: one each step, whatever share of the time that takes. */
  readonly everySeconds?: number
  /** What its DSC is taken on; nothing where left out. */
  readonly monitor?: readonly MonitorPatch[]
}

/** Looking at a run takes no more than this share of its time. */
const SHARE = 0.05

/**
 * What whoever watches a run sees of it: now and then the network of that step says what it makes of the batch in hand, and the
 * slice with the most labels is kept as `example.json` in the run's folder; and its DSC on patches that stay the same
 * (`monitor.ts`) goes into `dsc.csv`.
 */
export class Examples {
  private next = -Infinity
  private lastStep = 0
  private failed = false

  constructor(private readonly options: ExampleOptions) {}

  /**
   * Looks where it is time. That is not worth a run: where it fails, there are no more.
   * @param isLast the network is done: its DSC ends the curve
   * @returns whether it looked
   */
  async show(step: number, batch: Batch, weights: () => NamedParameters, isLast = false): Promise<boolean> {
    const started = performance.now()
    if (this.failed || step === this.lastStep || (!isLast && started < this.next)) return false
    this.lastStep = step
    try {
      await this.look(step, batch, weights())
    } catch {
      this.failed = true
    }
    const took = performance.now() - started
    const { everySeconds = 15 } = this.options
    this.next = everySeconds === 0 ? started : started + Math.max(1000 * everySeconds, took / SHARE)
    return true
  }

  private async look(step: number, batch: Batch, weights: NamedParameters): Promise<void> {
    const { config, channels, patch, device, threads, out, monitor = [] } = this.options
    const [ni, nj, nk] = patch
    const session = await openSession(encodeNetwork(config, weights), device, { threads })
    const channelsOf = async (image: Float32Array): Promise<Uint8Array> => {
      const answer = await session.run({ [INPUT]: { data: image, dims: [1, 1, nk, nj, ni] } }, [OUTPUT])
      return argmax(answer[OUTPUT].data as Float32Array, channels.length, image.length)
    }
    try {
      const example = await exampleOf(step, batch, this.options, channelsOf)
      await writeFileAtomic(examplePath(out), JSON.stringify(example))
      if (monitor.length > 0) await appendDsc(out, step, await monitorDsc(monitor, channels.length, channelsOf))
    } finally {
      await session.close()
    }
  }

  /** A finished model keeps none. */
  async remove(): Promise<void> {
    await rm(examplePath(this.options.out), { force: true })
  }
}

/** The newest example of the library's run under way; null where there is none. */
export async function runningExample(library: Library): Promise<TrainingExample | null> {
  const run = unfinishedRun(library)
  if (!run) return null
  const text = await readFile(examplePath(folderAtWork(run)), 'utf8').catch(() => null)
  const read = text === null ? null : v.safeParse(TrainingExample, JSON.parse(text))
  return read?.success ? read.output : null
}

async function exampleOf(
  step: number,
  batch: Batch,
  { channels, patch: [ni, nj, nk] }: ExampleOptions,
  channelsOf: (image: Float32Array) => Promise<Uint8Array>,
): Promise<TrainingExample> {
  const voxels = ni * nj * nk
  const { sample, k } = richestSlice(batch.labels, [ni, nj, nk])
  const image = batch.image.slice(sample * voxels, (sample + 1) * voxels)
  const from = k * ni * nj
  const rows = { width: ni, height: nj }
  const labels = batch.labels.subarray(sample * voxels + from, sample * voxels + from + ni * nj)
  const predicted = (await channelsOf(image)).subarray(from, from + ni * nj)
  return {
    format: 'emend-example/1',
    step,
    ...rows,
    structures: channels.slice(1),
    image: asSeen(brightnessOf(image.subarray(from, from + ni * nj)), rows),
    labels: asSeen(Uint8Array.from(labels), rows),
    predicted: asSeen(predicted, rows),
  }
}

/** Of a batch the slice across k with the most labelled voxels. */
function richestSlice(labels: Int32Array, [ni, nj, nk]: Vec3): { sample: number; k: number } {
  const slice = ni * nj
  let best = { sample: 0, k: nk >> 1, count: 0 }
  for (let n = 0; n * slice < labels.length; n++) {
    let count = 0
    for (let at = n * slice; at < (n + 1) * slice; at++) {
      if (labels[at] !== 0 && labels[at] !== NOT_ANNOTATED) count++
    }
    if (count > best.count) best = { sample: Math.floor(n / nk), k: n % nk, count }
  }
  return best
}

/** From the darkest 2 % to the brightest 2 %. */
function brightnessOf(values: Float32Array): Uint8Array {
  const sorted = values.slice().sort()
  const [low, high] = [0.02, 0.98].map((share) => sorted[Math.floor(share * (sorted.length - 1))])
  const scale = 255 / Math.max(1e-6, high - low)
  return Uint8Array.from(values, (value) => Math.max(0, Math.min(255, Math.round((value - low) * scale))))
}

/** Rows as a reader looks at them: anterior above, the patient's right on the left. */
function asSeen(bytes: Uint8Array, { width, height }: { width: number; height: number }): string {
  const seen = bytes.map((_, at) => {
    const [x, y] = [at % width, Math.floor(at / width)]
    return bytes[(height - 1 - y) * width + (width - 1 - x)]
  })
  return Buffer.from(seen).toString('base64')
}
