import { count } from '../../shared/count'
import { structuresIn, type Curve, type ModelCard, type ModelStory } from '../../shared/modelCard'
import { leftOutLine, unprovenWords } from '../../shared/modelCardWords'
import { mean } from '../learning/metrics/mean'
import { table } from './terminal'

/** So many points of a curve are written out. */
const POINTS = 8

/** All that is on record of a model that a cycle made, as text. @param titles of the library's cases, by id */
export function modelCardText(
  { card, curve, dsc, recipe }: ModelStory & { readonly card: ModelCard },
  titles: ReadonlyMap<string, string>,
): string {
  return [
    card.verdict,
    ...(card.leftOut ?? []).map((one) => `warning: ${leftOutLine(one)}`),
    `from ${card.parents.join(', ') || 'nothing'}; ${learnedFrom(card)}, ${card.steps} steps, seed ${card.seed}, by ${card.startedBy} at ${card.startedAt}`,
    ...taughtLines(card),
    ...recipeLines(recipe),
    `on ${card.holdOut.name}, ${count(card.holdOut.cases.length, 'case')}, with 95 % intervals`,
    table(scoreRows(card)),
    ...(card.unproven ?? []).map((one) => `  ${unprovenWords(one)}`),
    ...section('the worst', card.worst.map((one) => [`  ${named(one.case, titles)}`, one.structure, one.dsc.toFixed(3), one.before?.toFixed(3) ?? ''])), // prettier-ignore
    ...section(
      'labels that it was taught and does not follow',
      (card.contradictions ?? []).map((one) => [`  ${named(one.case, titles)}`, one.structure, one.dsc.toFixed(3)]),
    ),
    ...curveLines(curve, dsc),
    ...section(
      'cases and revisions that it learned from',
      card.cases.map((one) => [`  ${one.id}`, one.revision, titles.get(one.id) ?? 'no more here', one.verified.join(', ')]), // prettier-ignore
    ),
  ].join('\n')
}

/** The same of a model that no cycle made. */
export function trainingText({ curve, dsc, recipe }: ModelStory): string {
  return ['no cycle of this library made it', ...recipeLines(recipe), ...curveLines(curve, dsc)].join('\n')
}

function recipeLines(recipe: ModelStory['recipe']): string[] {
  return section('recipe', recipe.map(({ name, value }) => [`  ${name}`, value])) // prettier-ignore
}

function curveLines(curve: Curve | null, dsc: Curve | null): string[] {
  return [
    ...section('loss, and Dice of the batch', curve ? curveRows(curve, ['loss'], structuresIn(curve)) : []),
    ...section('DSC on cases that it learned from', dsc ? curveRows(dsc, structuresIn(dsc), []) : []),
  ]
}

function section(title: string, rows: readonly (readonly string[])[]): string[] {
  return rows.length > 0 ? [title, table(rows)] : []
}

function named(id: string, titles: ReadonlyMap<string, string>): string {
  const title = titles.get(id)
  return title === undefined ? id : `${title} (${id.slice(0, 8)})`
}

function scoreRows({ structures }: ModelCard): string[][] {
  const signed = (value: number): string => (value < 0 ? '' : '+') + value.toFixed(3)
  return structures.map(({ structure, dsc, gain, cases }) => [
    `  ${structure}`,
    `DSC ${dsc.mean.toFixed(3)} (${dsc.low.toFixed(3)} to ${dsc.high.toFixed(3)})`,
    gain ? `${signed(gain.mean)} (${signed(gain.low)} to ${signed(gain.high)})` : '',
    count(cases, 'case'),
  ])
}

/**
 * Some points of a curve, evenly spread, the last among them, under its columns' names.
 * @param averaged columns whose mean is one column more
 */
function curveRows({ columns, rows }: Curve, shown: readonly string[], averaged: readonly string[]): string[][] {
  const every = Math.max(1, Math.ceil(rows.length / POINTS))
  const picked = rows.filter((_, at) => (rows.length - 1 - at) % every === 0)
  const cell = (row: Curve['rows'][number], name: string): number | null => row[columns.indexOf(name)] ?? null
  const text = (value: number | null): string => value?.toFixed(3) ?? ''
  const meanText = (row: Curve['rows'][number]): string => {
    const known = averaged.map((name) => cell(row, name)).filter((value) => value !== null)
    return known.length > 0 ? text(mean(known)) : ''
  }
  const ofMean = averaged.length > 0
  return [
    ['  step', ...shown, ...(ofMean ? ['Dice'] : [])],
    ...picked.map((row) => [
      `  ${cell(row, 'step') ?? ''}`,
      ...shown.map((name) => text(cell(row, name))),
      ...(ofMean ? [meanText(row)] : []),
    ]),
  ]
}

function learnedFrom({ cases, verified = cases.length }: ModelCard): string {
  return verified > cases.length ? `${cases.length} of ${verified} verified cases` : count(cases.length, 'case')
}

function taughtLines({ distillation, teaches }: ModelCard): string[] {
  if (teaches !== undefined) return [`teaches ${teaches}`]
  if (!distillation) return []
  const { teacher, student, recipe, steps, seed, temperature, unread, dsc, verdict } = distillation
  const [taught, learned] = [dsc.teacher, dsc.student].map((value) => value?.toFixed(3) ?? 'none')
  return [
    `distilled from ${teacher} into ${student}: temperature ${temperature.join(' to ')}, ${unread} images that nobody read; DSC ${taught} and ${learned}`,
    `the teacher's own turn: ${recipe}, ${steps} steps, seed ${seed}; ${verdict}`,
  ]
}
