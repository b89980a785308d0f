import type { Vec3 } from '../../../shared/geometry/affine'
import type { Random } from '../../../shared/random'

/** How Model Genesis spoils a patch (Zhou et al., Models Genesis, 2021, section 3.2). Probabilities are of each patch. */
export interface GenesisTransforms {
  readonly nonlinear: number
  readonly shuffling: number
  /** Of either painting, and of the in-painting among them. */
  readonly painting: number
  readonly inPainting: number
  /** Windows that are shuffled, for each voxel of the patch; and their largest side as a share of the patch's. */
  readonly windowsPerVoxel: number
  readonly largestWindow: number
  /** Most boxes that are painted, and how likely there is another after each. */
  readonly boxes: number
  readonly another: number
}

/** The released code's: 10,000 windows up to a tenth of a patch of 64 x 64 x 32. */
export const genesisTransforms: GenesisTransforms = {
  nonlinear: 0.9,
  shuffling: 0.5,
  painting: 0.9,
  inPainting: 0.2,
  windowsPerVoxel: 10_000 / (64 * 64 * 32),
  largestWindow: 0.1,
  boxes: 5,
  another: 0.95,
}

/** A patch that is changed in place, i fastest, and the range of intensities that it came from. */
export interface Patch {
  readonly size: Vec3
  readonly values: Float32Array
  readonly low: number
  readonly high: number
}

const CURVE = 1024
const STEPS = 4096

/**
 * A cubic Bezier curve from (0, 0) to (1, 1), or down from (0, 1) to (1, 0), as a table of CURVE + 1 values over [0, 1].
 * With both middle points in the unit square it is monotone and stays within it.
 */
export function bezierCurve(first: readonly number[], second: readonly number[], falling: boolean): Float32Array {
  const along = (t: number, a: number, b: number): number =>
    3 * (1 - t) ** 2 * t * a + 3 * (1 - t) * t ** 2 * b + t ** 3
  const curve = new Float32Array(CURVE + 1)
  let next = 0
  let [x0, y0] = [0, 0]
  for (let n = 1; n <= STEPS; n++) {
    const t = n / STEPS
    const [x1, y1] = [along(t, first[0], second[0]), along(t, first[1], second[1])]
    for (; next <= CURVE && next / CURVE <= x1; next++) {
      const share = x1 > x0 ? (next / CURVE - x0) / (x1 - x0) : 1
      curve[next] = y0 + share * (y1 - y0)
    }
    ;[x0, y0] = [x1, y1]
  }
  curve.fill(1, next)
  return falling ? curve.map((y) => 1 - y) : curve
}

/** Intensities through a curve over the patch's range, which they keep to. */
export function applyCurve({ values, low, high }: Patch, curve: Float32Array): void {
  const span = high - low
  if (!(span > 0)) return
  for (let at = 0; at < values.length; at++) {
    const x = CURVE * Math.min(1, Math.max(0, (values[at] - low) / span))
    const n = Math.min(CURVE - 1, x | 0)
    values[at] = low + span * (curve[n] + (x - n) * (curve[n + 1] - curve[n]))
  }
}

/** Shuffles the voxels within each of many small windows, one window after the other. */
export function shuffleWindows(
  { size, values }: Patch,
  { windowsPerVoxel, largestWindow }: Pick<GenesisTransforms, 'windowsPerVoxel' | 'largestWindow'>,
  random: Random,
): void {
  const largest = size.map((n) => Math.max(2, Math.floor(n * largestWindow)))
  const windows = Math.round(windowsPerVoxel * values.length)
  for (let window = 0; window < windows; window++) {
    const side = largest.map((n, axis) => Math.min(size[axis], 1 + random.int(n)))
    const start = side.map((n, axis) => random.int(size[axis] - n + 1))
    const place = (n: number): number => {
      const i = start[0] + (n % side[0])
      const j = start[1] + (Math.floor(n / side[0]) % side[1])
      const k = start[2] + Math.floor(n / (side[0] * side[1]))
      return i + size[0] * (j + size[1] * k)
    }
    for (let n = side[0] * side[1] * side[2] - 1; n > 0; n--) {
      const [a, b] = [place(n), place(random.int(n + 1))]
      const value = values[a]
      values[a] = values[b]
      values[b] = value
    }
  }
}

interface Box {
  readonly start: readonly number[]
  readonly side: readonly number[]
}

/** Calls for every row of a box: number of its first voxel, and of the one after its last. */
function eachRow([ni, nj]: Vec3, { start, side }: Box, row: (from: number, to: number) => void): void {
  for (let k = start[2]; k < start[2] + side[2]; k++) {
    for (let j = start[1]; j < start[1] + side[1]; j++) {
      const from = start[0] + ni * (j + nj * k)
      row(from, from + side[0])
    }
  }
}

/** Boxes whose sides are the given shares of the patch, wherever they fit. */
function drawBoxes(
  size: Vec3,
  shares: readonly [number, number],
  { boxes, another }: Pick<GenesisTransforms, 'boxes' | 'another'>,
  random: Random,
): Box[] {
  const drawn: Box[] = []
  while (drawn.length < boxes && (drawn.length === 0 || random.next() < another)) {
    const side = size.map((n) => Math.max(1, Math.min(n - 1, Math.round(n * random.between(...shares)))))
    drawn.push({ side, start: side.map((s, axis) => random.int(size[axis] - s + 1)) })
  }
  return drawn
}

/** Sides of boxes that are painted over, and of those that are left, as shares of the patch. */
const PAINTED: readonly [number, number] = [1 / 6, 1 / 3]
const LEFT: readonly [number, number] = [3 / 7, 4 / 7]

/** Sets the voxels of some boxes to random intensities of the patch's range; the rest keep theirs. */
export function paintInside(patch: Patch, options: Pick<GenesisTransforms, 'boxes' | 'another'>, random: Random): void {
  const { size, values, low, high } = patch
  for (const box of drawBoxes(size, PAINTED, options, random)) {
    eachRow(size, box, (from, to) => {
      for (let at = from; at < to; at++) values[at] = random.between(low, high)
    })
  }
}

/** Sets all voxels but those of some boxes, which may overlap, to random intensities of the patch's range. */
export function paintOutside(
  patch: Patch,
  options: Pick<GenesisTransforms, 'boxes' | 'another'>,
  random: Random,
): void {
  const { size, values, low, high } = patch
  const kept = new Uint8Array(values.length)
  for (const box of drawBoxes(size, LEFT, options, random)) eachRow(size, box, (from, to) => kept.fill(1, from, to))
  for (let at = 0; at < values.length; at++) if (kept[at] === 0) values[at] = random.between(low, high)
}

/** Spoils a patch in place by a random combination: shuffling, then intensities, then one painting. */
export function spoil(patch: Patch, options: GenesisTransforms, random: Random): void {
  if (random.next() < options.shuffling) shuffleWindows(patch, options, random)
  if (random.next() < options.nonlinear) {
    const point = (): number[] => [random.next(), random.next()]
    applyCurve(patch, bezierCurve(point(), point(), random.next() < 0.5))
  }
  if (random.next() >= options.painting) return
  if (random.next() < options.inPainting) paintInside(patch, options, random)
  else paintOutside(patch, options, random)
}
