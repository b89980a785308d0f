import type { LabelSchema } from '../../../shared/labels/schema'
import { rounded, type CaseScores, type StructureScore } from './evaluateCase'

/** A mean over cases, or over structures. */
export interface MeanScore {
  readonly dsc: number
  readonly nsd: number
  /** Over the cases where neither mask is empty; null where there are none. */
  readonly hd95: number | null
  /** How many cases the DSC and NSD are means of; for `organs`, the least of any organ. */
  readonly cases: number
}

export interface Evaluation {
  readonly cases: Readonly<Record<string, Readonly<Record<string, StructureScore>>>>
  /** By structure name; `organs` is the mean of the organs' means, and lesions are never part of it. */
  readonly mean: Readonly<Record<string, MeanScore>>
  readonly notes: readonly string[]
}

/** Means as the challenge takes them: over cases for each structure, rounded to 4 decimals, then over the organs, rounded. */
export function aggregate(cases: Readonly<Record<string, CaseScores>>, schema: LabelSchema): Evaluation {
  const mean: Record<string, MeanScore> = {}
  const organs: MeanScore[] = []
  for (const { name, kind } of schema.structures) {
    const scores = Object.values(cases).flatMap(({ scores }) => (scores[name] ? [scores[name]] : []))
    if (scores.length === 0) continue
    const distances = scores.flatMap(({ hd95 }) => (hd95 === null ? [] : [hd95]))
    mean[name] = {
      dsc: rounded(meanOf(scores.map((s) => s.dsc))),
      nsd: rounded(meanOf(scores.map((s) => s.nsd))),
      hd95: distances.length > 0 ? rounded(meanOf(distances)) : null,
      cases: scores.length,
    }
    if (kind === 'organ') organs.push(mean[name])
  }
  if (organs.length > 0) {
    const distances = organs.flatMap(({ hd95 }) => (hd95 === null ? [] : [hd95]))
    mean['organs'] = {
      dsc: rounded(meanOf(organs.map((s) => s.dsc))),
      nsd: rounded(meanOf(organs.map((s) => s.nsd))),
      hd95: distances.length > 0 ? rounded(meanOf(distances)) : null,
      cases: Math.min(...organs.map((s) => s.cases)),
    }
  }
  return {
    cases: Object.fromEntries(Object.entries(cases).map(([name, { scores }]) => [name, scores])),
    mean,
    notes: Object.values(cases).flatMap(({ notes }) => notes),
  }
}

function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}

/** One row a case and structure, then the means under the case name 'mean'; an HD95 that there is not stays empty. */
export function evaluationCsv({ cases, mean }: Evaluation): string {
  const rows = Object.entries({ ...cases, mean }).flatMap(([name, scores]) =>
    Object.entries(scores).map(([structure, { dsc, nsd, hd95 }]) =>
      [quoted(name), structure, dsc.toFixed(4), nsd.toFixed(4), hd95 === null ? '' : hd95.toFixed(4)].join(','),
    ),
  )
  return ['case,structure,dsc,nsd,hd95', ...rows, ''].join('\n')
}

function quoted(text: string): string {
  return /[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}
