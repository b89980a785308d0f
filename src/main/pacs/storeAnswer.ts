import type { StoreRemark, StoreReport } from './archive'
import { items, number, text, type JsonDataset } from './dicomJson'
import { sopInstanceUidOf } from './instanceFiles'

/** Failure and warning reasons (PS3.18 table I.2-2, PS3.4 B.2.3), by code or by its first digits. */
const reasons: readonly (readonly [from: number, to: number, reason: string])[] = [
  [0x0110, 0x0110, 'it failed to process it'],
  [0x0111, 0x0111, 'it has it already'],
  [0x0112, 0x0112, 'it knows no such object'],
  [0x0117, 0x0117, 'its UID is not valid'],
  [0x0119, 0x0119, 'its kind does not fit its content'],
  [0x0122, 0x0122, 'it does not take this kind of object'],
  [0x0124, 0x0124, 'you may not store here'],
  [0x0211, 0x0211, 'it does not take this kind of object'],
  [0x0213, 0x0213, 'it is short of resources'],
  [0xa700, 0xa7ff, 'it is out of resources'],
  [0xa900, 0xa9ff, 'the data set does not fit its kind'],
  [0xc000, 0xcfff, 'it cannot understand it'],
  [0xb000, 0xb000, 'it changed values'],
  [0xb006, 0xb006, 'it dropped elements'],
  [0xb007, 0xb007, 'the data set does not fit its kind'],
]

/** A status or reason code as people understand it, with the code for those who look it up. */
export function reasonOf(code: number | null): string {
  if (code === null) return 'it gave no reason'
  const hex = `0x${code.toString(16).toUpperCase().padStart(4, '0')}`
  // Transfer syntax, within the range of what cannot be understood.
  if (code === 0xc122) return `it does not take this transfer syntax (${hex})`
  return `${reasons.find(([from, to]) => code >= from && code <= to)?.[2] ?? 'it refused it'} (${hex})`
}

/**
 * What a STOW-RS answer says of the instances sent (PS3.18 section 10.5.3): those that it does not name among the
 * failures are stored.
 */
export function storeReport(answer: JsonDataset, sent: readonly Uint8Array[]): StoreReport {
  const failures: StoreRemark[] = items(answer, '00081198').map((item) => ({
    sopInstanceUid: text(item, '00081155'),
    reason: reasonOf(number(item, '00081197')),
  }))
  const warnings: StoreRemark[] = items(answer, '00081199')
    .filter((item) => number(item, '00081196') !== null)
    .map((item) => ({ sopInstanceUid: text(item, '00081155'), reason: reasonOf(number(item, '00081196')) }))
  const failed = new Set(failures.map(({ sopInstanceUid }) => sopInstanceUid))
  const uids = sent.map((bytes) => sopInstanceUidOf(bytes))
  const named = uids.filter((uid) => uid !== null && failed.has(uid)).length
  // A failure that names no instance of ours is one of those that have no name.
  const nameless = Math.min(failures.length - named, uids.length - named)
  return { stored: Math.max(0, sent.length - named - Math.max(0, nameless)), failures, warnings }
}
