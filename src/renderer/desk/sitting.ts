/** What Next asks for: cases to pass over, and which cases are then left. */
export interface Round {
  readonly not: string[]
  /** Cases that were not shown yet; those that were shown and left; the one that is open. */
  readonly left: 'fresh' | 'shown' | 'open'
}

/** Which cases were shown since the window opened, and which of them could not be: Next goes by it. Nothing of it is kept. */
export class Sitting {
  private readonly shown = new Set<string>()
  private readonly broken = new Set<string>()

  get brokenCount(): number {
    return this.broken.size
  }

  show(caseId: string): void {
    this.shown.add(caseId)
  }

  /** What came of showing a case. */
  ended(caseId: string, couldBeOpened: boolean): void {
    if (couldBeOpened) this.broken.delete(caseId)
    else this.broken.add(caseId)
  }

  /**
   * What Next asks for, in turn, until something is found: cases that were not shown yet, then those that were shown and
   * left, then the one that is open. What could not be opened is passed over each time.
   */
  rounds(open: string | null): readonly Round[] {
    const broken = [...this.broken]
    const here = open === null ? [] : [open]
    return [
      { not: [...broken, ...this.shown, ...here], left: 'fresh' },
      { not: [...broken, ...here], left: 'shown' },
      ...(open === null ? [] : [{ not: broken, left: 'open' } as const]),
    ]
  }

  /** All have been shown: from the first again. */
  startOver(): void {
    this.shown.clear()
  }
}
