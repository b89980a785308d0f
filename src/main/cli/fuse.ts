import { EmendError } from '../../shared/errors'
import { NOT_ANNOTATED, structureNamed } from '../../shared/labels/schema'
import type { ReviewStatus } from '../../shared/labels/status'
import { loadLabelMap } from '../imaging/labelFile'
import { saveNifti } from '../imaging/nifti'
import { countLabels } from '../segmentation/postprocess'
import { fuseLabels } from '../learning/fuse'
import { requireSameGrid } from '../learning/trainingData'
import { requireWritable } from './outputFile'
import { schemaGiven } from './schemaOption'
import { table } from './terminal'
import { listOf, parseVerb, required, UsageError, type Verb } from './verb'

export const fuse: Verb = {
  summary: 'verified masks over pseudo-labels',
  usage:
    'fuse --verified FILE --verified-structures a,b,c [--absent-structures d,e] --pseudo FILE[,FILE...] [--lesions-over-organs] --out FILE.nii.gz',
  help: `Joins what a reader verified with what networks believe into one label map to train on: verified structures
are exactly where the verified map has them, the pseudo-labels vote on the rest, and what stays unknown is 255.

  --verified FILE               label map of the reader
  --verified-structures a,b,c   the structures of it that are verified
  --absent-structures d,e       structures verified not to be there
  --pseudo FILE[,FILE...]       label maps of networks, on the same grid
  --lesions-over-organs         the verified organs were drawn with their lesions: those of the networks lie over them
  --schema NAME|DIR             label schema, or the folder of a data set or a model that has it (flare23, without it)
  --out FILE                    .nii or .nii.gz`,
  async run(args, terminal) {
    const { values } = parseVerb(
      args,
      {
        verified: { type: 'string' },
        'verified-structures': { type: 'string' },
        'absent-structures': { type: 'string', default: '' },
        pseudo: { type: 'string' },
        'lesions-over-organs': { type: 'boolean' },
        schema: { type: 'string', default: 'flare23' },
        out: { type: 'string' },
        json: { type: 'boolean' },
      },
      [],
    )
    const verifiedPath = required(values.verified, 'verified')
    const out = required(values.out, 'out')
    if (!/\.nii(\.gz)?$/i.test(out)) throw new UsageError(`--out ${out}: it ends in .nii or .nii.gz`)
    const pseudoPaths = listOf(required(values.pseudo, 'pseudo'))
    const schema = await schemaGiven(values.schema)
    const statuses: Record<string, ReviewStatus> = {}
    const note = (names: string, status: ReviewStatus): void => {
      for (const name of listOf(names)) statuses[named(schema, name)] = status
    }
    note(required(values['verified-structures'], 'verified-structures'), 'corrected')
    note(values['absent-structures'], 'absent')
    await requireWritable(out)

    const verified = await loadLabelMap(verifiedPath)
    const pseudo: Uint8Array[] = []
    for (const path of pseudoPaths) {
      const labels = await loadLabelMap(path)
      requireSameGrid(verified, labels, verifiedPath, path)
      pseudo.push(labels.data)
    }
    const lesionsOverOrgans = values['lesions-over-organs']
    const data = fuseLabels({ schema, verified: verified.data, statuses, pseudo, lesionsOverOrgans })
    const fused = { ...verified, data }
    await saveNifti(out, fused)
    const counts = countLabels(fused)
    const voxels = Object.fromEntries(schema.structures.map(({ name, id }) => [name, counts[id]]))
    terminal.result({ out, voxels, unknown: counts[NOT_ANNOTATED] }, values.json, (result) =>
      table(
        [...Object.entries(result.voxels), ['not known', result.unknown] as const].map(([name, n]) => [
          name,
          `${n} voxels`,
          statuses[name] ?? '',
        ]),
        [1],
      ),
    )
  },
}

function named(schema: Parameters<typeof structureNamed>[0], name: string): string {
  try {
    return structureNamed(schema, name).name
  } catch (error) {
    throw new EmendError(error instanceof Error ? error.message : String(error), { cause: error })
  }
}
