import { type Vec3 } from '../../shared/geometry/affine'
import { axisMapOf } from '../../shared/geometry/orientation'
import { findComponents, largestComponent } from '../../shared/voxels/components'
import { dilated, eroded, withoutHoles } from './planeMorphology'
import { spacing, type Volume } from './volume'

/**
 * Whether a CT shows a patient the way round that its geometry says. A mirrored or upturned axis makes a network take
 * one side for the other, and nothing in the voxels' geometry betrays it. The check looks only for what nearly every
 * body has (a spine at the back, a table below, the liver on the right, lungs above the abdomen) and keeps silent where
 * it does not see that clearly.
 * @param patientPosition DICOM's (0018,5100): 'HFS', 'FFP', ...; '' where unknown
 * @returns what is implausible, a line each; nothing for whatever is not a CT of a trunk
 */
export function orientationWarnings(volume: Volume, patientPosition = ''): string[] {
  const findings = measure(coarse(volume))
  return findings ? judge(findings, patientPosition) : []
}

/** A CT at about 6 mm, RAS. */
interface CoarseCt {
  readonly dims: Vec3
  /** mL */
  readonly voxelMl: number
  /** Distance of the slices. */
  readonly mm: number
  readonly data: Float32Array
}

/** A part of the body and where its middle lies, as a share of half the body's width or depth; right and front > 0. */
interface Part {
  readonly ml: number
  readonly offset: number
}

interface Findings {
  /** Bone near the midline, front to back. */
  readonly spine: Part
  /** Whatever lies about the body, front to back. */
  readonly table: Part
  /** The largest solid organ where there is no lung, left to right, and the next largest. */
  readonly organ: Part
  readonly nextOrganMl: number
  /** Share of gas in the body's cross-section, in fifths of the slices from below. */
  readonly gas: readonly number[]
}

const COARSE_MM = 6
/** What is lower, mm, or has a smaller cross-section, cm2, than an adult's trunk: a head, a neck, limbs. */
const LEAST_HEIGHT = 60
const LEAST_AREA = 300
/** Where the narrowest fifth of the slices is thinner than this share of the widest, there is a neck or a hip. */
const EVENNESS = 0.45
/** Offsets below these, as shares of half the body, say nothing. */
const CLEAR_SPINE = 0.12
const CLEAR_TABLE = 0.6
const CLEAR_LIVER = 0.07
/** Solid organs further to the side than any liver: muscles of a buttock or a shoulder. */
const FARTHEST_LIVER = 0.4

function judge({ spine, table, organ, nextOrganMl, gas }: Findings, position: string): string[] {
  const warnings: string[] = []
  const advice = 'check its orientation before segmenting'
  if (spine.ml >= 40 && spine.offset > CLEAR_SPINE) {
    warnings.push(`the spine lies in front: front and back look swapped; ${advice}`)
  } else if (table.ml >= 100 && Math.abs(table.offset) > CLEAR_TABLE) {
    const below = table.offset < 0
    const prone = position.endsWith('P')
    if (/^[HF]F[SP]$/.test(position) && below === prone) {
      const side = below ? 'behind' : 'in front of'
      const lying = prone ? 'prone' : 'supine'
      warnings.push(`the table lies ${side} a patient who is said to lie ${lying} (${position}); ${advice}`)
    }
  }
  const liverLike = organ.ml >= 400 && organ.ml >= 2 * nextOrganMl && -organ.offset < FARTHEST_LIVER
  if (liverLike && organ.offset < -CLEAR_LIVER) {
    warnings.push(
      `the largest organ lies on the left: left and right look swapped, or the organs are mirrored; ${advice}`,
    )
  }
  const [lowest, , middle, ...upper] = gas
  const abdomenAbove = Math.max(...upper) < 0.07 && 3 * Math.max(...upper) < lowest && 2 * middle < lowest
  if (lowest >= 0.1 && abdomenAbove) {
    warnings.push(`the lungs lie below: head and feet look swapped; ${advice}`)
  }
  return warnings
}

/** Every n-th voxel, in RAS order. */
function coarse(volume: Volume): CoarseCt {
  const { world, flipped } = axisMapOf(volume.affine)
  const size = spacing(volume)
  const strides = [1, volume.dims[0], volume.dims[0] * volume.dims[1]]
  const [x, y, z] = [0, 1, 2].map((w) => {
    const axis = world.indexOf(w)
    const every = Math.max(1, Math.round(COARSE_MM / size[axis]))
    const count = Math.max(1, Math.floor(volume.dims[axis] / every))
    const at = (n: number): number => (flipped[axis] ? volume.dims[axis] - 1 - n * every : n * every)
    return { offsets: Array.from({ length: count }, (_, n) => strides[axis] * at(n)), mm: every * size[axis] }
  })
  const dims: Vec3 = [x.offsets.length, y.offsets.length, z.offsets.length]
  const data = new Float32Array(dims[0] * dims[1] * dims[2])
  let out = 0
  for (const dz of z.offsets) {
    for (const dy of y.offsets) for (const dx of x.offsets) data[out++] = volume.data[dx + dy + dz]
  }
  return { dims, voxelMl: (x.mm * y.mm * z.mm) / 1000, mm: z.mm, data }
}

/** Sums up where the voxels of one part lie. */
class Middle {
  count = 0
  private sum = 0

  add(offset: number): void {
    this.count++
    this.sum += offset
  }

  part(voxelMl: number): Part {
    return { ml: this.count * voxelMl, offset: this.count > 0 ? this.sum / this.count : 0 }
  }
}

/** What is summed up slice by slice. */
interface Tally {
  readonly spine: Middle
  readonly table: Middle
  /** Voxels of each slice. */
  readonly gas: Float64Array
  readonly area: Float64Array
}

interface Masks {
  /** HU */
  readonly data: Float32Array
  readonly inside: Uint8Array
  readonly near: Uint8Array
  /** Where soft tissue is marked. */
  readonly soft: Uint8Array
}

/** One row from left to right: a function of its own, so that it is soon compiled though an image is checked only once. */
function tallyRow(masks: Masks, nx: number, row: number, ny: number, body: Extent, tally: Tally): void {
  const { data, inside, near, soft } = masks
  const k = Math.floor(row / ny)
  const y = ((row % ny) - body.middle[1]) / body.half[1]
  const [first, middle, half] = [row * nx, body.middle[0], body.half[0]]
  let [area, gas] = [0, 0]
  for (let i = 0; i < nx; i++) {
    const n = first + i
    const hu = data[n]
    const x = (i - middle) / half
    if (inside[n] === 1) {
      area++
      if (hu < -700) gas++
      else if (hu > 250 && Math.abs(x) < 0.25) tally.spine.add(y)
      else if (hu > 30 && hu < 200) soft[n] = 1
    } else if (hu > -700 && near[n] === 0 && Math.abs(x) <= 1) {
      tally.table.add(y)
    }
  }
  tally.area[k] += area
  tally.gas[k] += gas
}

/** Null where there is no trunk to look at. */
function measure({ dims, data, voxelMl, mm }: CoarseCt): Findings | null {
  const [nx, ny, nz] = dims
  const size = nx * ny
  const solid = new Uint8Array(data.length)
  for (let n = 0; n < data.length; n++) if (data[n] > -300) solid[n] = 1
  // A table that touches the back is thin: one step of erosion cuts it off.
  const core = largestComponent(eroded(solid, dims), dims)
  const body = extentOf(core, dims)
  if (!body || nz * mm < LEAST_HEIGHT) return null
  const whole = dilated(core, dims)
  const near = dilated(whole, dims)
  const inside = withoutHoles(whole, dims)
  const tally: Tally = {
    spine: new Middle(),
    table: new Middle(),
    gas: new Float64Array(nz),
    area: new Float64Array(nz),
  }
  const { spine, table, gas, area } = tally
  const soft = new Uint8Array(data.length)
  for (let row = 0; row < ny * nz; row++) tallyRow({ data, inside, near, soft }, nx, row, ny, body, tally)
  const areas = fifths(area)
  const centimetres = areas.map((voxels) => (voxels * voxelMl) / ((nz / 5) * (mm / 10)))
  if (Math.min(...centimetres) < Math.max(LEAST_AREA, EVENNESS * Math.max(...centimetres))) return null
  // The heart lies on the left, but among the lungs.
  for (let k = 0; k < nz; k++) if (gas[k] > 0.1 * area[k]) soft.fill(0, k * size, (k + 1) * size)
  const { start, length, component, sizes } = findComponents(eroded(soft, dims), dims)
  const organ = new Middle()
  for (let r = 0; r < start.length; r++) {
    if (component[r] !== 0) continue
    for (let n = 0; n < length[r]; n++) organ.add((((start[r] + n) % nx) - body.middle[0]) / body.half[0])
  }
  return {
    spine: spine.part(voxelMl),
    table: table.part(voxelMl),
    organ: organ.part(voxelMl),
    nextOrganMl: (sizes[1] ?? 0) * voxelMl,
    gas: fifths(gas).map((sum, n) => sum / areas[n]),
  }
}

function fifths(values: Float64Array): number[] {
  const at = (n: number): number => Math.floor((n * values.length) / 5)
  return [0, 1, 2, 3, 4].map((n) => values.subarray(at(n), at(n + 1)).reduce((sum, v) => sum + v, 0))
}

interface Extent {
  /** Middle and half of the width and depth, voxels. */
  readonly middle: readonly [number, number]
  readonly half: readonly [number, number]
}

function extentOf(mask: Uint8Array, [nx, ny, nz]: Vec3): Extent | null {
  let [x0, x1, y0, y1] = [nx, -1, ny, -1]
  for (let row = 0; row < ny * nz; row++) {
    const line = mask.subarray(row * nx, (row + 1) * nx)
    const first = line.indexOf(1)
    if (first < 0) continue
    x0 = Math.min(x0, first)
    x1 = Math.max(x1, line.lastIndexOf(1))
    y0 = Math.min(y0, row % ny)
    y1 = Math.max(y1, row % ny)
  }
  return x1 > x0 && y1 > y0 ? { middle: [(x0 + x1) / 2, (y0 + y1) / 2], half: [(x1 - x0) / 2, (y1 - y0) / 2] } : null
}
