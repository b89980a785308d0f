import type { Vec3 } from '../../shared/geometry/affine'
import { boxSize, type Box } from '../../shared/voxels/box'
import type { Mask } from '../../shared/voxels/mask'
import { Breath } from './breath'
import type { EditTable } from './editTable'
import { DeltaRecorder, type LabelDelta } from './labelDelta'

/** An edit of a box of a volume: what it says of each voxel, what the voxels are, and what becomes of them. */
export interface Edit {
  /** Of the volume. */
  readonly dims: Vec3
  readonly box: Box
  /** Both hold the box at least. */
  readonly said: Mask
  readonly is: Mask
  readonly table: EditTable
}

/** What an edit will change, found without changing anything; null where that is nothing. */
export function planned(edit: Edit): LabelDelta | null {
  const recorder = new DeltaRecorder(edit.dims)
  for (let k = edit.box.low[2]; k < edit.box.high[2]; k++) planSlice(edit, k, recorder)
  return recorder.finish()
}

/** The same while the window goes on; the labels must be as they were when it ends. */
export async function plannedGently(edit: Edit, breath = new Breath()): Promise<LabelDelta | null> {
  const recorder = new DeltaRecorder(edit.dims)
  for (let k = edit.box.low[2]; k < edit.box.high[2]; k++) {
    planSlice(edit, k, recorder)
    await breath.due()
  }
  return recorder.finish()
}

function planSlice({ dims, box, said, is, table }: Edit, k: number, recorder: DeltaRecorder): void {
  const [first, end] = [box.low[0], box.high[0]]
  for (let j = box.low[1]; j < box.high[1]; j++) {
    const row = dims[0] * (j + dims[1] * k)
    // What to add to i for the place in each of the two.
    const [a, b] = [rowOf(said.box, j, k), rowOf(is.box, j, k)]
    for (let i = first; i < end;) {
      const old = is.voxels[b + i]
      const next = table[256 * said.voxels[a + i] + old]
      const from = i
      do i++
      while (i < end && is.voxels[b + i] === old && table[256 * said.voxels[a + i] + old] === next)
      if (next !== old) recorder.add(row + from, i - from, old, next)
    }
  }
}

function rowOf(box: Box, j: number, k: number): number {
  const [nx, ny] = boxSize(box)
  return nx * (j - box.low[1] + ny * (k - box.low[2])) - box.low[0]
}
