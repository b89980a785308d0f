import type { LearningPlan, ModelRow } from '../../shared/contract'
import { structuresIn, type CardInterval, type Curve } from '../../shared/modelCard'
import { count } from '../../shared/count'
import type { JobRow } from '../../shared/jobs'
import type { CurvePoint } from '../app/jobs.svelte'
import { bytesText, timeLeft } from '../app/words'

export const runLengths = ['short', 'recipe', 'long'] as const
export type RunLength = (typeof runLengths)[number]

/** How each length is called, and what it is for. */
export const runLengthWords: Readonly<Record<RunLength, { readonly text: string; readonly tip: string }>> = {
  short: { text: 'Short', tip: 'A quarter of what the recipe says: to see soon whether the corrections tell' },
  recipe: { text: 'As the recipe', tip: 'What the model was made to learn from corrections with' },
  long: { text: 'Long', tip: 'Four times what the recipe says: for the night' },
}

/** Steps of a run of a length, where the model's recipe says `recipe`. */
export function stepsOf(length: RunLength, recipe: number): number {
  return Math.max(1, Math.round(recipe * { short: 0.25, recipe: 1, long: 4 }[length]))
}

/** 'name@version' taken apart. */
export function versionIn(reference: string): { name: string; version: number } {
  const at = reference.lastIndexOf('@')
  return { name: reference.slice(0, at), version: Number(reference.slice(at + 1)) }
}

/** Who could teach in the next run: nobody, or each of the plan's models, the one that does among them. */
export function teacherChoices({
  teacher,
  teachers,
}: Pick<LearningPlan, 'teacher' | 'teachers'>): { value: string; text: string }[] {
  const named = teacher === null || teachers.includes(teacher) ? teachers : [teacher, ...teachers]
  return [{ value: NOBODY, text: 'nobody' }, ...named.map((value) => ({ value, text: value }))]
}

/** The choice of no teacher; no model has such a name. */
export const NOBODY = ''

/** A margin as it was written: null for an empty field, undefined for what is none. */
export function marginOf(text: string): number | null | undefined {
  if (text.trim() === '') return null
  const value = Number(text)
  return value >= 0 && value <= 1 ? value : undefined
}

/** What a new model is judged on; phantoms stand in where the library holds no cases out yet. */
export function holdOutWords(ids: readonly string[], isOurs: (id: string) => boolean): string {
  if (ids.length === 0) return 'no hold-out yet'
  return ids.some(isOurs)
    ? count(ids.length, 'hold-out case')
    : `${count(ids.length, 'phantom')}, as no case is held out yet`
}

/** How many cases are learned from, of how many that are verified. */
export function learnedFromWords(cases: number, verified = cases): string {
  return verified > cases
    ? `${cases.toLocaleString('en')} of ${count(verified, 'verified case')}`
    : count(cases, 'case')
}

const deviceNames: Readonly<Record<string, string>> = {
  cpu: 'processor',
  cuda: 'graphics card (CUDA)',
  webgpu: 'graphics card (WebGPU)',
  dml: 'graphics card (DirectML)',
  coreml: 'Core ML',
}

/** How far a run is, for how much longer it goes on, what it runs on and what memory it holds; as much as is known. */
export function runWords(progress: JobRow['progress']): string {
  if (!progress) return ''
  const { done, total, secondsLeft, device, memoryBytes } = progress
  return [
    total ? `${done} of ${total}` : '',
    timeLeft(secondsLeft),
    device === undefined ? '' : (deviceNames[device] ?? device),
    memoryBytes === undefined ? '' : `${bytesText(memoryBytes)} of memory`,
  ]
    .filter(Boolean)
    .join(' · ')
}

/** One model's mean DSC over the structures that were scored, null where none was. */
export function meanDsc(model: ModelRow): number | null {
  const scored = Object.values(model.scores ?? {})
    .map(({ dsc }) => dsc)
    .filter((dsc) => dsc !== null)
  return scored.length > 0 ? scored.reduce((sum, dsc) => sum + dsc, 0) / scored.length : null
}

/** How a model's score of a structure compares with its parent's on the same cases; null where either has none. */
export function gainOf({ scores, parentScores }: ModelRow, structure: string): number | null {
  const before = parentScores?.[structure]?.dsc
  const after = scores?.[structure]?.dsc
  return before === null || before === undefined || after === null || after === undefined ? null : after - before
}

/** One column of a training curve over its steps; nothing where the model has no such column. */
export function curveOf({ columns, rows }: Curve, column: string): CurvePoint[] {
  const [step, value] = [columns.indexOf('step'), columns.indexOf(column)]
  if (step < 0 || value < 0) return []
  return rows.flatMap((row) => {
    const [x, y] = [row[step], row[value]]
    return x === null || y === null || x === undefined || y === undefined ? [] : [{ step: x, value: y }]
  })
}

/** A curve for each structure that has one: what is left of a curve's columns. */
export function structureCurves(curve: Curve): { structure: string; points: CurvePoint[] }[] {
  return structuresIn(curve).map((structure) => ({ structure, points: curveOf(curve, structure) }))
}

/** What a run reports while it trains, as far as its curve's file has it: of a figure, the points of each step. */
export function recordedCurve(curve: Curve, figure: string): CurvePoint[] {
  if (figure === 'loss') return curveOf(curve, 'loss')
  const steps = curve.columns.indexOf('step')
  if (figure === 'dice') {
    const columns = structuresIn(curve).map((structure) => curve.columns.indexOf(structure))
    return curve.rows.flatMap((row) => {
      const known = columns.map((at) => row[at]).filter((value) => typeof value === 'number')
      const step = row[steps]
      if (step === null || known.length === 0) return []
      return [{ step, value: known.reduce((a, b) => a + b, 0) / known.length }]
    })
  }
  if (figure !== 'stepsPerSecond') return []
  const times = curveOf(curve, 'seconds')
  return times.slice(1).flatMap(({ step, value }, at) => {
    const before = times[at]
    return value > before.value ? [{ step, value: (step - before.step) / (value - before.value) }] : []
  })
}

/** What the file has of a curve, and what came since: a window that was opened anew knows only of the latter. */
export function joinedCurve(recorded: readonly CurvePoint[], live: readonly CurvePoint[]): CurvePoint[] {
  const last = recorded.at(-1)?.step ?? -Infinity
  // The newest that came says which network it is of: a run may train two, one after the other.
  const isOfAnother = (live.at(-1)?.step ?? Infinity) < last
  return isOfAnother ? [...live] : [...recorded, ...live.filter(({ step }) => step > last)]
}

/** An interval of scores on a bar from 0 to 1, per cent. */
export function intervalBar({ mean, low, high }: CardInterval): { left: number; width: number; mean: number } {
  return { left: 100 * low, width: 100 * (high - low), mean: 100 * mean }
}

/** The interval of a change, and how far it might have gone down. */
export function gainWords({ low, high }: CardInterval, margin: number | undefined): string {
  const allowed = margin === undefined ? '' : `; down to ${signed(-margin)} is taken`
  return `${signed(low)} to ${signed(high)}${allowed}`
}

/** '+0.012', '−0.003'. */
export function signed(value: number): string {
  return `${value < 0 ? '−' : '+'}${Math.abs(value).toFixed(3)}`
}

/** What a curve's box spans: steps from left to right, values from bottom to top. */
export interface CurveSpan {
  readonly steps: readonly [number, number]
  readonly values: readonly [number, number]
}

/** A curve as an SVG path within a box of `width` by `height`, that spans what the curve does where nothing else is said. */
export function curvePath(points: readonly CurvePoint[], width: number, height: number, span?: CurveSpan): string {
  if (points.length === 0) return ''
  const steps = points.map(({ step }) => step)
  const values = points.map(({ value }) => value)
  const [first, last] = span?.steps ?? [Math.min(...steps), Math.max(...steps)]
  const [low, high] = span?.values ?? [Math.min(...values), Math.max(...values)]
  const x = (step: number): number => (last > first ? ((step - first) / (last - first)) * width : 0)
  const y = (value: number): number => (high > low ? height - ((value - low) / (high - low)) * height : height / 2)
  return points.map(({ step, value }, n) => `${n ? 'L' : 'M'}${x(step).toFixed(1)} ${y(value).toFixed(1)}`).join('')
}

/** Bytes that came as base64. */
export function bytesOf(text: string): Uint8Array {
  return Uint8Array.from(atob(text), (character) => character.charCodeAt(0))
}

/**
 * A slice in grey with channels over it, RGBA row by row: half a colour inside, all of it at the edge. What is not known
 * (255) is darkened.
 * @param colours '#rrggbb' of the channels after background, begun again beyond their end
 */
export function overlaid(
  image: Uint8Array,
  channels: Uint8Array,
  width: number,
  colours: readonly string[],
): Uint8ClampedArray<ArrayBuffer> {
  const rgb = colours.map((colour) => [1, 3, 5].map((at) => parseInt(colour.slice(at, at + 2), 16)))
  const pixels = new Uint8ClampedArray(4 * image.length)
  for (let at = 0; at < image.length; at++) {
    const channel = channels[at]
    const grey = channel === 255 ? image[at] / 3 : image[at]
    const isMask = channel > 0 && channel < 255
    const edge = isMask && [at - 1, at + 1, at - width, at + width].some((beside) => channels[beside] !== channel)
    const share = isMask ? (edge ? 1 : 0.4) : 0
    const colour = isMask ? rgb[(channel - 1) % rgb.length] : [0, 0, 0]
    for (let part = 0; part < 3; part++) pixels[4 * at + part] = (1 - share) * grey + share * colour[part]
    pixels[4 * at + 3] = 255
  }
  return pixels
}

/** The channels that a slice's labels or the network's answer hold, in their order. */
export function channelsIn(...slices: readonly Uint8Array[]): number[] {
  return [...new Set(slices.flatMap((slice) => [...slice]))].filter((n) => n > 0 && n < 255).sort((a, b) => a - b)
}

const figureTitles: Readonly<Record<string, string>> = {
  loss: 'Loss',
  dice: 'Dice of the batch',
  stepsPerSecond: 'Steps per second',
}

/** A run's figures that are worth a curve, each with its title; how far the run is stands above them already. */
export function curvesOf(figures: Readonly<Record<string, number>> | undefined): { figure: string; title: string }[] {
  const named = Object.keys(figures ?? {}).filter((figure) => figure !== 'step')
  return named.map((figure) => ({ figure, title: figureTitles[figure] ?? figure }))
}
