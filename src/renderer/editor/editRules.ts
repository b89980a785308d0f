import { beneath, onlyValue, paintableOver, overAllUnlocked, type Overwrite, type WritableValues } from './writable'

/** What an edit of one structure may do to the voxels; the same for the brush, for outlines, and for effects. */
export interface EditRules {
  /** The structure edited. */
  readonly value: number
  /** What it may be written over. */
  readonly over: WritableValues
  /** What may be taken from it: itself, where it is not locked. */
  readonly own: WritableValues
  /** What is left where it goes. */
  readonly under: number
  /** Values that an edit of several structures may write: none that is locked, nor a hole in what they lie inside of. */
  readonly allowed: WritableValues
}

export function editRules(value: number, overwrite: Overwrite, locked: readonly number[]): EditRules {
  const under = beneath(overwrite)
  const allowed = paintableOver(overAllUnlocked, locked)
  if (under !== 0) allowed[0] = 0
  return {
    value,
    over: paintableOver(overwrite, locked),
    // To give back to a locked structure would change it.
    own: locked.includes(under) ? new Uint8Array(256) : onlyValue(value, locked),
    under,
    allowed,
  }
}
