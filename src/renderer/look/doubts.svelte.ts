import { SCHEME } from '../../shared/contract'
import { oneLine } from '../../shared/errors'
import { isOpen } from '../../shared/labels/reviewed'
import { invertAffine, applyAffine } from '../../shared/geometry/affine'
import { decodeUncertainty, type DoubtfulSpot, type UncertaintyMap } from '../../shared/uncertainty'
import type { Review } from '../review/review.svelte'
import type { OpenCase } from '../review/openCase.svelte'

/** A spot as the reader is led to it. */
export interface VisitedSpot {
  readonly spot: DoubtfulSpot
  readonly title: string
  /** From 1, among those that are left. */
  readonly place: number
  readonly all: number
}

/** How unsure the model was of the open case: its map, and the way from one doubtful place to the next. */
export class Doubts {
  /** Whether the reader wants to see the map. */
  wanted = $state(false)
  map = $state.raw<UncertaintyMap | null>(null)
  /** Where the reader was led last. */
  at = $state.raw<VisitedSpot | null>(null)
  private visited = new Set<DoubtfulSpot>()
  /** What `map` was asked for, and the answer that is awaited. */
  private asked: { readonly detail: OpenCase['detail']; readonly answer: Promise<void> } | null = null

  constructor(
    private readonly review: Review,
    private readonly say: (line: string) => void,
    private readonly fetchMap: (caseId: string, revision: string) => Promise<UncertaintyMap | null> = fetchUncertainty,
  ) {}

  get shown(): boolean {
    return this.wanted && this.map !== null
  }

  /** Shows the map, or hides it; says why where there is none. */
  async toggle(): Promise<void> {
    this.wanted = !this.wanted
    if (!this.wanted) return
    await this.load()
    if (this.map) return
    this.wanted = false
    this.say('Nothing is known of the uncertainty: segment the case (again) with this version of Emend')
  }

  /** Fetches the map of the open case, where that has not been done since its labels came. */
  async load(): Promise<void> {
    const opened = this.review.case
    if (!opened) return
    if (this.asked?.detail !== opened.detail) {
      this.forget()
      this.asked = { detail: opened.detail, answer: this.fetch(opened) }
    }
    await this.asked?.answer
  }

  /** Leads to the most doubtful place, of structures that are left to review, that was not visited; round and round. */
  async next(): Promise<void> {
    await this.load()
    const opened = this.review.case
    if (!opened || !this.map) {
      if (opened) this.say('Nothing is known of the uncertainty: segment the case (again) with this version of Emend')
      return
    }
    const open = openSpots(this.map.spots, (name) => isOpen(opened.statusOf(name)))
    if (open.length === 0) {
      this.at = null
      return this.say('No doubtful place is left in structures that are to be reviewed')
    }
    if (open.every((spot) => this.visited.has(spot))) this.visited.clear()
    const place = open.findIndex((spot) => !this.visited.has(spot))
    const spot = open[place]
    this.visited.add(spot)
    this.review.pick(spot.structure)
    this.review.viewer.goTo(applyAffine(invertAffine(opened.detail.affine), spot.mm))
    this.at = { spot, title: opened.activeStructure.title, place: place + 1, all: open.length }
  }

  /** Another case is open, or none. */
  forget(): void {
    this.asked = null
    this.map = null
    this.at = null
    this.visited.clear()
  }

  private async fetch(opened: OpenCase): Promise<void> {
    const { revision, detail } = opened
    if (revision === null) return
    try {
      const map = await this.fetchMap(opened.id, revision)
      // Of labels that were replaced meanwhile another map is on its way.
      if (this.review.case === opened && this.asked?.detail === detail) this.map = map
    } catch (error) {
      this.say(oneLine(error))
    }
  }
}

/** Those of structures that are left to review, the worst first. */
export function openSpots(
  spots: readonly DoubtfulSpot[],
  isLeft: (structure: string) => boolean,
): readonly DoubtfulSpot[] {
  return spots.filter(({ structure }) => isLeft(structure))
}

async function fetchUncertainty(caseId: string, revision: string): Promise<UncertaintyMap | null> {
  const url = `${SCHEME}://library/cases/${encodeURIComponent(caseId)}/uncertainty/${encodeURIComponent(revision)}`
  const response = await fetch(url)
  if (response.status === 204) return null
  if (!response.ok) throw new Error((await response.text()).trim())
  return decodeUncertainty(new Uint8Array(await response.arrayBuffer()))
}
