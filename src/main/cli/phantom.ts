import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Vec3 } from '../../shared/geometry/affine'
import type { Progress, Work } from '../../shared/progress'
import { writeFileAtomic } from '../imaging/atomicFile'
import { writeDicomSeries } from '../imaging/dicom/ctSeries'
import { saveNifti } from '../imaging/nifti'
import { phantomSchema } from '../phantom/labels'
import { makePhantom } from '../phantom/phantom'
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

    await mkdir(join(out, 'imagesTr'), { recursive: true })
    await mkdir(join(out, 'labelsTr'), { recursive: true })
    const made: { case: string; seed: number; phase: string }[] = []
    for (let n = 0; n < count; n++) {
      const seed = first + n
      const name = `phantom-${String(seed).padStart(4, '0')}`
      const { image, labels, phase } = makePhantom({ seed, spacing, dims }, partOf(terminal.work(), n, count))
      await saveNifti(join(out, 'labelsTr', `${name}.nii.gz`), labels)
      await saveNifti(join(out, 'imagesTr', `${name}_0000.nii.gz`), image)
      if (values.dicom) {
        const study = { patientName: `Phantom^${seed}`, patientId: name, seriesDescription: `Phantom, ${phase}` }
        await writeDicomSeries(join(out, 'dicom', name), image, { ...study, uidSeed: `emend ${name}` })
      }
      made.push({ case: name, seed, phase })
    }
    await writeFileAtomic(join(out, 'dataset.json'), `${JSON.stringify(description(count), null, 2)}\n`)
    terminal.result({ out, cases: made }, values.json, () => made.map((one) => `${one.case}  ${one.phase}`).join('\n'))
  },
}

function triple(text: string, option: string, parse: (part: string, option: string) => number): Vec3 {
  const parts = listOf(text)
  if (parts.length !== 3) throw new UsageError(`--${option} ${text}: it is three numbers, like 1.5,1.5,3`)
  return [parse(parts[0], option), parse(parts[1], option), parse(parts[2], option)]
}

/** One phantom's progress as part of all. */
function partOf(work: Work, done: number, count: number): Work {
  const report = (progress: Progress): void => {
    const left = progress.secondsLeft
    const each = left === undefined ? undefined : (left * progress.total) / Math.max(1, progress.total - progress.done)
    const secondsLeft = left === undefined || each === undefined ? undefined : left + each * (count - done - 1)
    const phase = count > 1 ? `phantom ${done + 1} of ${count}, slice` : 'slice'
    work.report({ ...progress, phase, secondsLeft })
  }
  return { report, signal: work.signal }
}

function description(count: number): object {
  const labels = Object.fromEntries(phantomSchema.structures.map(({ name, id }) => [name, id]))
  return {
    name: 'Emend phantoms',
    description: 'Synthetic abdominal CTs with ground truth. Not patients.',
    schema: phantomSchema.name,
    channel_names: { '0': 'CT' },
    labels: { background: 0, ...labels },
    numTraining: count,
    file_ending: '.nii.gz',
  }
}
