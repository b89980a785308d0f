import * as v from 'valibot'
import { printable } from './errors'

/** What is wrong with a file of Emend's, in one line, and what to do about it where that can be said. */
export interface FileFault {
  readonly what: string
  readonly hint?: string
}

const NEWER = 'a newer Emend wrote it, or it is misspelt: update Emend, or take it out'

/**
 * Says of a value that its schema refused what the first fault is.
 * @param value as it was read
 * @param format what its `format` should be, 'emend-model/1'; a later number means a newer Emend, whatever else is wrong
 */
export function fileFault(value: unknown, [issue]: readonly v.BaseIssue<unknown>[], format: string): FileFault {
  const found = typeof value === 'object' && value !== null && 'format' in value ? value.format : undefined
  if (typeof found === 'string' && isLater(found, format)) {
    return { what: `a newer Emend wrote it, as ${printable(found)}; this one reads ${format}`, hint: 'update Emend' }
  }
  const field = printable(v.getDotPath(issue) ?? '')
  if (issue.type === 'strict_object' && issue.expected === 'never') {
    return { what: `it has a field ${field} that this Emend does not know`, hint: NEWER }
  }
  if (issue.type.endsWith('object') && issue.received === 'undefined') return { what: `the field ${field} is missing` }
  return { what: `${field ? `${field}: ` : ''}${issue.message}` }
}

/** 'emend-model/2' is later than 'emend-model/1'. */
function isLater(found: string, known: string): boolean {
  const [kind, number] = found.split('/')
  const [ours, newest] = known.split('/')
  return kind === ours && Number(number) > Number(newest)
}
