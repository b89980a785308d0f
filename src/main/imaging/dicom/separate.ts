import type { Traits } from './instance'
import { heightOf, SAME_PLACE, type Slice } from './slice'

/*
 * The volumes within one series. PS3.3 lets a series hold several: contrast phases, echoes, reconstructions.
 * Some attributes always mean another volume. Others (acquisition number, the later values of the image type) also
 * change along one volume, so they count only where the volumes that they make would lie within one another.
 */
type Trait = keyof Traits

const titles: Readonly<Record<Trait, string>> = {
  stack: 'stack',
  time: 'time point',
  phase: 'contrast phase',
  echo: 'echo',
  diffusion: 'b-value',
  imageType: 'image type',
  acquisition: 'acquisition',
  kernel: 'kernel',
  voltage: 'tube voltage',
  trigger: 'trigger time',
}

const decisive: readonly Trait[] = ['stack', 'time', 'phase', 'echo', 'diffusion', 'imageType']
const telling: readonly Trait[] = ['acquisition', 'imageType', 'kernel', 'voltage', 'trigger']

/** Interleaved slices that are nearer than this share of their thickness are two volumes' rather than one's. */
const NEAREST = 0.75

function decisiveValue(traits: Traits, trait: Trait): string {
  // The first three values say what the pixels are (PS3.3 C.7.6.1.1.2); those behind are the maker's own.
  return trait === 'imageType' ? traits.imageType.split('\\').slice(0, 3).join('\\') : traits[trait]
}

/** The same for all slices that may make one volume. */
export function decisiveKey(traits: Traits): string {
  return decisive.map((trait) => decisiveValue(traits, trait)).join('\n')
}

/** A function that names what tells one of these apart from the others. */
export function whatDiffers(all: readonly Traits[]): (traits: Traits) => string {
  const differing = decisive.filter((trait) => new Set(all.map((traits) => decisiveValue(traits, trait))).size > 1)
  return (traits) => differing.map((trait) => named(trait, decisiveValue(traits, trait))).join(', ')
}

function named(trait: Trait, value: string): string {
  return value === '' ? `no ${titles[trait]}` : `${titles[trait]} ${value.replaceAll('\\', ' ').toLowerCase()}`
}

export interface Part {
  readonly slices: readonly Slice[]
  /** What it is, of the volumes that share its place: 'acquisition 2'; '' where it is the only one. */
  readonly distinction: string
  /** The name of what told it apart. */
  readonly by: string
}

/** Slices at one place, or between one another, become volumes of their own where something tells them apart. */
export function separate(slices: readonly Slice[]): Part[] {
  const whole: Part = { slices, distinction: '', by: '' }
  for (const trait of telling) {
    const parts = groupBy(slices, ({ frame }) => frame.traits[trait])
    // As many values as slices tell nothing: it counts the slices.
    if (parts.length < 2 || parts.length > slices.length / 2 || !collide(parts, slices)) continue
    return parts.flatMap((part) =>
      separate(part).map(({ slices: inner, distinction, by }) => ({
        slices: inner,
        distinction: [named(trait, part[0].frame.traits[trait]), distinction].filter(Boolean).join(', '),
        by: [titles[trait], by].filter(Boolean).join(' and '),
      })),
    )
  }
  const rounds = roundsOf(slices)
  if (!rounds) return [whole]
  const by = 'the order of their instance numbers'
  return rounds.map((round, n) => ({ slices: round, distinction: `round ${n + 1}`, by }))
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

/** Whether two parts share places, or lie within one another in a way that one volume's slices do not. */
function collide(parts: readonly (readonly Slice[])[], all: readonly Slice[]): boolean {
  const heights = parts.map((part) => part.map(heightOf).sort((a, b) => a - b))
  const owned = heights.flatMap((part, owner) => part.map((height) => ({ height, owner })))
  owned.sort((a, b) => a.height - b.height)
  const shared = owned.some(
    ({ height, owner }, n) => n > 0 && owned[n - 1].owner !== owner && height - owned[n - 1].height < SAME_PLACE,
  )
  if (shared) return true
  const within = heights.some((a, n) => heights.slice(n + 1).some((b) => overlap(a, b)))
  return (
    within &&
    !fitTogether(
      owned.map(({ height }) => height),
      all[0].frame.thickness,
    )
  )
}

function overlap(a: readonly number[], b: readonly number[]): boolean {
  const [low, high] = [Math.max(a[0], b[0]), Math.min(a[a.length - 1], b[b.length - 1])]
  return a.length > 1 && b.length > 1 && high - low > 0
}

/** An even stack whose slices lie as near as their thickness lets one expect: interleaved acquisition of one volume. */
function fitTogether(heights: readonly number[], thickness: number | undefined): boolean {
  const gap = (heights[heights.length - 1] - heights[0]) / (heights.length - 1)
  const even = heights.every((height, n) => Math.abs(height - heights[0] - n * gap) <= 0.1 * gap)
  return even && (thickness === undefined || gap > NEAREST * thickness)
}

/**
 * Where every place has the same number of slices and nothing but their number tells them apart: the first of each
 * place, the second of each, and so on, provided that each of these counts steadily through the places.
 */
function roundsOf(slices: readonly Slice[]): Slice[][] | null {
  const places: Slice[][] = []
  const ordered = slices.map((slice) => ({ slice, height: heightOf(slice) })).sort((a, b) => a.height - b.height)
  let last = -Infinity
  for (const { slice, height } of ordered) {
    if (height - last < SAME_PLACE) places[places.length - 1].push(slice)
    else places.push([slice])
    last = height
  }
  const count = places[0]?.length ?? 0
  if (count < 2 || places.length < 3 || places.some((place) => place.length !== count)) return null
  for (const place of places) place.sort((a, b) => a.instance.instanceNumber - b.instance.instanceNumber)
  const rounds = Array.from({ length: count }, (_, n) => places.map((place) => place[n]))
  return rounds.every(countsSteadily) ? rounds : null
}

function countsSteadily(slices: readonly Slice[]): boolean {
  const steps = slices.slice(1).map((slice, n) => slice.instance.instanceNumber - slices[n].instance.instanceNumber)
  return steps.every((step) => step > 0) || steps.every((step) => step < 0)
}
