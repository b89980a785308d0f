import { Breath } from './breath'

/** Voxels counted in one go. */
const portion = 1 << 18

/** Voxels by value, counted while the window goes on. */
export async function countsOf(labels: Uint8Array, breath = new Breath()): Promise<Uint32Array> {
  const counts = new Uint32Array(256)
  for (let from = 0; from < labels.length; from += portion) {
    addCounts(labels.subarray(from, from + portion), counts)
    await breath.due()
  }
  return counts
}

/** Adds the voxels of each value, run by run. */
export function addCounts(labels: Uint8Array, counts: Uint32Array): void {
  for (let n = 0; n < labels.length;) {
    const value = labels[n]
    const start = n
    do n++
    while (labels[n] === value)
    counts[value] += n - start
  }
}
