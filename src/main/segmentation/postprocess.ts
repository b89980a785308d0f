import { boxesOf, cropped } from '../../shared/voxels/box'
import { findComponents } from '../../shared/voxels/components'
import type { LabelMap } from '../imaging/volume'

/**
 * Leaves only the largest 26-connected component of each of these labels, in place; the rest becomes background.
 * Each label is looked at in its own box, so the time goes with the organs, not with the image.
 * @returns voxels taken away, by label id, for those that lost any
 */
export function keepLargestComponents({ data, dims }: LabelMap, ids: readonly number[]): Map<number, number> {
  const removed = new Map<number, number>()
  const boxes = boxesOf(data, dims)
  for (const id of ids) {
    const box = boxes.get(id)
    if (!box) continue
    const [nx, ny] = [box.high[0] - box.low[0], box.high[1] - box.low[1]]
    const size = [nx, ny, box.high[2] - box.low[2]] as const
    const { start, length, component } = findComponents(cropped(data, dims, box), size, { label: id })
    let count = 0
    for (let run = 0; run < start.length; run++) {
      if (component[run] === 0) continue
      const row = Math.floor(start[run] / nx)
      const i = box.low[0] + (start[run] % nx)
      const j = box.low[1] + (row % ny)
      const k = box.low[2] + Math.floor(row / ny)
      const from = i + dims[0] * (j + dims[1] * k)
      data.fill(0, from, from + length[run])
      count += length[run]
    }
    if (count > 0) removed.set(id, count)
  }
  return removed
}

/** Voxels of each label id, background included. */
export function countLabels({ data }: LabelMap): Float64Array {
  const counts = new Float64Array(256)
  // Once a run of equal labels, not once a voxel.
  for (let n = 0; n < data.length;) {
    const label = data[n]
    const start = n
    do n++
    while (n < data.length && data[n] === label)
    counts[label] += n - start
  }
  return counts
}
