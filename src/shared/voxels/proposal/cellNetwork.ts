/** A dense layer: `weight[o * inputs + i]`. */
export interface Layer {
  readonly inputs: number
  readonly outputs: number
  readonly weight: Float32Array
  readonly bias: Float32Array
}

/** Of LeakyReLU below zero, as the networks of the segmentation have it. */
export const slope = 0.01

/** Runs a small dense network over every cell; the last layer has one output. */
export function scoreCells(features: readonly Float32Array[], layers: readonly Layer[]): Float32Array {
  const cells = features[0].length
  const out = new Float32Array(cells)
  const most = Math.max(...layers.map(({ inputs, outputs }) => Math.max(inputs, outputs)))
  // A block of cells at a time, so that the inner loop runs along memory.
  const block = 256
  let from = new Float32Array(most * block)
  let to = new Float32Array(most * block)
  for (let start = 0; start < cells; start += block) {
    const size = Math.min(block, cells - start)
    features.forEach((feature, f) => from.set(feature.subarray(start, start + size), f * block))
    layers.forEach((layer, depth) => {
      forward(layer, from, to, block, size, depth < layers.length - 1)
      ;[from, to] = [to, from]
    })
    out.set(from.subarray(0, size), start)
  }
  return out
}

function forward(
  { inputs, outputs, weight, bias }: Layer,
  from: Float32Array,
  to: Float32Array,
  block: number,
  size: number,
  rectified: boolean,
): void {
  for (let o = 0; o < outputs; o++) {
    const target = to.subarray(o * block, o * block + size)
    target.fill(bias[o])
    for (let i = 0; i < inputs; i++) {
      const w = weight[o * inputs + i]
      const source = from.subarray(i * block, i * block + size)
      for (let n = 0; n < size; n++) target[n] += w * source[n]
    }
    if (rectified) for (let n = 0; n < size; n++) if (target[n] < 0) target[n] *= slope
  }
}
