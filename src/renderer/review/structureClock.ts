import type { StructureSeconds } from '../../shared/review'

/** A reader who does nothing for longer than this is not reading: the pause counts for this long and no more. */
const LONGEST_PAUSE_MS = 60_000

/** How long a reader was at work on each structure: the time while it was the active one, long pauses cut short. */
export class StructureClock {
  private at: { readonly structure: string; readonly ms: number } | null = null
  private readonly ms = new Map<string, number>()

  /** @param now milliseconds */
  constructor(private readonly now: () => number = () => performance.now()) {}

  /** The reader does something, or goes to another structure: the time until now is that of the one before. */
  touch(structure: string): void {
    this.countUpToNow()
    this.at = { structure, ms: this.now() }
  }

  /** The reader goes elsewhere: what passes until the next touch is nobody's. */
  pause(): void {
    this.countUpToNow()
    this.at = null
  }

  /** Seconds by structure since they were last taken. */
  take(): StructureSeconds {
    const seconds = Object.fromEntries([...this.ms].map(([structure, ms]) => [structure, ms / 1000]))
    this.ms.clear()
    return seconds
  }

  /** What was taken was not saved after all. */
  giveBack(seconds: StructureSeconds): void {
    for (const [structure, s] of Object.entries(seconds)) this.add(structure, 1000 * s)
  }

  private countUpToNow(): void {
    if (this.at) this.add(this.at.structure, Math.min(LONGEST_PAUSE_MS, this.now() - this.at.ms))
  }

  private add(structure: string, ms: number): void {
    this.ms.set(structure, (this.ms.get(structure) ?? 0) + ms)
  }
}

/** What a reader does with hands on a case: all of it, before anything else hears of it. */
const deeds = ['pointermove', 'pointerdown', 'wheel', 'keydown'] as const

/**
 * Has a clock run by what the reader does in the window; the returned function ends that.
 * @param active the structure that the reader works at; null while they are elsewhere
 */
export function runByDeeds(clock: StructureClock, active: () => string | null): () => void {
  const heard = (): void => {
    const structure = active()
    if (structure === null) clock.pause()
    else clock.touch(structure)
  }
  const options = { capture: true, passive: true }
  for (const deed of deeds) window.addEventListener(deed, heard, options)
  return () => {
    for (const deed of deeds) window.removeEventListener(deed, heard, options)
    clock.pause()
  }
}
