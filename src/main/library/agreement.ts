import type { LabelSchema } from '../../shared/labels/schema'

/** How two label maps of one image agree on a structure. */
export interface Agreement {
  /** Dice similarity coefficient, 0 to 1; 1 where neither has a voxel of it. */
  readonly dsc: number
  /** Voxels of it in the first and in the second. */
  readonly first: number
  readonly second: number
  /** Voxels that only one of them has. */
  readonly differing: number
}

/**
 * Two label maps on the same grid, structure by structure, by the schema's names. Only voxels are counted, in one pass,
 * so that a volume of 10^8 voxels takes well below a second; surfaces are the metrics' affair.
 *
 * @throws RangeError where the maps differ in size.
 */
export function agreementOf(first: Uint8Array, second: Uint8Array, schema: LabelSchema): Map<string, Agreement> {
  if (first.length !== second.length) {
    throw new RangeError(`label maps of ${first.length} and ${second.length} voxels cannot be compared`)
  }
  const inFirst = new Float64Array(256)
  const inSecond = new Float64Array(256)
  const inBoth = new Float64Array(256)
  for (let voxel = 0; voxel < first.length; voxel++) {
    const a = first[voxel]
    const b = second[voxel]
    inFirst[a]++
    inSecond[b]++
    if (a === b) inBoth[a]++
  }
  return new Map(
    schema.structures.map(({ id, name }) => {
      const sum = inFirst[id] + inSecond[id]
      const dsc = sum === 0 ? 1 : (2 * inBoth[id]) / sum
      return [name, { dsc, first: inFirst[id], second: inSecond[id], differing: sum - 2 * inBoth[id] }]
    }),
  )
}

/** Voxels of each label. */
export function voxelCounts(labels: Uint8Array): Float64Array {
  const counts = new Float64Array(256)
  for (let voxel = 0; voxel < labels.length; voxel++) counts[labels[voxel]]++
  return counts
}
