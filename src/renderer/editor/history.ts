import type { StructureLook } from '../../shared/labels/looks'
import type { ReviewStatus } from '../../shared/labels/status'
import { deltaBytes, type LabelDelta } from './labelDelta'

export interface StatusChange {
  readonly structure: string
  readonly before: ReviewStatus
  readonly after: ReviewStatus
  /** Why it is rejected, after or before; left out where that is not known. */
  readonly reason?: string
}

export interface LookChange {
  readonly structure: string
  readonly before: StructureLook
  readonly after: StructureLook
}

/** One thing that the reader did: voxels, statuses, or both together; or names and colours. */
export interface Command {
  readonly title: string
  readonly delta: LabelDelta | null
  readonly statuses: readonly StatusChange[]
  readonly looks?: readonly LookChange[]
  readonly who: string
  /** ISO 8601; empty where an older journal does not say. */
  readonly at: string
}

/** A command on the way through the log, and which way. */
export interface Move {
  readonly command: Command
  readonly direction: 'forward' | 'back'
}

/** The state of the voxels: the command that changed them last, null before the first. */
export type VoxelState = Command | null

/** The one log of all that was done to a case since it was opened; undo and redo move along it without limit. */
export class History {
  private readonly log: Command[] = []
  private at = 0
  private savedVoxels: VoxelState = null

  /** Adds what was just done; what had been undone is forgotten. */
  push(command: Command): void {
    this.log.length = this.at
    this.log.push(command)
    this.at++
  }

  /** All commands, oldest first, with those that were undone at the end. */
  get commands(): readonly Command[] {
    return this.log
  }

  /** How many of the commands are done now. */
  get position(): number {
    return this.at
  }

  /** Moves to where the first `position` commands are done; gives what is to be undone or done again, in that order. */
  goTo(position: number): Move[] {
    const to = Math.min(this.log.length, Math.max(0, position))
    const from = this.at
    this.at = to
    if (to >= from) return this.log.slice(from, to).map((command) => ({ command, direction: 'forward' }))
    const undone = this.log.slice(to, from).reverse()
    return undone.map((command) => ({ command, direction: 'back' }))
  }

  /** The command that undo would take back. */
  get last(): Command | null {
    return this.log[this.at - 1] ?? null
  }

  /** The command that redo would do again. */
  get next(): Command | null {
    return this.log[this.at] ?? null
  }

  get voxels(): VoxelState {
    return this.log.slice(0, this.at).findLast((command) => command.delta !== null) ?? null
  }

  /** A save of these voxels has ended; what was done since is not in it. */
  markSaved(voxels: VoxelState): void {
    this.savedVoxels = voxels
  }

  get voxelsSaved(): boolean {
    return this.savedVoxels === this.voxels
  }

  /**
   * What leads from one state of the voxels to now: commands done since, or the way back over those undone since.
   * Nothing where that state was undone and then painted over: no way leads from it.
   * @param reverse makes the command that takes another back
   */
  since(state: VoxelState, reverse: (command: Command) => Command): Command[] {
    const place = state === null ? 0 : this.log.indexOf(state) + 1
    if (state !== null && place === 0) return []
    if (place <= this.at) return this.log.slice(place, this.at)
    return this.log.slice(this.at, place).reverse().map(reverse)
  }

  /** Memory that the deltas take, bytes. */
  get bytes(): number {
    return this.log.reduce((sum, { delta }) => sum + (delta ? deltaBytes(delta) : 0), 0)
  }
}
