import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Vec3 } from '../../shared/geometry/affine'
import { unwatched, type Progress, type Work } from '../../shared/progress'
import { writeFileAtomic } from '../imaging/atomicFile'
import { writeDicomSeries } from '../imaging/dicom/ctSeries'
import { saveNifti } from '../imaging/nifti'
import { phantomSchema } from './labels'
import type { Phase } from './patient'
import { makePhantom } from './phantom'

export interface WritePhantomsOptions {
  readonly count: number
  /** A folder, made where there is none. */
  readonly out: string
  /** Of the first; the next ones follow. 1 without it. */
  readonly seed?: number
  /** Writes each image as a DICOM series too, under `dicom/`. */
  readonly dicom?: boolean
  readonly spacing?: Vec3
  readonly dims?: Vec3
}

export interface WrittenPhantom {
  readonly case: string
  readonly seed: number
  readonly phase: Phase
}

/**
 * Writes phantoms as a training set in nnU-Net's layout: `imagesTr/phantom-0001_0000.nii.gz`, numbered by seed,
 * `labelsTr/phantom-0001.nii.gz`, and last, when all are there, `dataset.json`.
 */
export async function writePhantoms(
  { count, out, seed: first = 1, dicom = false, spacing, dims }: WritePhantomsOptions,
  work: Work = unwatched,
): Promise<WrittenPhantom[]> {
  await mkdir(join(out, 'imagesTr'), { recursive: true })
  await mkdir(join(out, 'labelsTr'), { recursive: true })
  const made: WrittenPhantom[] = []
  for (let n = 0; n < count; n++) {
    const seed = first + n
    const name = `phantom-${String(seed).padStart(4, '0')}`
    const { image, labels, phase } = makePhantom({ seed, spacing, dims }, partOf(work, n, count))
    await saveNifti(join(out, 'labelsTr', `${name}.nii.gz`), labels)
    await saveNifti(join(out, 'imagesTr', `${name}_0000.nii.gz`), image)
    if (dicom) {
      const study = { patientName: `Phantom^${seed}`, patientId: name, seriesDescription: `Phantom, ${phase}` }
      await writeDicomSeries(join(out, 'dicom', name), image, { ...study, uidSeed: `emend ${name}` })
    }
    made.push({ case: name, seed, phase })
  }
  await writeFileAtomic(join(out, 'dataset.json'), `${JSON.stringify(description(count), null, 2)}\n`)
  return made
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
