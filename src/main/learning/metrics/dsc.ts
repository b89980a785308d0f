/**
 * The Dice similarity coefficient 2|A and B| / (|A| + |B|) of two masks (not 0 = inside) on the same grid:
 * 1 where they are the same, 0 where they share no voxel. Two empty masks agree: 1.
 */
export function dsc(reference: Uint8Array, prediction: Uint8Array): number {
  let both = 0
  let sum = 0
  for (let n = 0; n < reference.length; n++) {
    const r = reference[n] !== 0
    const p = prediction[n] !== 0
    if (r) sum++
    if (p) sum++
    if (r && p) both++
  }
  return sum === 0 ? 1 : (2 * both) / sum
}
