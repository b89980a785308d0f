import type { EffectResult } from './effectRun'
import type { LabelDelta } from './labelDelta'
import type { LabelEditor } from './labelEditor'
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

/** Writes what an effect made, as far as the rules let it. */
export function writeResult(editor: LabelEditor, result: EffectResult, rules: EditRules): LabelDelta | null {
  const { value, over, own, under, allowed } = rules
  if (result.kind === 'mask') return own[value] ? editor.setMask(result, value, over, under) : null
  // Of several structures at once: what the policy lets be overwritten, and the one in hand, may become any other.
  const changeable = over.map((writable, id) => writable | own[id])
  return editor.setLabels(result, changeable, allowed)
}
