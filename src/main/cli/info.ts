import { describe, type Description } from '../imaging/import/describe'
import { readImages } from '../imaging/import/readImages'
import { table } from './terminal'
import { parseVerb, type Verb } from './verb'

export const info: Verb = {
  summary: 'what images a file, folder or archive holds',
  usage: 'info PATH... [--json]',
  help: `Lists every image in DICOM files, NIfTI files, folders and zip archives, with its geometry and what is odd
about it, and every file that is no image with the reason. Affines take voxel indices to RAS mm.`,
  async run(args, terminal) {
    const { values, positionals } = parseVerb(args, { json: { type: 'boolean' } }, ['PATH...'])
    const found = describe(await readImages(positionals, terminal.work()))
    terminal.result(found, values.json, asText)
  },
}

function asText({ volumes, skipped }: Description): string {
  const images = volumes.map((v) => [
    v.modality,
    v.dims.join(' x '),
    `${v.spacing.map((mm) => Number(mm.toFixed(3))).join(' x ')} mm`,
    v.orientation,
    v.description,
    v.id,
  ])
  const warnings = volumes.flatMap((v) => v.warnings.map((warning) => `warning: ${v.description}: ${warning}`))
  const rest = skipped.map(({ path, reason }) => `skipped: ${path}: ${reason}`)
  return [table(images), ...warnings, ...rest].join('\n')
}
