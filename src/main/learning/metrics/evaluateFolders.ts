import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { EmendError } from '../../../shared/errors'
import type { LabelSchema } from '../../../shared/labels/schema'
import { unwatched, type Work } from '../../../shared/progress'
import { loadLabelMap } from '../../imaging/labelFile'
import { aggregate, type Evaluation } from './aggregate'
import { evaluateCase, type CaseScores } from './evaluateCase'

export interface EvaluateFoldersOptions {
  readonly leastDscForNsd?: number
  /** Structures that a case's reference annotates; null for all of them. */
  readonly annotatedIn?: (caseId: string) => readonly string[] | null
  /** Voxel value in the references -> id of the schema; the same where left out. */
  readonly toSchema?: ReadonlyMap<number, number>
}

const labelFile = /^[^.].*\.nii(\.gz)?$/i

/**
 * Scores every label map of `referenceDir` (CASE.nii.gz or CASE.nii) against the file of the same case in `predictionDir`,
 * whose voxel values are the schema's ids.
 * @throws EmendError where a folder has no label maps, a prediction is missing, or a pair's grids differ.
 */
export async function evaluateFolders(
  referenceDir: string,
  predictionDir: string,
  schema: LabelSchema,
  options: EvaluateFoldersOptions = {},
  work: Work = unwatched,
): Promise<Evaluation> {
  const references = await labelFilesOf(referenceDir)
  const predictions = await labelFilesOf(predictionDir)
  if (references.size === 0) throw new EmendError(`${referenceDir} holds no .nii.gz or .nii file to compare with`)
  const missing = [...references.keys()].find((name) => !predictions.has(name))
  if (missing !== undefined) {
    throw new EmendError(`there is no prediction for ${missing} in ${predictionDir}`, {
      hint: 'predictions are named as the references are',
    })
  }
  const cases: Record<string, CaseScores> = {}
  const began = performance.now()
  for (const [done, [name, file]] of [...references].entries()) {
    work.signal.throwIfAborted()
    const secondsEach = (performance.now() - began) / 1000 / done
    const secondsLeft = done > 0 ? secondsEach * (references.size - done) : undefined
    work.report({ phase: 'comparing', done, total: references.size, secondsLeft })
    const reference = await loadLabelMap(join(referenceDir, file))
    const prediction = await loadLabelMap(join(predictionDir, predictions.get(name) ?? file))
    const { leastDscForNsd, annotatedIn, toSchema } = options
    const annotated = annotatedIn?.(name) ?? undefined
    const meant = toSchema ? { ...reference, data: reference.data.map((id) => toSchema.get(id) ?? id) } : reference
    cases[name] = evaluateCase(meant, prediction, schema, { name, annotated, leastDscForNsd })
  }
  work.report({ phase: 'comparing', done: references.size, total: references.size, secondsLeft: 0 })
  const evaluation = aggregate(cases, schema)
  const extra = [...predictions.keys()].filter((name) => !references.has(name))
  const ignored = extra.map((name) => `${name}: there is no reference for this prediction; it was not scored`)
  return { ...evaluation, notes: [...evaluation.notes, ...ignored] }
}

/** Case name -> file name, sorted by case. */
export async function labelFilesOf(folder: string): Promise<Map<string, string>> {
  let names: string[]
  try {
    names = await readdir(folder)
  } catch (error) {
    throw new EmendError(`${folder} cannot be read as a folder of label maps`, { cause: error })
  }
  const files = names.filter((name) => labelFile.test(name)).sort()
  return new Map(files.map((name) => [name.replace(/\.nii(\.gz)?$/i, ''), name]))
}
