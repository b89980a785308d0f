import type { ReviewStatus } from '../../shared/labels/status'
import { deltaBytes, type LabelDelta } from './labelDelta'

export interface StatusChange {
  readonly structure: string
  readonly before: ReviewStatus
  readonly after: ReviewStatus
}

/** One thing that the reader did: voxels, statuses, or both together. */
export interface Command {
  readonly title: string
  readonly delta: LabelDelta | null
  readonly statuses: readonly StatusChange[]
}

/** A place in the log: the command that was done last, null before the first. */
export type Place = Command | null

/** The one log of all that was done to a case since it was opened; undo and redo move along it without limit. */
export class History {
  private readonly log: Command[] = []
  private at = 0
  private savedPlace: Place = null

  /** Adds what was just done; what had been undone is forgotten. */
  push(command: Command): void {
    this.log.length = this.at
    this.log.push(command)
    this.at++
  }

  /** The command to take back, null at the beginning. */
  undo(): Command | null {
    return this.at > 0 ? this.log[--this.at] : null
  }

  /** The command to do again, null at the end. */
  redo(): Command | null {
    return this.at < this.log.length ? this.log[this.at++] : null
  }

  /** The command that undo would take back. */
  get place(): Place {
    return this.log[this.at - 1] ?? null
  }

  /** The command that redo would do again. */
  get next(): Command | null {
    return this.log[this.at] ?? null
  }

  /** A save that began at a place has ended; what was done since is not in it. */
  markSaved(place: Place): void {
    this.savedPlace = place
  }

  get saved(): boolean {
    return this.savedPlace === this.place
  }

  /** Memory that the deltas take, bytes. */
  get bytes(): number {
    return this.log.reduce((sum, { delta }) => sum + (delta ? deltaBytes(delta) : 0), 0)
  }
}
