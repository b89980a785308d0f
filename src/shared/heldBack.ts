import { count } from './count'

/** '2 lines are held back: ...': why something is not shown to who may read a case a second time. */
export function heldBackWords(n: number, one: string, many?: string): string {
  return `${count(n, one, many)} ${n === 1 ? 'is' : 'are'} held back: what tells of a first reading is shown once the second is complete`
}

/** Said beside the audit alone. */
export const wholeExport = 'a CSV that an administrator exports has all entries'
