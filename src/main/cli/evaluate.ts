import { schemaNamed } from '../../shared/labels/builtin'
import { writeFileAtomic } from '../imaging/atomicFile'
import { evaluationCsv, type Evaluation } from '../learning/metrics/aggregate'
import { evaluateFolders } from '../learning/metrics/evaluateFolders'
import { requireWritable } from './outputFile'
import { table } from './terminal'
import { parseVerb, required, UsageError, type Verb } from './verb'

export const evaluate: Verb = {
  summary: 'DSC, NSD and HD95 of predictions against references',
  usage: 'evaluate --reference DIR --prediction DIR [--schema NAME] [--out FILE.json|FILE.csv] [--json]',
  help: `Scores label maps (.nii.gz, named alike in both folders) as the FLARE 2023 challenge does.

  --reference DIR    the truth
  --prediction DIR   what is scored
  --schema NAME      label schema (flare23, without it)
  --out FILE         writes every case's scores and the means, as .json or .csv
  --json             prints them`,
  async run(args, terminal) {
    const { values } = parseVerb(
      args,
      {
        reference: { type: 'string' },
        prediction: { type: 'string' },
        schema: { type: 'string', default: 'flare23' },
        out: { type: 'string' },
        json: { type: 'boolean' },
      },
      [],
    )
    const reference = required(values.reference, 'reference')
    const prediction = required(values.prediction, 'prediction')
    const { out } = values
    if (out !== undefined && !/\.(json|csv)$/i.test(out)) {
      throw new UsageError(`--out ${out}: it ends in .json or .csv`)
    }
    if (out !== undefined) await requireWritable(out)
    const scores = await evaluateFolders(reference, prediction, schemaNamed(values.schema), {}, terminal.work())
    if (out !== undefined) {
      await writeFileAtomic(out, /csv$/i.test(out) ? evaluationCsv(scores) : `${JSON.stringify(scores, null, 2)}\n`)
    }
    terminal.warn(scores.notes)
    terminal.result(scores, values.json, asText)
  },
}

function asText({ cases, mean }: Evaluation): string {
  const rows = Object.entries(mean).map(([name, { dsc, nsd, hd95 }]) => [
    name,
    dsc.toFixed(4),
    nsd.toFixed(4),
    hd95 === null ? '-' : hd95.toFixed(2),
  ])
  const title = `mean of ${Object.keys(cases).length} cases`
  return table([[title, 'DSC', 'NSD', 'HD95 mm'], ...rows], [1, 2, 3])
}
