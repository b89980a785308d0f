import type { EditRules } from './editRules'
import type { WritableValues } from './writable'

/**
 * What becomes of a voxel: `table[256 * said + is]`, by what an edit says of it (0 or 1 of a mask, or an id) and by what
 * it is.
 */
export type EditTable = Uint8Array

/** Writes a value wherever a mask says 1 and the old value may be overwritten. */
export function paintTable(value: number, writable: WritableValues): EditTable {
  return tableOf((said, is) => (said !== 0 && writable[is] ? value : is))
}

/**
 * Makes a structure what a mask says: where it says 1 the structure grows over what is writable, where it says 0 the
 * structure goes and leaves `under`. Other structures are changed only where the mask covers them.
 */
export function maskTable(value: number, writable: WritableValues, under = 0): EditTable {
  return tableOf((said, is) => (said !== 0 ? (writable[is] ? value : is) : is === value ? under : is))
}

/** Writes labels where the old value may be overwritten and the new one is allowed. */
export function labelsTable(writable: WritableValues, allowed = writable): EditTable {
  return tableOf((said, is) => (writable[is] && allowed[said] ? said : is))
}

/** Makes labels those of another revision: all but the locked, whose places are left to nobody else either. */
export function revisionTable(locked: readonly number[]): EditTable {
  return tableOf((said, is) => (locked.includes(is) ? is : locked.includes(said) ? 0 : said))
}

/** Makes one structure what other labels say of it. */
export function copyTable({ value, over, own, under }: EditRules): EditTable {
  const mask = own[value] ? maskTable(value, over, under) : tableOf((_said, is) => is)
  return tableOf((said, is) => mask[256 * (said === value ? 1 : 0) + is])
}

/** Writes what an effect made, a mask of its one structure or labels of all, as far as the rules let it. */
export function resultTable(kind: 'mask' | 'labels', { value, over, own, under, allowed }: EditRules): EditTable {
  if (kind === 'mask') return own[value] ? maskTable(value, over, under) : tableOf((_said, is) => is)
  // Of several structures at once: what the policy lets be overwritten, and the one in hand, may become any other.
  const changeable = over.map((writable, id) => writable | own[id])
  return labelsTable(changeable, allowed)
}

/** What each voxel becomes, whatever is said of it: a structure goes. */
export function withoutTable(value: number): EditTable {
  return tableOf((_said, is) => (is === value ? 0 : is))
}

function tableOf(becomes: (said: number, is: number) => number): EditTable {
  const table = new Uint8Array(256 * 256)
  for (let said = 0, n = 0; said < 256; said++) {
    for (let is = 0; is < 256; is++, n++) table[n] = becomes(said, is)
  }
  return table
}
