import { planeKernel, type PlaneKernel } from './convolutionKernel'
import type { WindowScorer } from './propose'
import { framedCells, windowCells } from './window'
import { channelCount } from './windowEvidence'

/** Weights by name, as `bench/clicks/network.ts` names them. */
export type NetworkWeights = ReadonlyMap<string, Float32Array>

/** Channels of each level of the U-Net; each level has half as many cells along each axis as that before, the first as the window. */
export const levelChannels = [16, 32, 48]
/** What the U-Net says about each cell, and how wide the layer is that joins it with the cell's own channels. */
export const contextChannels = 12
export const pointChannels = 16
export const slope = 0.01

/** Values of some channels on a cube with a border of zeros one cell wide: `[x + n * (y + n * (z + n * c))]`. */
interface Feature {
  readonly channels: number
  /** Cells along each side, without the border. */
  readonly cells: number
  readonly values: Float32Array
}

/** Along which axes a window is mirrored before the network sees it. */
type Mirroring = readonly [x: boolean, y: boolean, z: boolean]

/** A window is seen so many ways, and what the network says of each is averaged: errors that differ cancel out. */
const views: readonly Mirroring[] = [
  [false, false, false],
  [true, false, true],
  [false, true, false],
]

/** Scores windows by the network that `bench/clicks/network.ts` describes for training; the two agree. */
export function networkScorer(weights: NetworkWeights, seen = views): WindowScorer {
  const network = new WindowNetwork(weights)
  return ({ channels }) => {
    const sum = new Float32Array(framedCells ** 3)
    for (const view of seen) {
      const score = mirrored(network.score(channels.map((channel) => mirrored(channel, view))), view)
      for (let n = 0; n < sum.length; n++) sum[n] += score[n] / seen.length
    }
    return sum
  }
}

function mirrored(values: Float32Array, [byX, byY, byZ]: Mirroring): Float32Array {
  if (!byX && !byY && !byZ) return values
  const n = framedCells
  const out = new Float32Array(values.length)
  for (let z = 0, at = 0; z < n; z++) {
    for (let y = 0; y < n; y++, at += n) {
      const from = n * ((byY ? n - 1 - y : y) + n * (byZ ? n - 1 - z : z))
      const row = values.subarray(from, from + n)
      out.set(byX ? row.toReversed() : row, at)
    }
  }
  return out
}

/** What one window takes, weights included: 9 MB of this is used. */
const pages = 16 * 16

/** Features and weights lie in the memory that the kernel works in. */
class WindowNetwork {
  private readonly memory = new WebAssembly.Memory({ initial: pages, maximum: pages })
  private readonly kernel: PlaneKernel = planeKernel(this.memory)
  /** Bytes of the memory that are taken. */
  private taken = 0

  constructor(private readonly weights: NetworkWeights) {}

  /** @param channels of framed cells */
  score(channels: readonly Float32Array[]): Float32Array {
    this.taken = 0
    const input = this.bordered(channelCount, windowCells)
    channels.forEach((channel, c) => {
      eachRow(input, 0, (at) => {
        input.values.set(channel.subarray(at, at + windowCells), c * framedCells ** 3 + at)
      })
    })
    const skips: Feature[] = []
    let x = input
    levelChannels.forEach((channels, level) => {
      x = this.layer(`encoder.${level}.0`, halved(x, this.bordered(x.channels, x.cells / 2)), channels)
      x = this.layer(`encoder.${level}.1`, x, channels)
      skips.push(x)
    })
    for (let level = levelChannels.length - 2; level >= 0; level--) {
      const skip = skips[level]
      const both = this.joined(skip, this.mixed(x, `decoder.${level}.up`, skip.channels))
      x = this.layer(`decoder.${level}`, both, skip.channels)
    }
    const known = this.joined(input, this.mixed(x, 'context', contextChannels))
    return this.mixed(rectified(this.mixed(known, 'points', pointChannels)), 'head', 1).values.slice()
  }

  /** The channels of one feature, and of another with half as many cells along each axis. */
  private joined(fine: Feature, coarse: Feature): Feature {
    const both = this.bordered(fine.channels + coarse.channels, fine.cells)
    both.values.set(fine.values)
    doubled(coarse, both, fine.channels)
    return both
  }

  private weight(name: string): Float32Array {
    const values = this.weights.get(name)
    if (!values) throw new Error(`the network of proposals lacks '${name}'`)
    return values
  }

  /** Room for so many numbers, all 0. */
  private room(count: number): Float32Array {
    const at = this.taken
    this.taken += 16 * Math.ceil(count / 4)
    return new Float32Array(this.memory.buffer, at, count).fill(0)
  }

  private bordered(channels: number, cells: number): Feature {
    return { channels, cells, values: this.room(channels * (cells + 2) ** 3) }
  }

  private layer(name: string, x: Feature, outputs: number): Feature {
    const convolved = this.convolved(x, this.weight(`${name}.weight`), outputs)
    return activated(convolved, this.weight(`${name}.scale`), this.weight(`${name}.shift`))
  }

  /** 3x3x3, zeros beyond the border: `weight[(o * inputs + i) * 27 + tap]`, x fastest among the taps. */
  private convolved({ channels, cells, values }: Feature, weight: Float32Array, outputs: number): Feature {
    const n = cells + 2
    const out = this.bordered(outputs, cells)
    const taps = 27 * channels
    const four = this.room(4 * taps)
    for (let o = 0; o < outputs; o += 4) {
      for (let t = 0; t < taps; t++) for (let p = 0; p < 4; p++) four[4 * t + p] = weight[(o + p) * taps + t]
      for (let z = 0; z < cells; z++) {
        const to = out.values.byteOffset + 4 * (1 + n * (1 + n * (z + 1 + n * o)))
        this.kernel(values.byteOffset + 4 * n * n * z, to, four.byteOffset, channels, n, cells)
      }
    }
    return out
  }

  /** 1x1x1: `weight[o * inputs + i]`. */
  private mixed({ channels, cells, values }: Feature, name: string, outputs: number): Feature {
    const weight = this.weight(`${name}.weight`)
    const bias = this.weights.get(`${name}.bias`)
    const out = this.bordered(outputs, cells)
    const volume = (cells + 2) ** 3
    for (let o = 0; o < outputs; o++) {
      const target = out.values.subarray(o * volume, (o + 1) * volume)
      if (bias) target.fill(bias[o])
      for (let i = 0; i < channels; i++) {
        const w = weight[o * channels + i]
        const source = values.subarray(i * volume, (i + 1) * volume)
        for (let n = 0; n < volume; n++) target[n] += w * source[n]
      }
    }
    return out
  }
}

/** Calls for every row without its borders: the index of its first cell. */
function eachRow({ cells }: Feature, channel: number, visit: (at: number) => void): void {
  const n = cells + 2
  for (let z = 1; z <= cells; z++) {
    for (let y = 1; y <= cells; y++) visit(1 + n * (y + n * (z + n * channel)))
  }
}

/** Instance norm and LeakyReLU, in place; the border becomes 0. */
function activated(x: Feature, scale: Float32Array, shift: Float32Array): Feature {
  const { values, cells, channels } = x
  const row = new Float32Array(cells)
  const volume = (cells + 2) ** 3
  for (let c = 0; c < channels; c++) {
    let [sum, squares] = [0, 0]
    eachRow(x, c, (at) => {
      for (let n = at; n < at + cells; n++) {
        sum += values[n]
        squares += values[n] * values[n]
      }
    })
    const mean = sum / cells ** 3
    const factor = scale[c] / Math.sqrt(Math.max(0, squares / cells ** 3 - mean * mean) + 1e-5)
    const offset = shift[c] - mean * factor
    // Between one row's cells and the next there is only border, and the kernel may have written to it.
    let clean = c * volume
    eachRow(x, c, (at) => {
      for (let n = 0; n < cells; n++) {
        const v = values[at + n] * factor + offset
        row[n] = v < 0 ? slope * v : v
      }
      values.fill(0, clean, at)
      values.set(row, at)
      clean = at + cells
    })
    values.fill(0, clean, (c + 1) * volume)
  }
  return x
}

/** LeakyReLU in place. */
function rectified(x: Feature): Feature {
  const { values } = x
  for (let n = 0; n < values.length; n++) if (values[n] < 0) values[n] *= slope
  return x
}

/** The mean of every two cells along each axis. */
function halved({ channels, cells, values }: Feature, out: Feature): Feature {
  const n = cells + 2
  for (let c = 0; c < channels; c++) {
    let [y, z] = [0, 0]
    eachRow(out, c, (to) => {
      const from = 1 + n * (1 + 2 * y + n * (1 + 2 * z + n * c))
      for (let x = 0; x < cells / 2; x++) {
        let sum = 0
        for (const at of [from, from + n, from + n * n, from + n * n + n])
          sum += values[at + 2 * x] + values[at + 2 * x + 1]
        out.values[to + x] = sum / 8
      }
      if (++y === cells / 2) [y, z] = [0, z + 1]
    })
  }
  return out
}

/** Twice as many cells along each axis, trilinear between cells' middles, into channels from some one on; beyond the border values go on. */
function doubled(x: Feature, out: Feature, firstChannel: number): void {
  const { channels, cells } = x
  const n = cells
  const m = 2 * cells
  const along = (from: Float32Array, inner: number, count: number, outer: number): Float32Array => {
    const to = new Float32Array(inner * count * 2 * outer)
    for (let b = 0; b < outer; b++) {
      for (let q = 0; q < 2 * count; q++) {
        const near = q >> 1
        const far = Math.min(count - 1, Math.max(0, near + (q & 1 ? 1 : -1)))
        const [u, v] = [(b * count + near) * inner, (b * count + far) * inner]
        const at = (b * 2 * count + q) * inner
        for (let a = 0; a < inner; a++) to[at + a] = 0.75 * from[u + a] + 0.25 * from[v + a]
      }
    }
    return to
  }
  for (let c = 0; c < channels; c++) {
    const plain = new Float32Array(n ** 3)
    let row = 0
    eachRow(x, c, (at) => plain.set(x.values.subarray(at, at + n), n * row++))
    const large = along(along(along(plain, 1, n, n * n), m, n, n), m * m, n, 1)
    row = 0
    eachRow(out, firstChannel + c, (at) => out.values.set(large.subarray(m * row, m * ++row), at))
  }
}
