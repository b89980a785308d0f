import type { Instance } from './instance'
import { decisiveKey, separate, whatDiffers } from './separate'
import { heightOf, SAME_PLACE, type Slice } from './slice'
import { subtract } from './vector'

/** Slices that may make one volume: the same series, frame of reference, size, spacing and orientation. */
export interface Stack {
  readonly slices: readonly Slice[]
  /** What tells it from the other volumes of its series ('echo 4.6, acquisition 2'); '' where it is the only one. */
  readonly distinction: string
  readonly warnings: readonly string[]
}

/** Directions may differ by rounding between the slices of a stack, never by a tenth of a degree. */
const SAME_DIRECTION = 1.5e-3
/** How many files a warning names. */
const NAMED = 3

/** Sorts frames into stacks: what a series says is one series can still be several volumes, or phases of one. */
export function stacksOf(instances: readonly Instance[]): Stack[] {
  const groups = new Map<string, Slice[][]>()
  const bySeries = new Map<string, Slice[][]>()
  for (const instance of instances) {
    const series = JSON.stringify([instance.identity.studyInstanceUid, instance.seriesInstanceUid, instance.modality])
    const ofSeries = bySeries.get(series) ?? []
    bySeries.set(series, ofSeries)
    for (const frame of instance.frames) {
      const slice = { instance, frame }
      const key = JSON.stringify([series, instance.frameOfReferenceUid, sizeOf(instance), decisiveKey(frame.traits)])
      const candidates = groups.get(key) ?? []
      groups.set(key, candidates)
      const group = candidates.find(([first]) => sameGrid(first, slice))
      if (group) {
        group.push(slice)
      } else {
        const fresh = [slice]
        candidates.push(fresh)
        ofSeries.push(fresh)
      }
    }
  }
  return [...bySeries.values()].flatMap(stacksOfSeries)
}

function sizeOf({ pixels }: Instance): string {
  return `${pixels.rows} x ${pixels.columns}`
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

/** The groups of one series, each without copies and separated into the phases that lie at one place. */
function stacksOfSeries(groups: readonly (readonly Slice[])[]): Stack[] {
  const between = whatDiffers(groups.map(([first]) => first.frame.traits))
  return groups.flatMap((group) => {
    const { unique, copies } = withoutCopies(group)
    const warnings = copies.length > 0 ? [copyWarning(copies)] : []
    const parts = separate(unique)
    if (parts.length > 1) {
      const by = [...new Set(parts.map((part) => part.by))].join(' and ')
      warnings.push(
        `the series holds ${parts.length} volumes of the same region, told apart by ${by}; each was read by itself`,
      )
    }
    return parts.map(({ slices, distinction }) => {
      const kept = firstOfEachPlace(slices)
      const dropped = slices.filter((slice) => !kept.includes(slice))
      return {
        slices: kept,
        distinction: [between(slices[0].frame.traits), distinction].filter(Boolean).join(', '),
        warnings: dropped.length > 0 ? [...warnings, droppedWarning(dropped)] : warnings,
      }
    })
  })
}

interface Copy {
  readonly copy: Slice
  readonly of: Slice
}

/** The same frame of the same SOP instance more than once: the first stays. */
function withoutCopies(slices: readonly Slice[]): { unique: Slice[]; copies: Copy[] } {
  const seen = new Map<string, Slice>()
  const copies: Copy[] = []
  const unique = slices.filter((slice) => {
    const { instance, frame } = slice
    const key = `${instance.sopInstanceUid}#${frame.index}`
    const former = instance.sopInstanceUid === '' ? undefined : seen.get(key)
    if (former) copies.push({ copy: slice, of: former })
    else seen.set(key, slice)
    return former === undefined
  })
  return { unique, copies }
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

function copyWarning(copies: readonly Copy[]): string {
  const names = copies.map(({ copy, of }) => `${fileName(copy)} is ${fileName(of)} again`)
  return `${copies.length} of the slices came twice; read once: ${listed(names)}`
}

function droppedWarning(dropped: readonly Slice[]): string {
  const count = `${dropped.length} of the slices`
  return `left out because another slice lies at the same place: ${count}: ${listed(dropped.map(fileName))}`
}

function listed(names: readonly string[]): string {
  const more = names.length > NAMED ? `, and ${names.length - NAMED} more` : ''
  return names.slice(0, NAMED).join(', ') + more
}

/** The last part of a file's path: enough to find it in its series. */
function fileName({ instance, frame }: Slice): string {
  const name = instance.source.name.split(/[\\/]/).at(-1) ?? ''
  return instance.pixels.frames > 1 ? `frame ${frame.index + 1} of ${name}` : name
}
