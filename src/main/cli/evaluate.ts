import { dirname, resolve } from 'node:path'
import { EmendError } from '../../shared/errors'
import { writeFileAtomic } from '../imaging/atomicFile'
import { readDatasetLabels } from '../learning/datasetFile'
import { evaluationCsv, type Evaluation } from '../learning/metrics/aggregate'
import type { Interval } from '../learning/metrics/bootstrap'
import { compareEvaluations, intervalsOf, type Comparison, type ScoreIntervals } from '../learning/metrics/compare'
import { evaluateFolders } from '../learning/metrics/evaluateFolders'
import { writeEvaluationPictures } from '../learning/metrics/evaluationPictures'
import { summaryCsv } from '../learning/metrics/summaryCsv'
import { requireWritable } from './outputFile'
import { table } from './terminal'
import { parseVerb, required, UsageError, wholeNumber, type Verb } from './verb'

export const evaluate: Verb = {
  summary: 'DSC, NSD and HD95 of predictions against references',
  usage:
    'evaluate --reference DIR --prediction DIR [--against DIR] [--schema NAME] [--out FILE.json|FILE.csv] [--summary FILE.csv] [--pictures DIR [--images DIR]] [--json]',
  help: `Scores label maps (.nii.gz, named alike in both folders) as the FLARE 2023 challenge does, each mean with the
interval that 95 of 100 draws of as many cases stay in. A case in which a mask is empty has no HD95 and counts in the other
scores alone; in a comparison HD95, of which less is better, is over the cases where both have one.

  --reference DIR    the truth; a dataset.json beside it says what its values mean and what each case has annotated, and
                     nothing else is scored
  --prediction DIR   what is scored; its values are the schema's ids, as segment writes them
  --against DIR      another model's predictions of the same cases, which the first are compared with case by case
  --schema NAME      label schema (what dataset.json says, or flare23, without it)
  --least-dsc N      below it NSD counts 0 (0.2, without it; 0.1 in the challenge's own results)
  --seed N           of the intervals (0, without it)
  --out FILE         writes every case's scores and the means as .csv, or as .json with the intervals and the comparison
  --summary FILE     writes the means, their intervals and the comparison as .csv, a row a structure
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
        summary: { type: 'string' },
        pictures: { type: 'string' },
        images: { type: 'string' },
        worst: { type: 'string' },
        json: { type: 'boolean' },
      },
      [],
    )
    const references = required(values.reference, 'reference')
    const predictions = required(values.prediction, 'prediction')
    const { out, summary, pictures } = values
    if (out !== undefined && !/\.(json|csv)$/i.test(out)) {
      throw new UsageError(`--out ${out}: it ends in .json or .csv`)
    }
    if (summary !== undefined && !/\.csv$/i.test(summary)) throw new UsageError(`--summary ${summary}: it ends in .csv`)
    if (pictures === undefined && (values.images !== undefined || values.worst !== undefined)) {
      throw new UsageError('--images and --worst belong to --pictures')
    }
    const most = values.worst === undefined ? undefined : wholeNumber(values.worst, 'worst', 1)
    const seed = wholeNumber(values.seed, 'seed')
    const leastDscForNsd = Number(values['least-dsc'])
    if (!(leastDscForNsd >= 0 && leastDscForNsd <= 1)) {
      throw new UsageError(`--least-dsc ${values['least-dsc']}: it is a number from 0 to 1`)
    }
    for (const path of [out, summary]) if (path !== undefined) await requireWritable(path)

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
    if (summary !== undefined) await writeFileAtomic(summary, summaryCsv(result.intervals, result.differences))
    if (other && out !== undefined && /csv$/i.test(out) && summary === undefined) {
      terminal.note(`${out} has no room for the comparison: --summary FILE.csv has, and an --out that ends in .json`)
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

const range = ({ low, high }: Interval, digits = 3): string => `${low.toFixed(digits)} to ${high.toFixed(digits)}`

function asText({ cases, mean, intervals, differences }: Result): string {
  const rows = Object.entries(mean).map(([name, { dsc, nsd, hd95 }]) => {
    const its = intervals[name]
    return [
      name,
      dsc.toFixed(4),
      its ? range(its.dsc) : '',
      nsd.toFixed(4),
      its ? range(its.nsd) : '',
      hd95 === null ? '-' : hd95.toFixed(2),
      its?.hd95 ? range(its.hd95, 2) : '',
    ]
  })
  const title = `mean of ${Object.keys(cases).length} cases`
  const right = [1, 2, 3, 4, 5, 6]
  const scores = table([[title, 'DSC', '95 %', 'NSD', '95 %', 'HD95 mm', '95 %'], ...rows], right)
  if (!differences) return scores
  const compared = Object.entries(differences).map(([name, { dsc, nsd, hd95, ahead, behind }]) => [
    name,
    signed(dsc.mean),
    range(dsc),
    signed(nsd.mean),
    range(nsd),
    hd95 ? signed(hd95.mean, 2) : '-',
    hd95 ? range(hd95, 2) : '',
    `${ahead} to ${behind}`,
  ])
  const head = ['more than the other', 'DSC', '95 %', 'NSD', '95 %', 'HD95 mm', '95 %', 'cases ahead']
  return `${scores}\n\n${table([head, ...compared], right)}`
}

const signed = (value: number, digits = 4): string => `${value < 0 ? '' : '+'}${value.toFixed(digits)}`
