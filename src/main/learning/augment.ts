import type { Vec3 } from '../../shared/geometry/affine'
import { EmendError } from '../../shared/errors'
import { isSided } from '../../shared/labels/sided'
import { seededRandom, type Random } from '../../shared/random'
import { drawBend } from './deform'
import { blur, lowerResolution } from './filters'
import type { Augmentation, Recipe } from './recipe'

/** Where the voxels of a patch lie in a case: voxel p of the patch at `origin + rows * p`, in voxels of the case. */
export interface Placement {
  readonly origin: Vec3
  readonly rows: readonly [Vec3, Vec3, Vec3]
  /** How far beside that each voxel lies, in voxels of the case: [3, voxels]. Nowhere where left out. */
  readonly bend?: Float32Array
}

/** @throws EmendError where a recipe mirrors patches along left and right, and the network is to tell those apart */
export function requireSidesKept(
  { name, preprocess, augmentation }: Pick<Recipe, 'name' | 'preprocess' | 'augmentation'>,
  channels: readonly string[],
): void {
  const sided = channels.find(isSided)
  const across = [...preprocess.orientation].findIndex((code) => 'LR'.includes(code))
  if (sided === undefined || !augmentation.mirror[across]) return
  throw new EmendError(`the recipe ${name} mirrors left and right, and ${sided} is of one side`, {
    hint: 'set its augmentation.mirror to false along that axis',
  })
}

/**
 * Draws how a patch is turned, scaled and mirrored about its middle. Turns are in mm, so they stay turns where voxels
 * are not cubes.
 * @param start voxel of the case under the patch's first voxel before that
 */
export function drawPlacement(
  augmentation: Augmentation,
  start: Vec3,
  patch: Vec3,
  spacing: Vec3,
  random: Random,
): Placement {
  const turned = random.next() < augmentation.affineProbability
  const angles = augmentation.rotationDegrees.map((largest) => {
    return turned ? ((2 * random.next() - 1) * largest * Math.PI) / 180 : 0
  })
  const zoom = turned ? inRange(augmentation.scale, random) : 1
  const mirrored = augmentation.mirror.map((allowed) => (allowed && random.next() < 0.5 ? -1 : 1))
  const turn = rotation(angles[0], angles[1], angles[2])
  const row = (r: 0 | 1 | 2): Vec3 => {
    const element = (c: 0 | 1 | 2): number => (turn[r][c] * spacing[c] * mirrored[c]) / (spacing[r] * zoom)
    return [element(0), element(1), element(2)]
  }
  const rows = [row(0), row(1), row(2)] as const
  const middle = patch.map((n) => (n - 1) / 2)
  const origin = rows.map((r, axis) => {
    return start[axis] + middle[axis] - r[0] * middle[0] - r[1] * middle[1] - r[2] * middle[2]
  })
  const { elastic } = augmentation
  const bend = elastic && random.next() < elastic.probability ? drawBend(patch, spacing, elastic, random) : undefined
  return { origin: [origin[0], origin[1], origin[2]], rows, ...(bend && { bend }) }
}

/** Turns about x, then y, then z, radians. */
function rotation(x: number, y: number, z: number): readonly [Vec3, Vec3, Vec3] {
  const [cx, sx, cy, sy, cz, sz] = [Math.cos(x), Math.sin(x), Math.cos(y), Math.sin(y), Math.cos(z), Math.sin(z)]
  return [
    [cz * cy, cz * sy * sx - sz * cx, cz * sy * cx + sz * sx],
    [sz * cy, sz * sy * sx + cz * cx, sz * sy * cx - cz * sx],
    [-sy, cy * sx, cy * cx],
  ]
}

/**
 * Changes a patch's intensities in place: blur, resolution, contrast and brightness, gamma, noise, each drawn on its own.
 * @param dims of the patch
 */
export function changeIntensities(
  augmentation: Augmentation,
  patch: Float32Array,
  dims: Vec3,
  noise: Float32Array,
  random: Random,
): void {
  const { blur: blurring, lowResolution } = augmentation
  if (blurring && random.next() < blurring.probability) blur(patch, dims, inRange(blurring.sigma, random))
  if (lowResolution && random.next() < lowResolution.probability) {
    const zoom = (): number => Math.min(1, inRange(lowResolution.zoom, random))
    lowerResolution(patch, dims, [zoom(), zoom(), zoom()])
  }
  const drawn = (): boolean => random.next() < augmentation.intensityProbability
  const contrast = drawn() ? inRange(augmentation.contrast, random) : 1
  const shift = drawn() ? (2 * random.next() - 1) * augmentation.brightness : 0
  if (contrast !== 1 || shift !== 0) scaleAbout(meanOf(patch), contrast, shift, patch)
  if (drawn()) applyGamma(inRange(augmentation.gamma, random), patch)
  if (drawn()) addNoise(random.next() * augmentation.noise, noise, random, patch)
}

function inRange([low, high]: readonly [number, number], random: Random): number {
  return low + (high - low) * random.next()
}

function meanOf(values: Float32Array): number {
  let sum = 0
  for (let at = 0; at < values.length; at++) sum += values[at]
  return sum / values.length
}

function scaleAbout(mean: number, factor: number, shift: number, values: Float32Array): void {
  const offset = mean - factor * mean + shift
  for (let at = 0; at < values.length; at++) values[at] = values[at] * factor + offset
}

/** x -> x^gamma over the range of `values`, which keeps its ends. */
function applyGamma(gamma: number, values: Float32Array): void {
  let low = Infinity
  let high = -Infinity
  for (let at = 0; at < values.length; at++) {
    const value = values[at]
    if (value < low) low = value
    if (value > high) high = value
  }
  const span = high - low
  if (!(span > 0)) return
  // The curve is read off a table: a power a voxel would cost more than all else here.
  const curve = Float32Array.from({ length: CURVE + 2 }, (_, n) => low + span * (n / CURVE) ** gamma)
  const scale = CURVE / span
  for (let at = 0; at < values.length; at++) {
    const x = (values[at] - low) * scale
    const n = x | 0
    values[at] = curve[n] + (x - n) * (curve[n + 1] - curve[n])
  }
}
const CURVE = 1024

/** Standard normal numbers that noise is read from, which is many times faster than drawing each. */
export function noiseTable(seed: number): Float32Array {
  const random = seededRandom(seed)
  return Float32Array.from({ length: 1 << 16 }, () => random.normal())
}

/** Runs through the table in strides that differ between patches, so that no two patches share their noise. */
function addNoise(deviation: number, table: Float32Array, random: Random, values: Float32Array): void {
  const mask = table.length - 1
  let at = random.int(table.length)
  let stride = 1 + 2 * random.int(table.length / 2)
  for (let n = 0; n < values.length; n++) {
    values[n] += deviation * table[at & mask]
    at += stride
    if ((n & mask) === mask) stride += 2
  }
}
