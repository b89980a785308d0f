import { EmendError } from '../../shared/errors'
import { gigabytes } from './memory'
import type { Preprocess } from '../segmentation/manifest'
import type { PreparedCase } from './preparedCase'
import type { ImageSize } from './trainingData'

/** So many cases tell what all will take, where there are more. */
const TELLING = 3

/** A case as it is kept, or an image alone. */
type Kept = Pick<PreparedCase, 'image'> & Partial<Pick<PreparedCase, 'labels' | 'soft'>>

/** Bytes that training keeps of a case: 5 a voxel, and one more for each channel that teachers say something of. */
export function caseBytes({ image, labels, soft }: Kept): number {
  return image.byteLength + (labels?.byteLength ?? 0) + (soft?.byteLength ?? 0)
}

/**
 * The same before a case is read: at most so many, as what is not body is cut away.
 * @param taught channels that teachers say something of
 */
export function mostCaseBytes({ dims, spacing }: ImageSize, { grid }: Preprocess, taught = 0): number {
  const product = (values: readonly number[]): number => values.reduce((a, b) => a * b, 1)
  const voxels =
    grid.kind === 'size'
      ? product(grid.voxels)
      : grid.kind === 'spacing'
        ? (product(dims) * product(spacing)) / product(grid.mm)
        : product(dims)
  return (5 + taught) * voxels
}

/** Says as soon as a few cases are prepared whether all of them will fit, beside what the steps take. */
export class CaseMemory {
  private bytes = 0
  private cases = 0

  /**
   * @param total cases that are to be prepared
   * @param steps bytes that training will take beside them (`runBytes`)
   * @param available bytes that this process may still take, before the first is prepared
   * @param most bytes that all cases take at most, where their sizes are known
   */
  constructor(
    private readonly total: number,
    private readonly steps: number,
    private readonly available: number = process.availableMemory(),
    private readonly most = Infinity,
  ) {}

  /** @throws EmendError where the cases, as large as those so far on the mean, will not fit, and how many would. */
  add(prepared: Kept): void {
    this.bytes += caseBytes(prepared)
    this.cases += 1
    if (this.cases < Math.min(TELLING, this.total)) return
    const each = this.bytes / this.cases
    const expected = Math.min(each * this.total, Math.max(this.most, this.bytes))
    const left = this.available - this.steps
    if (expected <= left) return
    const fit = Math.max(0, Math.floor(left / each))
    const all = this.total === 1 ? 'the case' : `the ${this.total} cases`
    const taught = prepared.soft ? ', or fewer structures: of each, what teachers say takes a byte a voxel' : ''
    throw new EmendError(
      `${all} would take ${gigabytes(expected)} of memory beside ${gigabytes(this.steps)} of training, and ${gigabytes(this.available)} are free`,
      { hint: `take ${fit === 1 ? '1 case' : `${fit} cases`}, a coarser grid${taught}` },
    )
  }
}
