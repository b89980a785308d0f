import { imageEndings, isImageName, saveImage } from '../imaging/imageFile'
import { requireWritable } from './outputFile'
import { readImage } from './readImage'
import { parseVerb, required, UsageError, type Verb } from './verb'

export const convert: Verb = {
  summary: 'an image as NIfTI, NRRD or MetaImage',
  usage: 'convert PATH --out FILE.nii.gz [--series ID] [--straighten] [--force]',
  help: `Writes an image on its own grid, values in HU for a CT.

  --out FILE     ends in ${imageEndings}
  --series ID    which image, where PATH holds several (emend info lists them)
  --straighten   resamples slices that a tilted gantry sheared to a grid at right angles
  --force        replaces a file that is there`,
  async run(args, terminal) {
    const options = {
      out: { type: 'string' },
      series: { type: 'string' },
      straighten: { type: 'boolean' },
      force: { type: 'boolean' },
    } as const
    const { values, positionals } = parseVerb(args, options, ['PATH'])
    const out = required(values.out, 'out')
    if (!isImageName(out)) throw new UsageError(`--out ${out}: it ends in ${imageEndings}`)
    await requireWritable(out, values.force ?? false)
    const { volume, warnings } = await readImage(positionals[0], values.series, terminal, {
      straighten: values.straighten,
    })
    terminal.warn(warnings)
    await saveImage(out, volume)
  },
}
