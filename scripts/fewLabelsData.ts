import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { readDataset } from '../src/main/learning/dataset'
import { splitHoldOut } from '../src/main/learning/holdOut'
import type { PseudoLabelOptions } from '../src/main/learning/pseudoLabels/makePseudoLabels'
import { defaultCleaning } from '../src/main/learning/pseudoLabels/clean'
import type { Recipe } from '../src/main/learning/recipe'
import type { CaseSource, HoldOutCases } from '../src/main/learning/trainingData'
import type { LabelSchema } from '../src/shared/labels/schema'
import { holdOutNamed } from './experiment'
import { tinyRecipe } from './tinyRecipe'

/** Patients of whom few are labelled; one split for every experiment on them. */
export interface FewLabels {
  readonly schema: LabelSchema
  /** Patients whose labels may be learned from. */
  readonly labelled: readonly CaseSource[]
  /** Those whose labels may not be looked at, but by the ceiling. */
  readonly unlabelled: readonly CaseSource[]
  /** The frozen ones. */
  readonly holdOut: HoldOutCases
  /** With the schema's tiny network (`whole`) or the experiments' fast one (`student`), one sample a step. */
  readonly recipeBy: (network: string) => Recipe
  /** Which of a model's masks of the unlabelled patients are learned from. */
  readonly pseudo: Pick<PseudoLabelOptions, 'keep' | 'reject' | 'cleaning'>
  readonly licence: string
  readonly attribution: string
}

/** MR of the hippocampus: of the 160 patients to train on some are labelled, evenly by id; 40 are held out. */
export async function hippocampus(folder: string, count = 10): Promise<FewLabels> {
  const dataset = await readDataset(folder, { schema: 'hippocampus' })
  const { training, holdOut } = splitHoldOut(dataset.cases, await holdOutNamed('hippocampus'))
  const every = Math.floor(training.length / count)
  const labelled = training.filter((_, n) => n % every === 0).slice(0, count)
  return {
    schema: dataset.schema,
    labelled,
    unlabelled: training.filter((one) => !labelled.includes(one)),
    holdOut,
    // Small crops of 1 mm on one core: nearly the whole image.
    recipeBy: (network) => ({
      ...tinyRecipe('hippocampus', network),
      patch: [40, 56, 40],
      inference: { kind: 'patch', patch: [40, 56, 40], step: 0.5 },
      batch: 1,
    }),
    // Each part of a hippocampus has some 1500 voxels.
    pseudo: { keep: 100, reject: 1, cleaning: { ...defaultCleaning, leastVoxels: 50 } },
    licence: 'CC-BY-SA-4.0',
    attribution: 'Medical Segmentation Decathlon, Task04',
  }
}

/**
 * Planning CTs of head and neck: of the 60 patients to train on the first, by id, of whom all seven organs were drawn are
 * labelled; 12 are held out, each scored on what was drawn.
 */
async function headNeck(folder: string, count = 5): Promise<FewLabels> {
  const { schema, cases } = await headNeckCases(folder)
  const { training, holdOut } = splitHoldOut(cases, await holdOutNamed('head-neck'))
  const isWhole = ({ annotated }: CaseSource): boolean => annotated?.length === schema.structures.length
  const labelled = training.filter(isWhole).slice(0, count)
  return {
    schema,
    labelled,
    unlabelled: training.filter((one) => !labelled.includes(one)),
    holdOut,
    recipeBy: (network) => ({ ...tinyRecipe('head-neck', network), batch: 1 }),
    // The smallest organs that were drawn have some 130 voxels.
    pseudo: { keep: 40, reject: 1, cleaning: { ...defaultCleaning, leastVoxels: 30 } },
    licence: 'MIT',
    attribution: 'OpenKBP, Babier et al. 2021',
  }
}

/** Columns of cases.csv that are structures, as the schema names them. */
const columns: Readonly<Record<string, string>> = {
  Brainstem: 'brainstem',
  SpinalCord: 'spinal-cord',
  RightParotid: 'right-parotid-gland',
  LeftParotid: 'left-parotid-gland',
  Esophagus: 'esophagus',
  Larynx: 'larynx',
  Mandible: 'mandible',
}

/** All 72 patients of head and neck with the organs that their planner drew. */
export async function headNeckCases(folder: string): Promise<{ schema: LabelSchema; cases: CaseSource[] }> {
  const { schema, cases } = await readDataset(folder, { schema: 'head-neck' })
  const [header, ...rows] = (await readFile(join(folder, 'cases.csv'), 'utf8'))
    .trim()
    .split(/\r?\n/)
    .map((row) => row.split(','))
  const drawn = new Map(
    rows.map((row) => [row[0], header.flatMap((name, n) => (columns[name] && row[n] !== '0' ? [columns[name]] : []))]),
  )
  return { schema, cases: cases.map((one) => ({ ...one, annotated: drawn.get(one.id) ?? [] })) }
}

/** By data set, from its folder and how many patients are labelled. */
export const fewLabels = { hippocampus, 'head-neck': headNeck } as const

/** The data of an experiment by the name that a command line has it under. */
export const isFewLabels = (name: string | undefined): name is keyof typeof fewLabels =>
  name !== undefined && Object.hasOwn(fewLabels, name)
