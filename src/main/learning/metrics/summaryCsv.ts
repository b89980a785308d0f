import type { Interval } from './bootstrap'
import type { Comparison, ScoreIntervals } from './compare'

const scores = ['dsc', 'nsd', 'hd95'] as const
const ends = ['mean', 'low', 'high'] as const
const columns = scores.flatMap((score) => ends.map((end) => `${score}_${end}`))

/**
 * One row a structure: its means with their 95 % intervals, and where another model was compared with, what the first scores
 * more, case by case (`more_...`; below 0 is better of HD95), with how many cases each is ahead in. DSC and NSD are over
 * `cases`, HD95 over `hd95_cases`; what there is not stays empty.
 */
export function summaryCsv(
  intervals: Readonly<Record<string, ScoreIntervals>>,
  differences?: Readonly<Record<string, Comparison>>,
): string {
  const head = ['structure', 'cases', 'hd95_cases', ...columns]
  const more = ['compared_cases', 'compared_hd95_cases', ...columns.map((name) => `more_${name}`), 'ahead', 'behind']
  const rows = Object.entries(intervals).map(([structure, its]) => [
    structure,
    ...cells(its),
    ...(differences ? comparedCells(differences[structure]) : []),
  ])
  return [[...head, ...(differences ? more : [])], ...rows].map((row) => `${row.join(',')}\n`).join('')
}

const cells = (its: ScoreIntervals): string[] => [
  `${its.cases}`,
  `${its.hd95Cases}`,
  ...scores.flatMap((score) => intervalCells(its[score])),
]

const comparedCells = (its: Comparison | undefined): string[] =>
  its ? [...cells(its), `${its.ahead}`, `${its.behind}`] : Array<string>(columns.length + 4).fill('')

const intervalCells = (interval: Interval | null): string[] =>
  ends.map((end) => (interval === null ? '' : interval[end].toFixed(4)))
