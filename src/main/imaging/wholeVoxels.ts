import { count } from '../../shared/count'
import type { VoxelArray } from './volume'

export interface WholeVoxels {
  readonly data: Int16Array
  /** What happened to the values that says something about the image. */
  readonly warnings: string[]
}

/** HU of air: what a voxel of a CT without a number becomes. */
const AIR = -1024
const [LEAST, MOST] = [-32768, 32767]
/** Fewer values than this share beyond 16 bits are outliers, and are clamped whatever the image is. */
const OUTLIERS = 0.001
/** Values may reach so many times as far as all but the outliers do. */
const REACH = 4
/** A range in which fractions matter. */
const NARROW = 100

/**
 * Voxels as whole numbers in 16 bits. HU stay HU: fractions are rounded, and what lies beyond is clamped. What a value of
 * another image means only the others tell, so where many do not fit, or all lie so close together that rounding would
 * take the picture away, they are multiplied by a power of ten first.
 * @param hu whether the values are a CT's
 */
export function wholeVoxels(data: VoxelArray, hu: boolean): WholeVoxels {
  if (data instanceof Int16Array) return { data, warnings: [] }
  const whole = new Int16Array(data.length)
  if (data instanceof Int8Array || data instanceof Uint8Array) {
    whole.set(data)
    return { data: whole, warnings: [] }
  }
  const { low, high, fractions, beyond, missing } = measured(data)
  const tooWide = beyond > OUTLIERS * data.length
  const tooNarrow = fractions && high - low < NARROW
  const factor = !hu && high > low && (tooWide || tooNarrow) ? fittingFactor(data, Math.max(-low, high)) : 1
  const nothing = hu ? AIR : 0
  let clamped = 0
  for (let n = 0; n < data.length; n++) {
    const value = data[n]
    const rounded = value !== value ? nothing : Math.round(value * factor)
    if (rounded > MOST || rounded < LEAST) clamped++
    whole[n] = rounded > MOST ? MOST : rounded < LEAST ? LEAST : rounded
  }
  const warnings: string[] = []
  if (missing > 0) warnings.push(`${count(missing, 'voxel')} without a number became ${nothing}${hu ? ' HU' : ''}`)
  const range = `values run from ${low.toPrecision(4)} to ${high.toPrecision(4)}`
  if (factor !== 1) warnings.push(`${range}; they were multiplied by ${factor} to be kept in 16 bits`)
  if (clamped > 0) warnings.push(`${count(clamped, 'voxel')} beyond 16 bits clamped`)
  if (tooNarrow && factor === 1) warnings.push(`${range} only and were rounded; is it in HU?`)
  return { data: whole, warnings }
}

/** What of the values says whether they fit; `low` and `high` are those of the finite ones. */
function measured(data: VoxelArray): {
  readonly low: number
  readonly high: number
  readonly fractions: boolean
  readonly beyond: number
  readonly missing: number
} {
  let low = Infinity
  let high = -Infinity
  let fractions = false
  let beyond = 0
  let missing = 0
  for (let n = 0; n < data.length; n++) {
    const value = data[n]
    if (value !== value) {
      missing++
      continue
    }
    if (value > MOST || value < LEAST) beyond++
    if (value === Infinity || value === -Infinity) continue
    fractions ||= !Number.isInteger(value)
    if (value < low) low = value
    if (value > high) high = value
  }
  return { low, high, fractions, beyond, missing }
}

/** Nothing is made larger than by this power of ten. */
const MOST_PLACES = 15
/** So many values tell how far they usually reach. */
const SAMPLES = 1_000_000

/** The greatest power of ten by which the values fit, but for outliers. @param furthest the largest value without its sign */
function fittingFactor(data: VoxelArray, furthest: number): number {
  const step = Math.ceil(data.length / SAMPLES)
  const sizes = new Float64Array(Math.ceil(data.length / step))
  for (let n = 0; n < sizes.length; n++) sizes[n] = Math.abs(data[n * step])
  const finite = sizes.filter(Number.isFinite).sort()
  const usual = finite[Math.floor((1 - OUTLIERS) * (finite.length - 1))]
  const reach = usual > 0 ? Math.min(furthest, REACH * usual) : furthest
  return Number(`1e${Math.min(MOST_PLACES, Math.floor(Math.log10(MOST / reach)))}`)
}
