/**
 * A quantile between the two nearest values, in proportion.
 * @param sorted ascending, not empty
 * @param share 0 to 1
 */
export function quantile(sorted: ArrayLike<number>, share: number): number {
  const at = share * (sorted.length - 1)
  const low = Math.floor(at)
  return sorted[low] + (at - low) * (sorted[Math.min(sorted.length - 1, low + 1)] - sorted[low])
}
