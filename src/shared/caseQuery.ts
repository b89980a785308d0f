import type { CaseRow } from './contract'
import { isOpen, isReviewed } from './labels/reviewed'
import { reviewStatuses, type ReviewStatus } from './labels/status'

/**
 * The language that a worklist is searched with, in the window and in the shell. A search is words, all of which must
 * hold; quotes keep words together and a minus before a word means that it must not hold.
 *
 *   status:corrected   some structure is       liver:corrected   this structure is       open:liver    it is left to review
 *   reader:anna        decided or saved in it  model:flare@3     made the labels         modality:CT   role:hold-out
 *   after:2026-01-31   changed on it or later  before:2026-02    changed before it; days are the machine's own
 *   imported-after: imported-before: study-after: study-before:  the same of the import and of the examination
 *   score<0.8          the model's DSC         doubt>0.1         its uncertainty, bits   disagreement>=0.2
 *   is:open  is:reviewed  is:unsegmented  is:warning  is:flagged  is:commented  is:second  is:arbitrate
 *
 * A part of a reader's name is enough. Whatever else is looked for in title, description, modality, model, readers and id.
 */
export interface CaseQuery {
  readonly test: (row: CaseRow) => boolean
  /** Words that look like a condition and are none, one line each. */
  readonly faults: readonly string[]
}

/** The names of a schema's structures, by its own. */
export type StructuresOf = (schema: string) => readonly string[]

type Test = (row: CaseRow) => boolean

export const caseStates = [
  'open',
  'reviewed',
  'unsegmented',
  'warning',
  'flagged',
  'commented',
  'second',
  'arbitrate',
] as const
export type CaseState = (typeof caseStates)[number]

const figures = ['score', 'doubt', 'disagreement'] as const

/** Reads a search. Nothing is refused: what is no condition is a fault, and lets every case through. */
export function parseCaseQuery(text: string, structuresOf: StructuresOf): CaseQuery {
  const tests: Test[] = []
  const faults: string[] = []
  for (const word of wordsOf(text)) {
    const negated = word.length > 1 && word.startsWith('-')
    const test = testOf(negated ? word.slice(1) : word, structuresOf)
    if (typeof test === 'string') faults.push(test)
    else tests.push(negated ? (row) => !test(row) : test)
  }
  return { test: (row) => tests.every((test) => test(row)), faults }
}

/** The cases that a search lets through, in their order. 5,000 take a few milliseconds. */
export function searchCases(rows: readonly CaseRow[], text: string, structuresOf: StructuresOf): readonly CaseRow[] {
  if (text.trim() === '') return rows
  const { test } = parseCaseQuery(text, structuresOf)
  return rows.filter(test)
}

/** Whether a case is in a state, as `is:` asks. */
export function isInState(row: CaseRow, state: CaseState): boolean {
  switch (state) {
    case 'open':
      return !isReviewed(row)
    case 'reviewed':
      return isReviewed(row)
    case 'unsegmented':
      return row.revision === null
    case 'warning':
      return row.warnings.length > 0
    case 'flagged':
      return row.facts?.flagged === true
    case 'commented':
      return (row.facts?.comments ?? 0) > 0
    default:
      return row.facts?.reading === state
  }
}

function wordsOf(text: string): string[] {
  return [...text.matchAll(/(?:"[^"]*"|[^\s"])+/g)].map(([word]) => word.replaceAll('"', '')).filter(Boolean)
}

/** What a word asks; a line where it asks for what there is not. */
function testOf(word: string, structuresOf: StructuresOf): Test | string {
  const figure = /^([a-z]+)([<>]=?)(-?[\d.]+)$/.exec(word)
  if (figure) return figureTest(figure[1], figure[2], Number(figure[3])) ?? textTest(word)
  const at = word.indexOf(':')
  if (at < 1 || at === word.length - 1) return textTest(word)
  const [key, value] = [word.slice(0, at).toLowerCase(), word.slice(at + 1)]
  const lower = value.toLowerCase()
  switch (key) {
    case 'status':
      return withStatus(lower, (row, status) =>
        row.reviewedFor.some((name) => (row.statuses[name] ?? 'unreviewed') === status),
      )
    case 'open':
      return (row) => row.reviewedFor.includes(lower) && isOpen(row.statuses[lower])
    case 'reader':
      return (row) => readersOf(row).some((name) => name.includes(lower))
    case 'model':
      return (row) => row.model !== null && (row.model.toLowerCase() === lower || row.model.startsWith(`${lower}@`))
    case 'modality':
      return (row) => row.modality.toLowerCase() === lower
    case 'role':
      return (row) => row.role === lower
    case 'is': {
      const state = caseStates.find((known) => known === lower)
      return state ? (row) => isInState(row, state) : `is:${value}: it is one of ${caseStates.join(', ')}`
    }
    case 'after':
    case 'before':
    case 'imported-after':
    case 'imported-before':
    case 'study-after':
    case 'study-before':
      return dateTest(key, value) ?? `${word}: a date is written 2026-01-31, 2026-01 or 2026`
    default:
      return reviewStatuses.some((status) => status === lower)
        ? (row) => structuresOf(row.schema).includes(key) && (row.statuses[key] ?? 'unreviewed') === lower
        : textTest(word)
  }
}

/** On a day or later, or before it; of what has no date neither holds. Null where the day is none. */
function dateTest(key: string, value: string): Test | null {
  const start = startOf(value)
  if (start === null) return null
  const isAfter = key.endsWith('after')
  // The day of an examination is a day wherever it is read, the others are moments.
  const [limit, dateOf]: [string, (row: CaseRow) => string | null | undefined] = key.startsWith('study')
    ? [value, (row) => row.studyDate]
    : [start.toISOString(), key.startsWith('imported') ? (row) => row.importedAt : (row) => row.changedAt]
  return (row) => {
    const date = dateOf(row)
    return date ? (isAfter ? date >= limit : date < limit) : false
  }
}

/** When a day, a month or a year begins by this machine's clock; null where there is none such. */
function startOf(value: string): Date | null {
  const found = /^(\d{4})(?:-(\d\d)(?:-(\d\d))?)?$/.exec(value)
  if (!found) return null
  const [year, month, day] = [Number(found[1]), Number(found[2] ?? 1), Number(found[3] ?? 1)]
  const start = new Date(year, month - 1, day)
  const isReal = start.getFullYear() === year && start.getMonth() === month - 1 && start.getDate() === day
  return isReal ? start : null
}

function withStatus(value: string, test: (row: CaseRow, status: ReviewStatus) => boolean): Test | string {
  const status = reviewStatuses.find((known) => known === value)
  return status ? (row) => test(row, status) : `status:${value}: it is one of ${reviewStatuses.join(', ')}`
}

const comparisons: Readonly<Record<string, (value: number, limit: number) => boolean>> = {
  '<': (value, limit) => value < limit,
  '<=': (value, limit) => value <= limit,
  '>': (value, limit) => value > limit,
  '>=': (value, limit) => value >= limit,
}

/** A figure that was never measured is neither high nor low. */
function figureTest(name: string, sign: string, limit: number): Test | null {
  const figure = figures.find((known) => known === name)
  if (!figure || !Number.isFinite(limit)) return null
  return (row) => {
    const value = row.facts?.[figure] ?? null
    return value !== null && comparisons[sign](value, limit)
  }
}

function textTest(word: string): Test {
  const lower = word.toLowerCase()
  return (row) => textOf(row).includes(lower)
}

const readerNames = new WeakMap<CaseRow, readonly string[]>()

/** Who worked at a case, in lower case; made once a row. */
function readersOf(row: CaseRow): readonly string[] {
  const known = readerNames.get(row)
  if (known) return known
  const last = row.reader === null ? [] : [row.reader]
  const names = [...new Set([...(row.readers ?? []), ...last])].map((name) => name.toLowerCase())
  readerNames.set(row, names)
  return names
}

const texts = new WeakMap<CaseRow, string>()

/** What free words are looked for in; made once a row, since a reader types one letter after the other. */
function textOf(row: CaseRow): string {
  const known = texts.get(row)
  if (known !== undefined) return known
  const text = [row.title, row.description, row.modality, row.model ?? '', ...readersOf(row), row.id]
    .join('\n')
    .toLowerCase()
  texts.set(row, text)
  return text
}
