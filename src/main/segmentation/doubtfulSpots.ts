import { applyAffine, type Vec3 } from '../../shared/geometry/affine'
import { ONE_BIT } from '../../shared/uncertainty'
import { boxSize, type Box } from '../../shared/voxels/box'
import { componentMap, findComponents } from '../../shared/voxels/components'
import { spacing, voxelVolume, type Volume } from '../imaging/volume'

/** A place of doubt about one label. */
export interface Spot {
  readonly label: number
  /** RAS mm */
  readonly mm: Vec3
  readonly volumeMl: number
  /** bits times mL */
  readonly sum: number
}

/** Mean doubt over a neighbourhood that makes a spot, bits; what is still too large to be a place is cut by the next. */
const LEVELS = [0.45, 0.6, 0.75, 0.9, 1.1]
/** How far a network's doubt about a surface that it knows reaches: what is thinner is averaged away, mm. */
const REACH = 4
/** What is larger across is not one place, mm. */
const PLACE = 60
const SMALLEST_ML = 0.2
const MOST = 60

/**
 * The connected places where a network is torn, about one label each, the greatest summed doubt first. Every surface is
 * a thin sheet of doubt; the mean over a neighbourhood tells such sheets from places that are doubtful through and through.
 * @param bits entropy in 64ths of a bit
 * @param likeliest the label that each voxel most likely has if it has any, on the same grid
 */
export function doubtfulSpots(bits: Volume<Uint8Array>, likeliest: Uint8Array): Spot[] {
  const { dims, affine } = bits
  const radius = spacing(bits).map((mm) => Math.max(1, Math.round(REACH / mm)))
  const mean = boxMean(bits.data, dims, [radius[0], radius[1], radius[2]])
  const threshold = LEVELS[0] * ONE_BIT
  const labels = likeliest.map((label, n) => (mean[n] >= threshold ? label : 0))
  const whole: Box = { low: [0, 0, 0], high: dims }
  const ml = voxelVolume(bits) / 1000
  const spots: Spot[] = []
  for (const label of new Set(labels)) {
    if (label === 0) continue
    const inside = labels.map((other) => (other === label ? 1 : 0))
    for (const { box, voxels } of places({ box: whole, voxels: inside }, mean, dims, spacing(bits), 0)) {
      let count = 0
      let sum = 0
      let top = -1
      let at: Vec3 = box.low
      visit(box, dims, (n, local, voxel) => {
        if (voxels[local] === 0) return
        count++
        sum += bits.data[n]
        if (mean[n] <= top) return
        top = mean[n]
        at = voxel
      })
      spots.push({ label, mm: applyAffine(affine, at), volumeMl: count * ml, sum: (sum * ml) / ONE_BIT })
    }
  }
  return spots.sort((a, b) => b.sum - a.sum).slice(0, MOST)
}

/** A part of the grid: 1 inside, with the box's own size. */
interface Part {
  readonly box: Box
  readonly voxels: Uint8Array
}

/** The components of a part, each cut at the next level for as long as it is larger than a place. */
function places(part: Part, mean: Float32Array, dims: Vec3, mm: Vec3, level: number): Part[] {
  const smallest = (1000 * SMALLEST_ML) / (mm[0] * mm[1] * mm[2])
  return componentsOf(part, smallest).flatMap((component) => {
    const size = boxSize(component.box)
    const across = Math.hypot(size[0] * mm[0], size[1] * mm[1], size[2] * mm[2])
    if (across <= PLACE || level + 1 === LEVELS.length) return [component]
    const threshold = LEVELS[level + 1] * ONE_BIT
    const voxels = component.voxels.slice()
    visit(component.box, dims, (n, local) => {
      if (mean[n] < threshold) voxels[local] = 0
    })
    const smaller = places({ box: component.box, voxels }, mean, dims, mm, level + 1)
    return smaller.length > 0 ? smaller : [component]
  })
}

/** The components of so many voxels at least. */
function componentsOf({ box, voxels }: Part, smallest: number): Part[] {
  const size = boxSize(box)
  const components = findComponents(voxels, size)
  const map = componentMap(components, voxels.length)
  // The largest come first.
  const boxes = components.sizes
    .filter((count) => count >= smallest)
    .map(() => ({ low: [...size] as [number, number, number], high: [0, 0, 0] as [number, number, number] }))
  const all: Box = { low: [0, 0, 0], high: size }
  visit(all, size, (n, _local, voxel) => {
    if (map[n] === 0 || map[n] > boxes.length) return
    const { low, high } = boxes[map[n] - 1]
    for (const axis of [0, 1, 2] as const) {
      low[axis] = Math.min(low[axis], voxel[axis])
      high[axis] = Math.max(high[axis], voxel[axis] + 1)
    }
  })
  return boxes.map((local, index) => {
    const [nx, ny, nz] = boxSize(local)
    const own = new Uint8Array(nx * ny * nz)
    visit(local, size, (n, at) => {
      if (map[n] === index + 1) own[at] = 1
    })
    const moved = (corner: Vec3): Vec3 => [box.low[0] + corner[0], box.low[1] + corner[1], box.low[2] + corner[2]]
    return { box: { low: moved(local.low), high: moved(local.high) }, voxels: own }
  })
}

/** Calls for every voxel of a box with its index in the grid, its index in the box, and where it is. */
function visit(box: Box, [nx, ny]: Vec3, see: (n: number, local: number, voxel: Vec3) => void): void {
  let local = 0
  for (let k = box.low[2]; k < box.high[2]; k++) {
    for (let j = box.low[1]; j < box.high[1]; j++) {
      const row = nx * (j + ny * k)
      for (let i = box.low[0]; i < box.high[0]; i++) see(row + i, local++, [i, j, k])
    }
  }
}

/** The mean over a box of 2 r + 1 voxels an axis, cut at the grid's edges. */
function boxMean(data: Uint8Array, dims: Vec3, radius: Vec3): Float32Array {
  let from = Float32Array.from(data)
  const strides = [1, dims[0], dims[0] * dims[1]]
  for (const axis of [0, 1, 2] as const) {
    const to = new Float32Array(from.length)
    const [n, stride, r] = [dims[axis], strides[axis], radius[axis]]
    for (let start = 0; start < from.length; start++) {
      if (Math.floor(start / stride) % n !== 0) continue
      let sum = 0
      for (let p = 0; p < Math.min(r, n); p++) sum += from[start + p * stride]
      for (let p = 0; p < n; p++) {
        if (p + r < n) sum += from[start + (p + r) * stride]
        if (p - r - 1 >= 0) sum -= from[start + (p - r - 1) * stride]
        const count = Math.min(n - 1, p + r) - Math.max(0, p - r) + 1
        to[start + p * stride] = sum / count
      }
    }
    from = to
  }
  return from
}
