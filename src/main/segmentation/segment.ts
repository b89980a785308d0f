import { EmendError } from '../../shared/errors'
import { unwatched, type Work } from '../../shared/progress'
import type { Device } from '../graph/session'
import { reorient } from '../imaging/canonical'
import { orientation, voxelVolume, type LabelMap, type Volume, type VoxelArray } from '../imaging/volume'
import { doubtsAboutCt, requireMemory } from './checks'
import { wholeBody } from './bodyBox'
import { classScores, runsFor } from './classScores'
import { coarseRegion } from './coarse'
import type { Mirror } from './manifest'
import { mirrored } from './mirroring'
import { modelId, type Model } from './model'
import { tensorInference } from './modelAxes'
import { openNetwork, type Network } from './network'
import { countLabels, keepLargestComponents } from './postprocess'
import { preprocess } from './preprocess'
import { restoreLabels } from './restore'
import { bestChannel, likeliestLabel, meanByChannel, normalisedEntropy } from './uncertainty'

export interface SegmentOptions {
  readonly device?: Device
  /** Threads of the CPU; 0 (the default) takes the physical cores. */
  readonly threads?: number
  /** A network of this model that is open already; it is left open. */
  readonly network?: Network
  /** Keep the map of uncertainty, not only its means. */
  readonly uncertainty?: boolean
  /** In place of what the model's manifest says. */
  readonly inference?: InferenceChoice
  /** Where this model finds anything, and there alone, the other one looks; the model's own coarse one where left out. */
  readonly coarse?: Model
  readonly work?: Work
}

export interface InferenceChoice {
  /** Share of a window from one to the next; 1 is without overlap. */
  readonly step?: number
  readonly indicators?: boolean
  readonly mirror?: readonly Mirror[]
  /** 'body': cut to the body first, as the manifest says or, where it does not, by a box around all of it. */
  readonly crop?: 'body' | 'none'
}

export interface SegmentationReport {
  /** 'name@version' */
  readonly model: string
  readonly device: string
  /** `load` opens the network; whoever reads the image adds that. */
  readonly seconds: Readonly<Record<'load' | 'preprocess' | 'network' | 'postprocess' | 'total', number>>
  /** The process's peak so far. */
  readonly peakMemoryMB: number
  /** Every structure that the model offers; `meanUncertainty` (0 to 1) is null where it found none. */
  readonly structures: Readonly<Record<string, { id: number; volumeMl: number; meanUncertainty: number | null }>>
  readonly warnings: readonly string[]
}

export interface SegmentationResult {
  /** On the input's grid: ids of the model's schema, 0 background. */
  readonly labels: LabelMap
  readonly report: SegmentationReport
  /** Entropy, 0 to 1, at the network's resolution with the input's axes; null unless asked for. */
  readonly uncertainty: Volume<Float32Array> | null
  /** On the grid of the uncertainty, and only with it: the label that each voxel most likely has if it has any. */
  readonly likeliest: Volume<Uint8Array> | null
}

/**
 * Segments a CT: where a coarse model or the body says, preprocess, network (whole or over windows), restore to the input's grid, post-process.
 *
 * **The network's runs block this thread's event loop.** The signal is looked at between them.
 * @param volume HU, in any orientation and spacing
 * @throws EmendError where the network does not fit or the memory does not suffice; the signal's reason when cancelled.
 */
export async function segment(volume: Volume, model: Model, options: SegmentOptions = {}): Promise<SegmentationResult> {
  const work = options.work ?? unwatched
  const manifest = chosen(model, options.inference)
  const clock = stopwatch()

  const network = options.network ?? (await openNetwork(model, options))
  try {
    const load = clock.lap()

    const coarse = options.coarse ?? model.coarse
    const region = coarse ? await coarseRegion(volume, coarse, { ...options, device: network.device }) : null
    const located = clock.lap()

    work.signal.throwIfAborted()
    work.report({ phase: 'preprocessing', done: 0, total: 1 })
    const warnings = doubtsAboutCt(volume)
    if (coarse && !region) warnings.push(`${modelId(coarse)} found nothing: the whole image was segmented`)
    const { image } = preprocess(volume, manifest, region)
    requireMemory(volume, image, network.classes)
    const preprocessed = clock.lap()

    work.signal.throwIfAborted()
    const how = tensorInference(manifest)
    work.report({ phase: 'network', done: 0, total: runsFor(image.dims, how) })
    const viewed = mirrored(network, manifest, manifest.mirror, how.stride)
    const scores = await classScores(viewed, image, how, work)
    const networked = clock.lap()

    work.signal.throwIfAborted()
    work.report({ phase: 'restoring', done: 0, total: 1 })
    const entropy = normalisedEntropy(scores.data, scores.classes, how.kind)
    const means = meanByChannel(entropy, bestChannel(scores.data, scores.classes), scores.classes)
    const ids = model.channels.map((structure) => structure?.id ?? 0)
    const labels = restoreLabels(scores, ids, volume)
    const single = new Set(manifest.postprocess.largestComponent)
    keepLargestComponents(
      labels,
      model.channels.flatMap((structure) => (structure && single.has(structure.name) ? [structure.id] : [])),
    )
    const structures = describeStructures(model, labels, means)
    const found = Object.values(structures).some(({ volumeMl }) => volumeMl > 0)
    const asInput = <T extends VoxelArray>(data: T): Volume<T> | null =>
      options.uncertainty ? reorient({ ...scores.grid, data }, orientation(volume)) : null
    const uncertainty = asInput(entropy)
    const likeliest = options.uncertainty ? asInput(likeliestLabel(scores.data, ids)) : null
    const postprocessed = clock.lap()

    return {
      labels,
      uncertainty,
      likeliest,
      report: {
        model: modelId(model),
        device: network.device,
        seconds: {
          load,
          preprocess: preprocessed,
          network: located + networked,
          postprocess: postprocessed,
          total: load + located + preprocessed + networked + postprocessed,
        },
        peakMemoryMB: peakMemoryMB(),
        structures,
        warnings: found ? warnings : [...warnings, 'the model found nothing'],
      },
    }
  } finally {
    if (!options.network) await network.close()
  }
}

/** @throws EmendError where the model sees the image at once, and windows are asked for */
function chosen(
  { manifest, networkPath }: Model,
  { step, indicators, mirror, crop }: InferenceChoice = {},
): Model['manifest'] {
  const { inference } = manifest
  if (inference.kind === 'whole' && (step !== undefined || indicators !== undefined)) {
    throw new EmendError(`${networkPath} sees the whole image at once: it has no windows to choose`)
  }
  const windows = { ...(step === undefined ? {} : { step }), ...(indicators === undefined ? {} : { indicators }) }
  const { bodyCrop } = manifest.preprocess
  const cut = crop === undefined ? bodyCrop : crop === 'body' ? (bodyCrop ?? wholeBody) : undefined
  return {
    ...manifest,
    preprocess: { ...manifest.preprocess, bodyCrop: cut },
    inference: { ...inference, ...windows },
    mirror: [...(mirror ?? manifest.mirror)],
  }
}

/** The most memory that this process has held so far. */
export function peakMemoryMB(): number {
  return Math.round(process.resourceUsage().maxRSS / 1024)
}

function describeStructures(
  { channels }: Model,
  labels: LabelMap,
  means: readonly (number | null)[],
): SegmentationReport['structures'] {
  const counts = countLabels(labels)
  const millilitres = voxelVolume(labels) / 1000
  return Object.fromEntries(
    channels.flatMap((structure, channel) =>
      structure
        ? [
            [
              structure.name,
              { id: structure.id, volumeMl: counts[structure.id] * millilitres, meanUncertainty: means[channel] },
            ],
          ]
        : [],
    ),
  )
}

function stopwatch(): { lap: () => number } {
  let last = performance.now()
  return {
    lap() {
      const now = performance.now()
      const seconds = (now - last) / 1000
      last = now
      return seconds
    },
  }
}
