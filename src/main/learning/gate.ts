import { count } from '../../shared/count'
import { DEFAULT_MARGIN } from '../../shared/margins'
import {
  contradictionsIn,
  usualAmongLessons,
  usualOnHoldOut,
  wrongLessons,
  type CaseScoresByName,
  type Contradiction,
} from './contradictions'
import { mean } from './metrics/mean'
import { pairedBootstrap, type Interval } from './metrics/bootstrap'

export interface Verdict {
  readonly promote: boolean
  /** Why, in one line for the list of models. */
  readonly line: string
}

/** The verdict on the first model of a schema: any that can be scored is better than none. */
export function judgeFirst(after: CaseScoresByName): PairedVerdict {
  const means = Object.values(after).flatMap((scores) => {
    const values = Object.values(scores).map(({ dsc }) => dsc)
    return values.length > 0 ? [mean(values)] : []
  })
  const verdict =
    means.length === 0
      ? keep('nothing could be scored on the hold-out')
      : promote(`the first of its schema, mean DSC ${show(mean(means))} over ${count(means.length, 'case')}`)
  return { ...verdict, changes: [], contradictions: [] }
}

const promote = (reason: string): Verdict => ({ promote: true, line: `promoted: ${reason}` })
const keep = (reason: string): Verdict => ({ promote: false, line: `kept out: ${reason}` })
const show = (value: number): string => value.toFixed(3)
const signed = (value: number): string => (value < 0 ? '' : '+') + value.toFixed(3)

/** How one structure changed from a model to the next, over the cases that both were scored on. */
export interface StructureChange {
  readonly structure: string
  readonly cases: number
  /** Mean difference in DSC with its 95 % interval. */
  readonly change: Interval
  /** How far it might have fallen. */
  readonly margin: number
}

export interface PairedVerdict extends Verdict {
  readonly changes: readonly StructureChange[]
  /** Labels that it was taught and does not follow, the worst first. */
  readonly contradictions: readonly Contradiction[]
}

/** What of the hold-out could be scored by neither model, as its files are damaged. */
export interface MissingHeldOut {
  readonly titles: readonly string[]
  /** Cases of the whole hold-out. */
  readonly of: number
  /** Structures that no other held-out case has verified. */
  readonly lost: readonly string[]
}

/** More of the hold-out must not be missing for a model to be promoted. */
const MISSING_SHARE = 0.1

export interface GateOptions {
  /** How far a structure may fall, by name; `DEFAULT_MARGIN` for those that are left out. */
  readonly margins?: Readonly<Record<string, number>>
  /** The new model on cases that it learned from and the current one did not (`lessonScores`). */
  readonly lessons?: CaseScoresByName
  /**
   * The new model on cases that both learned from, where phantoms stand for the hold-out: new cases are compared with these and
   * each other then. Absent where cases of the library are held out, which new ones are compared with.
   */
  readonly formerLessons?: CaseScoresByName
  /** null, as where left out: the hold-out is whole. */
  readonly missing?: MissingHeldOut | null
  /** Of the bootstrap: the same scores give the same verdict. */
  readonly seed?: number
}

/**
 * Decides by the same cases, one by one. A new model replaces the current one where
 *
 * - it still does every structure that the current one was scored for,
 * - no structure falls by more than its margin: neither on average, nor possibly, where it surely falls (the interval of
 *   the paired difference lies below 0 and reaches beyond the margin),
 * - it follows what it was taught (`wrongLessons`),
 * - and the mean over cases and structures is better.
 *
 * The hold-out is frozen, yet a file of it may be damaged. Both models are then compared on the cases that are left, and the
 * verdict says so; nothing is promoted where more than a tenth of the cases is missing, or all of a structure's: the fall of a
 * structure must not pass for want of those who would have seen it.
 */
export function judgePaired(
  before: CaseScoresByName,
  after: CaseScoresByName,
  options: GateOptions = {},
): PairedVerdict {
  const changes = changesOf(before, after, options)
  const lessons = options.lessons ?? {}
  const { formerLessons } = options
  const usual = formerLessons ? usualAmongLessons({ ...formerLessons, ...lessons }) : usualOnHoldOut(after)
  const contradictions = contradictionsIn(lessons, usual)
  const wrong = wrongLessons(contradictions, lessons)
  const { promote, line } = judged(before, after, changes, wrong, options)
  return { promote, line: line + withoutText(options.missing, promote), changes, contradictions }
}

/** How a verdict says that the hold-out was not whole. */
function withoutText(missing: GateOptions['missing'], isPromoted: boolean): string {
  if (!missing || !isPromoted) return ''
  return `; ${count(missing.titles.length, 'held-out case')} of ${missing.of} could not be read (${missing.titles.join(', ')})`
}

/** Why a hold-out is too little without what is missing; null where it is enough. */
function tooLittle(missing: GateOptions['missing']): string | null {
  if (!missing) return null
  const { titles, of, lost } = missing
  const mend = `(${titles.join(', ')}): restore ${titles.length === 1 ? 'it' : 'them'} from a backup`
  if (titles.length > MISSING_SHARE * of)
    return `${titles.length} of ${count(of, 'held-out case')} cannot be read ${mend}`
  return lost.length > 0 ? `no held-out case of ${lost.join(', ')} can be read ${mend}` : null
}

function judged(
  before: CaseScoresByName,
  after: CaseScoresByName,
  changes: readonly StructureChange[],
  wrong: string | null,
  { seed, missing }: GateOptions,
): Verdict {
  const little = tooLittle(missing)
  const lost = structuresIn(before).find((name) => !changes.some(({ structure }) => structure === name))
  if (structuresIn(after).length === 0) return keep('nothing could be scored on the hold-out')
  if (little !== null) return keep(little)
  if (lost !== undefined) return keep(`it no longer does ${lost}`)
  if (wrong !== null) return keep(wrong)
  if (changes.length === 0) return promote('there is nothing to compare it with')

  const fallen = changes
    .filter(({ change, margin }) => falls(change, margin))
    .sort((a, b) => a.change.mean - b.change.mean)
  if (fallen.length > 0) {
    const [{ structure, change, cases, margin }] = fallen
    return keep(
      `${structure} changed by ${interval(change)} in DSC over ${count(cases, 'case')}; its margin is ${margin}`,
    )
  }
  const whole = pairedBootstrap(caseMeans(before, after), { seed })
  const figures = `mean DSC changed by ${interval(whole)} over ${count(caseMeans(before, after).length, 'case')}`
  if (whole.mean <= 0) return keep(`${figures}, which is not better`)
  const worst = changes.reduce((a, b) => (b.change.mean < a.change.mean ? b : a))
  return promote(`${figures}, least ${worst.structure} (${signed(worst.change.mean)})`)
}

function falls({ mean, low, high }: Interval, margin: number): boolean {
  return mean < -margin || (high < 0 && low < -margin)
}

/** By structure, in the order of the scores, the paired differences of the cases that both were scored on. */
function changesOf(
  before: CaseScoresByName,
  after: CaseScoresByName,
  { margins, seed }: GateOptions,
): StructureChange[] {
  return structuresIn(before).flatMap((structure): StructureChange[] => {
    const differences = differencesOf(before, after, structure)
    if (differences.length === 0) return []
    const margin = margins?.[structure] ?? DEFAULT_MARGIN
    return [{ structure, cases: differences.length, change: pairedBootstrap(differences, { seed }), margin }]
  })
}

function structuresIn(scores: CaseScoresByName): string[] {
  return [...new Set(Object.values(scores).flatMap((structures) => Object.keys(structures)))]
}

function differencesOf(before: CaseScoresByName, after: CaseScoresByName, structure: string): number[] {
  return Object.keys(before).flatMap((id) => {
    const [then, now] = [before[id][structure], after[id]?.[structure]]
    return then && now ? [now.dsc - then.dsc] : []
  })
}

/** Of each case the mean difference over the structures that both were scored on. */
function caseMeans(before: CaseScoresByName, after: CaseScoresByName): number[] {
  return Object.keys(before).flatMap((id) => {
    const shared = Object.keys(before[id]).filter((structure) => after[id]?.[structure])
    if (shared.length === 0) return []
    return [mean(shared.map((structure) => after[id][structure].dsc - before[id][structure].dsc))]
  })
}

const interval = ({ mean, low, high }: Interval): string => `${signed(mean)} (${signed(low)} to ${signed(high)})`
