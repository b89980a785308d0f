import { EmendError, oneLine } from '../../../shared/errors'
import { unwatched, type Work } from '../../../shared/progress'
import { assemble } from '../dicom/assemble'
import type { Instance } from '../dicom/instance'
import type { LabelObject } from '../dicom/labelObject'
import { localizerReason } from '../dicom/localizer'
import { sourceOf } from '../dicom/source'
import { geometryOf, type StackGeometry } from '../dicom/stackGeometry'
import { stacksOf, type Stack } from '../dicom/stacks'
import { orientationWarnings } from '../plausibility'
import { straighten } from '../straighten'
import type { Volume } from '../volume'
import { dicom } from './dicom'
import { dicomdir } from './dicomdir'
import { sourcesIn } from './folder'
import type { Handled, Handler, SingleImage } from './handler'
import { withLabels } from './labels'
import { metaImage } from './metaImage'
import { nifti } from './nifti'
import { nrrd } from './nrrd'
import type { ImportedVolume, ImportResult, SkippedSource } from './result'
import { fileSource, type Source } from './source'
import { zip } from './zip'

/** For files, in this order; the first that knows one decides. */
const chain: readonly Handler[] = [zip, dicom, nrrd, metaImage, nifti]
/** For the paths that were asked for. */
const chainOfRoots: readonly Handler[] = [dicomdir, ...chain]

/** HU beyond the slices of a straightened CT. */
const AIR = -1024

/** Files whose beginnings are read while another is looked at: a disc, and even more a network, likes it so. */
const AHEAD = 4

/** Folders and archives within one another deeper than this are no study. */
const DEEPEST = 32

export interface ReadOptions {
  /** Resample a stack that a tilted gantry sheared to a grid at right angles; else it keeps its shear. */
  readonly straighten?: boolean
}

/**
 * Reads every image in files, folders and zip archives: NIfTI files, and DICOM series put together from their slices.
 * What is no image is listed with its reason; what is odd about an image is a warning kept with it.
 * @throws EmendError where none of them holds a single image, or the only path cannot be read
 */
export async function readImages(
  paths: readonly string[],
  work: Work = unwatched,
  options: ReadOptions = {},
): Promise<ImportResult> {
  const found = await sort(
    paths.map((path) => fileSource(path)),
    work,
  )
  const volumes = found.images.map(asImported)
  const skipped = [...found.skipped]
  const stacks = stacksOf(found.instances)
  const read = progressOf(work, stacks)
  for (const stack of stacks) {
    const label = labelOf(stack)
    const localizer = localizerReason(stack, stacks)
    if (localizer) {
      skipped.push({ path: label, reason: localizer })
      continue
    }
    const geometry = geometryOf(stack.slices)
    if ('reason' in geometry) {
      skipped.push({ path: label, reason: geometry.reason })
      continue
    }
    try {
      volumes.push(await readStack(stack, geometry, options, read))
    } catch (error) {
      if (!(error instanceof EmendError)) throw error
      skipped.push({ path: label, reason: oneLine(error) })
    }
  }
  const labelled = withLabels(volumes, found.labels)
  skipped.push(...labelled.alone)
  if (volumes.length === 0) throw nothingFound(paths, skipped)
  return { volumes: withUniqueIds(labelled.volumes), skipped }
}

interface Found {
  readonly images: SingleImage[]
  readonly instances: Instance[]
  readonly labels: LabelObject[]
  readonly skipped: SkippedSource[]
}

/** Walks through folders and archives and asks the chain about every file. */
async function sort(roots: readonly Source[], work: Work): Promise<Found> {
  const found: Found = { images: [], instances: [], labels: [], skipped: [] }
  const waiting = roots.map((source) => ({ source, depth: 0 })).reverse()
  const early: EarlyStarts = new Map()
  let done = 0
  for (let next = waiting.pop(); next; next = waiting.pop()) {
    work.signal.throwIfAborted()
    const { source, depth } = next
    for (const { source: soon } of waiting.slice(-AHEAD)) startEarly(soon, early)
    try {
      const handled = await ask(source, depth === 0 ? chainOfRoots : chain, early)
      if (handled.kind === 'sources' && depth < DEEPEST) {
        waiting.push(...handled.sources.map((inner) => ({ source: inner, depth: depth + 1 })).reverse())
      } else if (handled.kind === 'sources') {
        found.skipped.push({ path: source.name, reason: 'nested too deep' })
      } else if (handled.kind === 'image') {
        found.images.push(handled.image)
      } else if (handled.kind === 'instance') {
        found.instances.push(handled.instance)
      } else if (handled.kind === 'labels') {
        found.labels.push(handled.labels)
      } else {
        found.skipped.push({ path: source.name, reason: handled.reason })
      }
    } catch (error) {
      // The one file that was asked for has nobody else to speak for it.
      if (!(error instanceof EmendError) || (depth === 0 && roots.length === 1)) throw error
      found.skipped.push({ path: source.name, reason: oneLine(error) })
    }
    work.report({ phase: 'finding', done: ++done, total: done + waiting.length })
  }
  return found
}

/** Beginnings of files that are being read before their turn. */
type EarlyStarts = Map<Source, Promise<Uint8Array>>

function startEarly(source: Source, early: EarlyStarts): void {
  if (!source.isFile || early.has(source)) return
  const start = source.start()
  // It is heard of in its turn.
  start.catch(() => undefined)
  early.set(source, start)
}

async function ask(source: Source, handlers: readonly Handler[], early: EarlyStarts): Promise<Handled> {
  const sources = source.path === undefined || source.isFile ? null : await sourcesIn(source.path)
  if (sources) return { kind: 'sources', sources }
  const start = await (early.get(source) ?? source.start())
  early.delete(source)
  for (const handler of handlers) {
    const handled = await handler(source, start)
    // Of an image's header, values are kept and no bytes.
    if (handled?.kind === 'instance') source.reuse?.(start)
    if (handled) return handled
  }
  return { kind: 'skipped', reason: 'not an image that Emend reads' }
}

async function readStack(
  stack: Stack,
  geometry: StackGeometry,
  options: ReadOptions,
  onSlice: () => void,
): Promise<ImportedVolume> {
  const { instance } = geometry.slices[0]
  const assembled = await assemble(geometry, onSlice)
  const straight = options.straighten === true && geometry.tilt > 0
  const volume = straight ? straighten(assembled, instance.modality === 'CT' ? AIR : 0) : assembled
  const name = instance.seriesDescription || `Series ${instance.seriesNumber || 'without a name'}`
  return {
    id: instance.seriesInstanceUid,
    modality: instance.modality,
    description: stack.distinction ? `${name} (${stack.distinction})` : name,
    volume,
    warnings: [
      ...stack.warnings,
      ...tiltWarning(geometry.tilt, straight),
      ...geometry.warnings,
      ...implausible(volume, instance.modality, instance.patientPosition),
    ],
    dicom: sourceOf(geometry),
  }
}

function tiltWarning(degrees: number, straight: boolean): string[] {
  if (degrees === 0) return []
  const tilt = `sheared by ${degrees.toFixed(1)} degrees (gantry tilt)`
  if (straight) return [`the stack was ${tilt}; resampled to a straight grid, so its voxels are interpolated`]
  return [
    `the stack is ${tilt}; kept so: positions, distances and volumes in mm are right, but coronal and sagittal views ` +
      'look slanted, and programs that take voxel axes for right angles measure wrongly across slices',
  ]
}

function asImported({ name, volume, warnings }: SingleImage): ImportedVolume {
  const modality = modalityOf(volume)
  return {
    id: name,
    modality,
    description: name,
    volume,
    warnings: [...warnings, ...implausible(volume, modality)],
  }
}

function implausible(volume: Volume, modality: string, patientPosition?: string): string[] {
  return modality === 'CT' ? orientationWarnings(volume, patientPosition) : []
}

/** NIfTI does not say. Only CT has air far below zero: a volume with many values under -500 is in HU. */
function modalityOf({ data }: Volume): string {
  const step = Math.max(1, Math.floor(data.length / 100_000))
  let air = 0
  let seen = 0
  for (let n = 0; n < data.length; n += step, seen++) if (data[n] < -500) air++
  return air > 0.005 * seen ? 'CT' : 'OT'
}

function labelOf({ slices }: Stack): string {
  const { source, seriesDescription } = slices[0].instance
  const rest = slices.length > 1 ? ` and ${slices.length - 1} more` : ''
  return `${source.name}${rest}${seriesDescription ? ` (${seriesDescription})` : ''}`
}

function progressOf(work: Work, stacks: readonly Stack[]): () => void {
  const total = stacks.reduce((sum, { slices }) => sum + slices.length, 0)
  const start = performance.now()
  let done = 0
  return () => {
    work.signal.throwIfAborted()
    done++
    const secondsLeft = ((performance.now() - start) / 1000 / done) * (total - done)
    work.report({ phase: 'reading', done, total, secondsLeft })
  }
}

function withUniqueIds(volumes: readonly ImportedVolume[]): ImportedVolume[] {
  const taken = new Map<string, number>()
  return volumes.map((volume) => {
    const times = (taken.get(volume.id) ?? 0) + 1
    taken.set(volume.id, times)
    return times === 1 ? volume : { ...volume, id: `${volume.id}-${times}` }
  })
}

function nothingFound(paths: readonly string[], skipped: readonly SkippedSource[]): EmendError {
  const where = paths.join(', ')
  const [first] = skipped
  if (!first) return new EmendError(`${where} holds no image`)
  const others = skipped.length > 1 ? `, and ${skipped.length - 1} more` : ''
  return new EmendError(`no image in ${where}: ${first.path}: ${first.reason}${others}`, {
    hint: 'Emend reads DICOM series (folder, zip or files), NIfTI, NRRD and MetaImage',
  })
}
