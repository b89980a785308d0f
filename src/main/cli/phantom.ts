import type { Vec3 } from '../../shared/geometry/affine'
import { writePhantoms } from '../phantom/phantomFiles'
import { listOf, parseVerb, positiveNumber, required, UsageError, wholeNumber, type Verb } from './verb'

export const phantom: Verb = {
  summary: 'synthetic abdominal CTs with ground truth',
  usage: 'phantom --count N --out DIR [--dicom] [--seed N] [--spacing X,Y,Z] [--dims X,Y,Z] [--json]',
  help: `Makes synthetic abdominal CTs with 13 organs and tumours, and their exact masks, as a data set in nnU-Net's
layout that train takes. The same seed gives the same patients.

  --count N         how many
  --out DIR         gets imagesTr, labelsTr and dataset.json
  --dicom           writes each image as a DICOM series too, under dicom/
  --seed N          of the first; the next ones follow (1, without it)
  --spacing X,Y,Z   voxel size in mm (1.5,1.5,3, without it)
  --dims X,Y,Z      size in voxels (what covers the abdomen, without it)`,
  async run(args, terminal) {
    const { values } = parseVerb(
      args,
      {
        count: { type: 'string' },
        out: { type: 'string' },
        dicom: { type: 'boolean' },
        seed: { type: 'string', default: '1' },
        spacing: { type: 'string' },
        dims: { type: 'string' },
        json: { type: 'boolean' },
      },
      [],
    )
    const count = wholeNumber(required(values.count, 'count'), 'count', 1)
    const out = required(values.out, 'out')
    const first = wholeNumber(values.seed, 'seed')
    const spacing = values.spacing === undefined ? undefined : triple(values.spacing, 'spacing', positiveNumber)
    const dims =
      values.dims === undefined ? undefined : triple(values.dims, 'dims', (text, name) => wholeNumber(text, name, 8))

    const options = { count, out, seed: first, dicom: values.dicom, spacing, dims }
    const made = await writePhantoms(options, terminal.work())
    terminal.result({ out, cases: made }, values.json, () => made.map((one) => `${one.case}  ${one.phase}`).join('\n'))
  },
}

function triple(text: string, option: string, parse: (part: string, option: string) => number): Vec3 {
  const parts = listOf(text)
  if (parts.length !== 3) throw new UsageError(`--${option} ${text}: it is three numbers, like 1.5,1.5,3`)
  return [parse(parts[0], option), parse(parts[1], option), parse(parts[2], option)]
}
