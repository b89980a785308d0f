import { appendFile, readFile, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import * as v from 'valibot'
import { EmendError, oneLine } from '../../shared/errors'
import { curveHead, type Curve } from '../../shared/modelCard'
import { decodeCheckpoint, encodeCheckpoint } from '../graph/checkpoint'
import type { ParameterSpec } from '../graph/parameters'
import type { TrainerState } from '../graph/trainer'
import { writeFileAtomic } from '../imaging/atomicFile'

/** What a run has to have in common with the checkpoint that it goes on from, and how far that was. */
const RunRecord = v.strictObject({
  seed: v.number(),
  recipe: v.record(v.string(), v.unknown()),
  channels: v.array(v.string()),
  cases: v.array(v.string()),
  /** The label revision of each case. */
  revisions: v.optional(v.array(v.nullable(v.string()))),
  /** Images without labels, where it learns from such. */
  unlabelled: v.optional(v.array(v.string())),
  /** SHA-256 of the weights that it started from. */
  start: v.optional(v.string()),
  /** SHA-256 of the teachers' networks. */
  teachers: v.optional(v.array(v.string())),
  /** Seconds of training before the checkpoint. */
  seconds: v.number(),
})
export type RunRecord = v.InferOutput<typeof RunRecord>

export interface RunCheckpoint {
  readonly record: RunRecord
  readonly state: TrainerState
  /** The moving average of the weights. */
  readonly average: Float32Array
}

/** One step of the training curve. */
export interface CurvePoint {
  readonly step: number
  readonly seconds: number
  readonly learningRate: number
  readonly loss: number
  /** Soft Dice of each channel after background; NaN where the batch did not have it. */
  readonly dice: readonly number[]
}

const checkpointPath = (folder: string): string => join(folder, 'checkpoint.bin')
const curvePath = (folder: string): string => join(folder, 'curve.csv')
const dscPath = (folder: string): string => join(folder, 'dsc.csv')

export async function writeCheckpoint(
  folder: string,
  { record, state, average }: RunCheckpoint,
  parameters: readonly ParameterSpec[],
): Promise<void> {
  const moments = [...state.moments, average]
  await writeFileAtomic(
    checkpointPath(folder),
    encodeCheckpoint({ state: { ...state, moments }, parameters, extra: record }),
  )
}

/**
 * The checkpoint that a run in `folder` left; null where it left none.
 * @throws EmendError where the file is damaged.
 */
export async function readCheckpoint(folder: string): Promise<RunCheckpoint | null> {
  const path = checkpointPath(folder)
  if (!(await exists(path))) return null
  try {
    const { state, extra } = decodeCheckpoint(await readFile(path))
    const average = state.moments[state.moments.length - 1]
    return { record: v.parse(RunRecord, extra), state: { ...state, moments: state.moments.slice(0, -1) }, average }
  } catch (error) {
    throw new EmendError(`the checkpoint ${path} cannot be used: ${oneLine(error)}`, {
      hint: 'remove it to start the run anew',
      cause: error,
    })
  }
}

export async function removeCheckpoint(folder: string): Promise<void> {
  await rm(checkpointPath(folder), { force: true })
}

/** @throws EmendError naming what differs, where a run cannot go on from another's checkpoint. */
export function requireSameRun(now: RunRecord, then: RunRecord): void {
  const same = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b)
  // An earlier Emend's checkpoint does not hold all of it.
  const differs = compared.find((field) => then[field] !== undefined && !same(now[field], then[field]))
  if (!differs) return
  throw new EmendError(`the checkpoint is of another run: its ${told[differs]}`, {
    hint: 'resume with the same data, recipe, seed, start and teachers, or train into another folder',
  })
}

const told = {
  seed: 'seed differs',
  recipe: 'recipe differs',
  channels: 'channels differ',
  cases: 'cases differ',
  revisions: 'cases had other labels',
  unlabelled: 'unlabelled images differ',
  start: 'starting weights differ',
  teachers: 'teachers differ',
} as const satisfies Partial<Record<keyof RunRecord, string>>
const compared = Object.keys(told) as (keyof typeof told)[]

/**
 * Starts the curve's file, `curve.csv`, or takes up the one that an interrupted run left: rows after `lastStep` are
 * dropped, since those steps are done again.
 */
export function startCurve(folder: string, structures: readonly string[], lastStep: number): Promise<void> {
  return startTable(curvePath(folder), [...curveHead, ...structures], lastStep)
}

/** The same for the curve of DSC on fixed patches, `dsc.csv`. */
export function startDscCurve(folder: string, structures: readonly string[], lastStep: number): Promise<void> {
  return startTable(dscPath(folder), ['step', ...structures], lastStep)
}

async function startTable(path: string, columns: readonly string[], lastStep: number): Promise<void> {
  const former = lastStep > 0 ? await readFile(path, 'utf8').catch(() => '') : ''
  const rows = former
    .split('\n')
    .slice(1)
    .filter((row) => row !== '' && Number(row.slice(0, row.indexOf(','))) <= lastStep)
  await writeFileAtomic(path, [columns.join(','), ...rows, ''].join('\n'))
}

/** Adds the DSC of each structure after a step; NaN where it is not known. */
export async function appendDsc(folder: string, step: number, dsc: readonly number[]): Promise<void> {
  await appendFile(dscPath(folder), `${[step, ...dsc.map(figure)].join(',')}\n`)
}

function figure(value: number): string {
  return Number.isNaN(value) ? '' : value.toFixed(5)
}

export async function appendCurve(folder: string, points: readonly CurvePoint[]): Promise<void> {
  const rows = points.map(({ step, seconds, learningRate, loss, dice }) => {
    const figures = [loss, ...dice].map(figure)
    return [step, seconds.toFixed(2), learningRate.toExponential(4), ...figures].join(',') + '\n'
  })
  await appendFile(curvePath(folder), rows.join(''))
}

export async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  )
}

/** The training curve that lies in a folder, thinned to some 200 points; null where there is none. */
export function readTrainingCurve(folder: string): Promise<Curve | null> {
  return readTable(curvePath(folder))
}

/** The curve of DSC on patches of cases that were learned from; null where none was taken. */
export async function readDscCurve(folder: string): Promise<Curve | null> {
  const curve = await readTable(dscPath(folder))
  return curve && curve.rows.length > 0 ? curve : null
}

async function readTable(path: string): Promise<Curve | null> {
  const text = await readFile(path, 'utf8').catch(() => null)
  if (text === null) return null
  // What a kill cut off has no end of line.
  const [header, ...lines] = text
    .slice(0, text.lastIndexOf('\n') + 1)
    .trimEnd()
    .split('\n')
  const columns = header.split(',')
  const every = Math.max(1, Math.ceil(lines.length / 200))
  const rows = lines
    .filter((_, at) => at % every === 0 || at === lines.length - 1)
    .map((line) => line.split(',').map((cell) => (cell === '' || Number.isNaN(Number(cell)) ? null : Number(cell))))
  return { columns, rows: rows.filter((row) => row.length === columns.length) }
}
