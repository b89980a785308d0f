import type { LabelSchema } from '../../shared/labels/schema'
import { readDataset } from '../learning/dataset'
import { defaultCleaning } from '../learning/pseudoLabels/clean'
import { makePseudoLabels, type ImageToLabel, type PseudoLabelResult } from '../learning/pseudoLabels/makePseudoLabels'
import { unlabelledImages } from '../learning/unlabelled'
import { loadModel } from '../segmentation/model'
import { chooseDevice, DEVICES } from './devices'
import { schemaGiven } from './schemaOption'
import { table } from './terminal'
import { listOf, oneOf, parseVerb, required, UsageError, wholeNumber, type Verb } from './verb'

export const pseudoLabel: Verb = {
  summary: 'labels by models, of the cases that they are sure of',
  usage:
    'pseudo-label --images DIR|--data DIR --model DIR[,DIR...] --out DIR [--keep N] [--keep-lesions N] [--reject SHARE] [--json]',
  help: `Labels images by one or more models, made here or elsewhere, and writes those that they are sure of as a data set
that train --pseudo takes. Several models vote, each on the structures that it knows. Doubt, 0 to 1, is the mean of the
models' entropy and of how much they disagree; organs and lesions are judged apart. Started again with the same models, only
selection and cleaning are done anew.

  --images DIR         images without labels; or
  --data DIR           a data set in which not all structures are annotated: what is annotated stays as it is
  --model DIR[,DIR]    the models
  --out DIR            the data set; also uncertainty/CASE.nii.gz (0 to 100) and pseudo-labels.json
  --schema NAME|DIR    label schema, or the folder of a data set or a model that has it (the first model's, without it)
  --keep N             only the N cases with the least doubt about organs
  --keep-lesions N     of these, lesions only in the N with the least doubt about them; background in the others
  --reject SHARE       a structure with more doubt in a case counts as not annotated there (0.5, without it)
  --least-sure SHARE   voxels less sure than this are not known (none, without it)
  --least-voxels N     smaller islands are removed (${defaultCleaning.leastVoxels}, without it)
  --abdomen-margin MM  lesions that lie mostly outside the body, or further above or below all organs that end in the
                       abdomen, are removed (${defaultCleaning.abdomenMarginMm}, without it)
  --lesion-reach MM    lesions further from every organ are removed (${defaultCleaning.lesionReachMm}, without it)
  --device DEVICE      ${DEVICES.join(', ')}
  --threads N          CPU threads
  --json               prints the doubts`,
  async run(args, terminal) {
    const { values } = parseVerb(
      args,
      {
        images: { type: 'string' },
        data: { type: 'string' },
        model: { type: 'string' },
        out: { type: 'string' },
        schema: { type: 'string' },
        keep: { type: 'string' },
        'keep-lesions': { type: 'string' },
        reject: { type: 'string', default: '0.5' },
        'least-sure': { type: 'string' },
        'least-voxels': { type: 'string', default: `${defaultCleaning.leastVoxels}` },
        'abdomen-margin': { type: 'string', default: `${defaultCleaning.abdomenMarginMm}` },
        'lesion-reach': { type: 'string', default: `${defaultCleaning.lesionReachMm}` },
        device: { type: 'string', default: 'auto' },
        threads: { type: 'string', default: '0' },
        json: { type: 'boolean' },
      },
      [],
    )
    const out = required(values.out, 'out')
    if ((values.images === undefined) === (values.data === undefined)) {
      throw new UsageError('it takes --images or --data, one of them')
    }
    const count = (value: string | undefined, option: string): number | undefined =>
      value === undefined ? undefined : wholeNumber(value, option)
    const selection = {
      keep: count(values.keep, 'keep'),
      keepLesions: count(values['keep-lesions'], 'keep-lesions'),
      reject: shareOf(values.reject, 'reject'),
    }
    const folders = listOf(required(values.model, 'model'))
    const models = await Promise.all(folders.map((folder) => loadModel(folder)))
    const schema = values.schema === undefined ? models[0].schema : await schemaGiven(values.schema)
    const images = await imagesOf(values.images, values.data, schema)
    const device = await chooseDevice(oneOf(values.device, DEVICES, 'device'), terminal)
    const result = await makePseudoLabels(
      images,
      models,
      schema,
      {
        ...selection,
        out,
        leastSure: values['least-sure'] === undefined ? undefined : shareOf(values['least-sure'], 'least-sure'),
        cleaning: {
          leastVoxels: wholeNumber(values['least-voxels'], 'least-voxels'),
          abdomenMarginMm: wholeNumber(values['abdomen-margin'], 'abdomen-margin'),
          lesionReachMm: wholeNumber(values['lesion-reach'], 'lesion-reach'),
        },
        device,
        threads: wholeNumber(values.threads, 'threads'),
      },
      terminal.work(),
    )
    terminal.result(result, values.json, asText)
  },
}

async function imagesOf(
  images: string | undefined,
  data: string | undefined,
  schema: LabelSchema,
): Promise<ImageToLabel[]> {
  if (images !== undefined) {
    const sources = await unlabelledImages(images)
    return sources.map(({ id, load }) => ({ id, load: async () => ({ image: await load(), verified: null }) }))
  }
  const dataset = await readDataset(data ?? '', { schema })
  const all = dataset.schema.structures.map((s) => s.name)
  return dataset.cases.map(({ id, annotated, load }) => ({
    id,
    load: async () => {
      const { image, labels } = await load()
      return { image, verified: { labels, structures: annotated ?? all } }
    },
  }))
}

function shareOf(value: string, option: string): number {
  const share = Number(value)
  if (value.trim() !== '' && share >= 0 && share <= 1) return share
  throw new UsageError(`--${option} ${value}: it is a number from 0 to 1`)
}

function asText({ folder, models, cases }: PseudoLabelResult): string {
  const show = (doubt: number | null): string => (doubt === null ? '-' : doubt.toFixed(3))
  const rows = Object.entries(cases).map(([name, { kept, doubts, erased, rejected }]) => [
    name,
    kept ? 'kept' : 'left out',
    show(doubts.organs),
    show(doubts.lesions),
    rejected.length > 0 ? `too doubtful: ${rejected.join(', ')}` : erased.length > 0 ? 'without lesions' : '',
  ])
  const kept = rows.filter((row) => row[1] === 'kept').length
  const line = `${folder}: ${kept} of ${rows.length} cases by ${models.join(', ')}. Not for clinical use.`
  return `${table([['case', '', 'organs', 'lesions', ''], ...rows], [2, 3])}\n${line}`
}
