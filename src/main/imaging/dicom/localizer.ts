import type { Stack } from './stacks'
import { cross, dot } from './vector'

/** What makers call the pictures that a scan is planned on, where the image type does not say LOCALIZER. */
const PLANNING = /\b(locali[sz]er|scout|scanogram|topogram|surview|survey|3[- ]?plane)\b/i

/** A planning picture has few slices; whatever is called so and has more is a volume. */
const MOST_SLICES = 30
/** Slices of a scout that lies across a volume of the same series. */
const MOST_ACROSS = 2
const LEAST_BEHIND = 5
/** Cosine of the angle between two normals that lie across one another. */
const ACROSS = Math.cos((60 * Math.PI) / 180)

/** Why a stack is a planning picture (localizer, scout) and no volume; null where it is one. */
export function localizerReason(stack: Stack, all: readonly Stack[]): string | null {
  const { instance } = stack.slices[0]
  if (PLANNING.test(instance.seriesDescription) && stack.slices.length <= MOST_SLICES) {
    return `a localizer (scout), by its name '${instance.seriesDescription}'`
  }
  const across = all.some(
    (other) =>
      other.slices[0].instance.seriesInstanceUid === instance.seriesInstanceUid &&
      other.slices.length >= LEAST_BEHIND &&
      Math.abs(dot(normalOf(other), normalOf(stack))) < ACROSS,
  )
  return across && stack.slices.length <= MOST_ACROSS ? 'a localizer (scout), across the slices of its series' : null
}

function normalOf({ slices }: Stack): ReturnType<typeof cross> {
  return cross(...slices[0].frame.orientation)
}
