import { dirname, resolve } from 'node:path'
import { EmendError } from '../../shared/errors'
import { writeFileAtomic } from '../imaging/atomicFile'
import { readDatasetLabels } from '../learning/datasetFile'
import { evaluationCsv, type Evaluation } from '../learning/metrics/aggregate'
import type { Interval } from '../learning/metrics/bootstrap'
import { compareEvaluations, intervalsOf, type Comparison, type ScoreIntervals } from '../learning/metrics/compare'
import { evaluateFolders } from '../learning/metrics/evaluateFolders'
import { writeEvaluationPictures } from '../learning/metrics/evaluationPictures'
import { requireWritable } from './outputFile'
import { table } from './terminal'
import { parseVerb, required, UsageError, wholeNumber, type Verb } from './verb'

export const evaluate: Verb = {
  summary: 'DSC, NSD and HD95 of predictions against references',
  usage:
    'evaluate --reference DIR --prediction DIR [--against DIR] [--schema NAME] [--out FILE.json|FILE.csv] [--pictures DIR [--images DIR]] [--json]',
  help: `Scores label maps (.nii.gz, named alike in both folders) as the FLARE 2023 challenge does, each mean with the
interval that 95 of 100 draws of as many cases stay in.

  --reference DIR    the truth; a dataset.json beside it says what its values mean and what each case has annotated, and
                     nothing else is scored
  --prediction DIR   what is scored; its values are the schema's ids, as segment writes them
  --against DIR      another model's predictions of the same cases, which the first are compared with case by case
  --schema NAME      label schema (what dataset.json says, or flare23, without it)
  --least-dsc N      below it NSD counts 0 (0.2, without it; 0.1 in the challenge's own results)
  --seed N           of the intervals (0, without it)
  --out FILE         writes every case's scores and the means, as .json or .csv
  --pictures DIR     writes a picture of each case, the worst first, and a page with them
  --images DIR       the images behind the labels, for the pictures
  --worst N          pictures of so many cases only
  --json             prints the scores`,
  async run(args, terminal) {
    const { values } = parseVerb(
      args,
      {
        reference: { type: 'string' },
        prediction: { type: 'string' },
        against: { type: 'string' },
        schema: { type: 'string' },
        'least-dsc': { type: 'string', default: '0.2' },
        seed: { type: 'string', default: '0' },
        out: { type: 'string' },
        pictures: { type: 'string' },
        images: { type: 'string' },
        worst: { type: 'string' },
        json: { type: 'boolean' },
      },
      [],
    )
    const references = required(values.reference, 'reference')
    const predictions = required(values.prediction, 'prediction')
    const { out, pictures } = values
    if (out !== undefined && !/\.(json|csv)$/i.test(out)) {
      throw new UsageError(`--out ${out}: it ends in .json or .csv`)
    }
    if (pictures === undefined && (values.images !== undefined || values.worst !== undefined)) {
      throw new UsageError('--images and --worst belong to --pictures')
    }
    const most = values.worst === undefined ? undefined : wholeNumber(values.worst, 'worst', 1)
    const seed = wholeNumber(values.seed, 'seed')
    const leastDscForNsd = Number(values['least-dsc'])
    if (!(leastDscForNsd >= 0 && leastDscForNsd <= 1)) {
      throw new UsageError(`--least-dsc ${values['least-dsc']}: it is a number from 0 to 1`)
    }
    if (out !== undefined) await requireWritable(out)

    const told = { schema: values.schema, otherwise: 'flare23' }
    const { schema, toSchema, annotatedIn } = await readDatasetLabels(dirname(resolve(references)), told)
    const scored = (folder: string): Promise<Evaluation> =>
      evaluateFolders(references, folder, schema, { leastDscForNsd, annotatedIn, toSchema }, terminal.work())
    const evaluation = await scored(predictions)
    const other = values.against === undefined ? null : await scored(values.against)
    const result: Result = {
      ...evaluation,
      intervals: intervalsOf(evaluation, schema, { seed }),
      ...(other && { against: other.mean, differences: compareEvaluations(evaluation, other, schema, { seed }) }),
    }
    if (other && Object.keys(result.differences ?? {}).length === 0) {
      throw new EmendError(`${predictions} and ${values.against} have no scored structure in common`)
    }
    if (out !== undefined) {
      await writeFileAtomic(out, /csv$/i.test(out) ? evaluationCsv(evaluation) : `${JSON.stringify(result, null, 2)}\n`)
    }
    if (pictures !== undefined) {
      const folders = { references, predictions, images: values.images, out: pictures, most }
      terminal.note(`pictures: ${await writeEvaluationPictures(evaluation, schema, folders, terminal.work())}`)
    }
    terminal.warn([...evaluation.notes, ...(other?.notes ?? [])])
    terminal.result(result, values.json, asText)
  },
}

interface Result extends Evaluation {
  readonly intervals: Readonly<Record<string, ScoreIntervals>>
  /** Means of the other model, and what the first scores more, case by case. */
  readonly against?: Evaluation['mean']
  readonly differences?: Readonly<Record<string, Comparison>>
}

const range = ({ low, high }: Interval): string => `${low.toFixed(3)} to ${high.toFixed(3)}`

function asText({ cases, mean, intervals, differences }: Result): string {
  const rows = Object.entries(mean).map(([name, { dsc, nsd, hd95 }]) => [
    name,
    dsc.toFixed(4),
    intervals[name] ? range(intervals[name].dsc) : '',
    nsd.toFixed(4),
    intervals[name] ? range(intervals[name].nsd) : '',
    hd95 === null ? '-' : hd95.toFixed(2),
  ])
  const title = `mean of ${Object.keys(cases).length} cases`
  const scores = table([[title, 'DSC', '95 %', 'NSD', '95 %', 'HD95 mm'], ...rows], [1, 2, 3, 4, 5])
  if (!differences) return scores
  const compared = Object.entries(differences).map(([name, { dsc, nsd, ahead, behind }]) => [
    name,
    signed(dsc.mean),
    range(dsc),
    signed(nsd.mean),
    range(nsd),
    `${ahead} to ${behind}`,
  ])
  const head = ['more than the other', 'DSC', '95 %', 'NSD', '95 %', 'cases ahead']
  return `${scores}\n\n${table([head, ...compared], [1, 2, 3, 4, 5])}`
}

const signed = (value: number): string => `${value < 0 ? '' : '+'}${value.toFixed(4)}`
