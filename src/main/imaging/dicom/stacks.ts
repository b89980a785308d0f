import { dot, cross, subtract } from './vector'
import type { Frame, Instance } from './instance'

/** One plane of a volume to be: a frame and the file that holds it. */
export interface Slice {
  readonly instance: Instance
  readonly frame: Frame
}

/** Slices that may make one volume: the same series, frame of reference, size, spacing and orientation. */
export interface Stack {
  readonly slices: readonly Slice[]
  readonly warnings: readonly string[]
}

/** Directions may differ by rounding between the slices of a stack, never by a tenth of a degree. */
const SAME_DIRECTION = 1.5e-3
/** Slices whose planes are nearer than this, mm, lie at the same place. */
export const SAME_PLACE = 0.01

/** Sorts frames into stacks: what a series says is one series can still be several volumes, or phases of one. */
export function stacksOf(instances: readonly Instance[]): Stack[] {
  const groups: Slice[][] = []
  const byKey = new Map<string, Slice[][]>()
  for (const instance of instances) {
    for (const frame of instance.frames) {
      const slice = { instance, frame }
      const key = discreteKey(slice)
      const candidates = byKey.get(key) ?? []
      byKey.set(key, candidates)
      const group = candidates.find(([first]) => sameGrid(first, slice))
      if (group) {
        group.push(slice)
      } else {
        const fresh = [slice]
        candidates.push(fresh)
        groups.push(fresh)
      }
    }
  }
  return groups.flatMap(separateRepeats)
}

function discreteKey({ instance, frame }: Slice): string {
  return JSON.stringify([
    instance.identity.studyInstanceUid,
    instance.seriesInstanceUid,
    instance.modality,
    instance.frameOfReferenceUid,
    instance.pixels.rows,
    instance.pixels.columns,
    ...frame.parts,
  ])
}

function sameGrid(a: Slice, b: Slice): boolean {
  const near = (x: number, y: number): boolean => Math.abs(x - y) <= 1e-3 * x
  return (
    [0, 1].every((axis) => near(a.frame.pixelSpacing[axis], b.frame.pixelSpacing[axis])) &&
    [0, 1].every(
      (axis) => Math.hypot(...subtract(a.frame.orientation[axis], b.frame.orientation[axis])) < SAME_DIRECTION,
    )
  )
}

/** Distance of a slice along its normal, mm. */
export function heightOf({ frame }: Slice): number {
  return dot(frame.position, cross(frame.orientation[0], frame.orientation[1]))
}

/** What may tell two slices at one place apart, in the order tried. */
const distinctions: readonly ((slice: Slice) => string)[] = [
  ({ instance }) => instance.acquisition,
  ({ instance }) => instance.imageType.join('\\'),
]

/**
 * Slices at one place are copies of one another, or phases that share a series. Copies (the same SOP instance) are
 * dropped; phases become stacks of their own where an attribute tells them apart, else the first of each place stays.
 */
function separateRepeats(slices: readonly Slice[]): Stack[] {
  const seen = new Set<string>()
  const unique = slices.filter(({ instance, frame }) => {
    const key = `${instance.sopInstanceUid}#${frame.index}`
    if (instance.sopInstanceUid === '' || !seen.has(key)) {
      seen.add(key)
      return true
    }
    return false
  })
  const copies = slices.length - unique.length
  const warnings = copies > 0 ? [`${copies} of the slices came twice; read once`] : []
  if (!hasRepeats(unique)) return [{ slices: unique, warnings }]
  for (const distinction of distinctions) {
    const parts = groupBy(unique, distinction)
    if (parts.length > 1 && !parts.some(hasRepeats)) {
      const split = `the series holds ${parts.length} volumes of the same region; each was read by itself`
      return parts.map((part) => ({ slices: part, warnings: [...warnings, split] }))
    }
  }
  const kept = firstOfEachPlace(unique)
  const dropped = `left out because another slice lies at the same place: ${unique.length - kept.length} of the slices`
  return [{ slices: kept, warnings: [...warnings, dropped] }]
}

function groupBy(slices: readonly Slice[], keyOf: (slice: Slice) => string): Slice[][] {
  const groups = new Map<string, Slice[]>()
  for (const slice of slices) {
    const key = keyOf(slice)
    const group = groups.get(key)
    if (group) group.push(slice)
    else groups.set(key, [slice])
  }
  return [...groups.values()]
}

function hasRepeats(slices: readonly Slice[]): boolean {
  return firstOfEachPlace(slices).length < slices.length
}

function firstOfEachPlace(slices: readonly Slice[]): Slice[] {
  const ordered = slices.map((slice) => ({ slice, height: heightOf(slice) }))
  ordered.sort((a, b) => a.height - b.height || a.slice.instance.instanceNumber - b.slice.instance.instanceNumber)
  let last = -Infinity
  return ordered.flatMap(({ slice, height }) => {
    if (height - last < SAME_PLACE) return []
    last = height
    return [slice]
  })
}
