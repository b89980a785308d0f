/**
 * How much likelier a value is among samples of the structure than among samples of what is around it: the logarithm of
 * the ratio of two Parzen densities, tabulated where the values lie.
 */
export class Appearance {
  private readonly low: number
  private readonly step: number
  private readonly table: Float32Array

  /**
   * @param around each list of samples weighs the same, however long it is
   * @param bandwidth of the Gaussian kernel, in the image's units
   */
  constructor(structure: readonly number[], around: readonly (readonly number[])[], bandwidth: number) {
    const reach = 6 * bandwidth
    // Not by spreading: a worker's stack does not hold a hundred thousand arguments.
    this.low = structure.reduce((a, b) => Math.min(a, b), Infinity) - reach
    const high = structure.reduce((a, b) => Math.max(a, b), -Infinity) + reach
    const bins = 256
    this.step = Math.max(1e-6, (high - this.low) / (bins - 1))
    const own = density(structure, this.low, this.step, bins, bandwidth)
    const lists = around
      .filter((list) => list.length > 0)
      .map((list) => density(list, this.low, this.step, bins, bandwidth))
    // A value that neither has is taken for a stranger.
    const floor = 1e-3 / bandwidth
    this.table = own.map((p, bin) => {
      const q = lists.reduce((sum, list) => sum + list[bin], 0) / Math.max(1, lists.length)
      return Math.min(4, Math.max(-4, Math.log((p + floor) / (q + 3 * floor))))
    })
  }

  /** Between -4 and 4; positive where the value speaks for the structure. */
  of(value: number): number {
    const bin = Math.round((value - this.low) / this.step)
    return bin < 0 || bin >= this.table.length ? -4 : this.table[bin]
  }
}

function density(samples: readonly number[], low: number, step: number, bins: number, bandwidth: number): Float32Array {
  // Counted first, then smoothed: the same as a kernel at every sample, to within a bin.
  const counts = new Float32Array(bins)
  for (const value of samples) {
    const bin = Math.round((value - low) / step)
    if (bin >= 0 && bin < bins) counts[bin]++
  }
  const reach = Math.ceil((3 * bandwidth) / step)
  const out = new Float32Array(bins)
  for (let offset = -reach; offset <= reach; offset++) {
    const weight = Math.exp(-0.5 * ((offset * step) / bandwidth) ** 2) / (bandwidth * Math.sqrt(2 * Math.PI))
    for (let bin = Math.max(0, -offset); bin < Math.min(bins, bins - offset); bin++) {
      out[bin] += weight * counts[bin + offset]
    }
  }
  return out.map((sum) => sum / samples.length)
}
