import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Vec3 } from '../../shared/geometry/affine'
import { EmendError } from '../../shared/errors'
import { unwatched, type Work } from '../../shared/progress'
import { loadNifti, saveNifti } from '../imaging/nifti'
import type { LabelMap } from '../imaging/volume'
import { makePhantom } from '../phantom/phantom'
import { exists } from './runFiles'
import type { CaseSource, LabelledImage } from './trainingData'

/** The schema that phantoms are labelled by. */
export const PHANTOM_SCHEMA = 'flare23'

/** Seeds of phantoms that every model may be scored on, and none is ever trained on. Training sets stay below. */
export const firstHoldOutSeed = 900_000_000

/** Coarse enough to render in some seconds, fine enough for the smallest structures. */
const SPACING: Vec3 = [3, 3, 3]

/**
 * Phantoms as cases. They are rendered on first use and kept in `folder` as `phantom-<seed>.nii.gz`, so that every
 * model is scored on the same voxels, also after the phantom itself has changed.
 */
export function phantomCases(folder: string, seeds: readonly number[], work: Work = unwatched): CaseSource[] {
  return seeds.map((seed): CaseSource => {
    const id = `phantom-${seed}`
    return { id, revision: null, annotated: null, load: () => loadPhantom(folder, seed, work) }
  })
}

async function loadPhantom(folder: string, seed: number, work: Work): Promise<LabelledImage> {
  const imagePath = join(folder, `phantom-${seed}.nii.gz`)
  const labelPath = join(folder, `phantom-${seed}-labels.nii.gz`)
  if (!(await exists(imagePath)) || !(await exists(labelPath))) {
    await mkdir(folder, { recursive: true })
    const { image, labels } = makePhantom({ seed, spacing: SPACING }, { ...unwatched, signal: work.signal })
    await saveNifti(labelPath, labels)
    await saveNifti(imagePath, image)
  }
  const image = (await loadNifti(imagePath)).volume
  const { data, ...grid } = (await loadNifti(labelPath)).volume
  if (!(data instanceof Uint8Array)) throw new EmendError(`${labelPath} does not hold labels`)
  return { image, labels: { ...grid, data } satisfies LabelMap }
}
