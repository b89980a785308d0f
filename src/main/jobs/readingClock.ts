/** A reader who does nothing for longer than this is not reading: the pause counts for this long and no more. */
const LONGEST_PAUSE_S = 60

/**
 * How long a reader was at work on a case, told by what the window asks of the library while somebody reads: opening,
 * edits, decisions, saves. What is between two of them counts, up to a minute.
 */
export class ReadingClock {
  private at: { readonly caseId: string; readonly ms: number } | null = null
  private readonly seconds = new Map<string, number>()

  /** @param now milliseconds */
  constructor(private readonly now: () => number = Date.now) {}

  touch(caseId: string): void {
    const ms = this.now()
    if (this.at?.caseId === caseId) {
      const passed = Math.min(LONGEST_PAUSE_S, (ms - this.at.ms) / 1000)
      this.seconds.set(caseId, (this.seconds.get(caseId) ?? 0) + passed)
    }
    this.at = { caseId, ms }
  }

  /** Seconds since they were last taken; null where nothing was measured. */
  take(caseId: string): number | null {
    const seconds = this.seconds.get(caseId) ?? null
    this.seconds.delete(caseId)
    return seconds
  }
}
