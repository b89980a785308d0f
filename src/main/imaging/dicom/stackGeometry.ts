import type { Vec3 } from '../../../shared/geometry/affine'
import { heightOf, type Slice } from './slice'
import { add, cross, dot, subtract, times } from './vector'

/** How a stack's slices lie on an even grid. Positions in LPS mm. */
export interface StackGeometry {
  /** In order along the normal (the cross product of row and column direction). */
  readonly slices: readonly Slice[]
  /** Position of the first voxel of the grid, and the step from slice to slice; sheared where the gantry was tilted. */
  readonly origin: Vec3
  readonly step: Vec3
  /** Slices of the even grid. */
  readonly count: number
  /** For each slice of the stack, its (fractional) index on the grid; 0, 1, 2, ... where the stack is even. */
  readonly places: readonly number[]
  /** Whether voxels have to be interpolated between slices. */
  readonly uneven: boolean
  /** How far the stack leans from its normal (gantry tilt), degrees; 0 where it stands straight. */
  readonly tilt: number
  readonly warnings: readonly string[]
}

/** Beyond this hole nothing sensible can be interpolated, mm; a hole of up to 3 slices is bridged whatever its size. */
const LARGEST_HOLE = 20
/** More slices than this for each that is there would be a volume made up, and many times the file's size. */
const MOST_FILLED = 50

/**
 * Finds the even grid of a stack from ImagePositionPatient alone (slice thickness and spacing attributes lie often).
 * @returns the geometry, or in one line why these slices are not one volume
 */
export function geometryOf(stack: readonly Slice[]): StackGeometry | { readonly reason: string } {
  const slices = stack.map((slice) => ({ slice, height: heightOf(slice) })).sort((a, b) => a.height - b.height)
  const ordered = slices.map(({ slice }) => slice)
  const heights = slices.map(({ height }) => height)
  const [first, last] = [ordered[0].frame, ordered[ordered.length - 1].frame]
  const normal = cross(...first.orientation)
  if (ordered.length === 1) {
    const thickness = first.thickness ?? 1
    return {
      slices: ordered,
      origin: first.position,
      step: times(normal, thickness > 0 ? thickness : 1),
      count: 1,
      places: [0],
      uneven: false,
      tilt: 0,
      warnings: ['only one slice is there; its thickness is what the file says'],
    }
  }

  const extent = heights[heights.length - 1] - heights[0]
  /** Movement per mm along the normal: the normal itself, or with a sideways part where the stack is sheared. */
  const course = times(subtract(last.position, first.position), 1 / extent)
  const aside = Math.max(
    ...ordered.map(({ frame }, n) => {
      const due = add(first.position, times(course, heights[n] - heights[0]))
      return Math.hypot(...subtract(frame.position, due))
    }),
  )
  if (aside > Math.max(1, first.pixelSpacing[0])) {
    return { reason: `the slices are shifted against each other by up to ${aside.toFixed(1)} mm in their plane` }
  }
  const tilt = tiltOf(course, normal)
  const warnings: string[] = []
  const mean = extent / (heights.length - 1)
  const offEven = Math.max(...heights.map((height, n) => Math.abs(height - heights[0] - n * mean)))
  if (offEven <= 0.1 * mean) {
    if (offEven > Math.max(0.02, 0.02 * mean)) {
      warnings.push(
        `slice positions vary by up to ${offEven.toFixed(2)} mm around an even spacing of ${mean.toFixed(3)} mm`,
      )
    }
    const places = heights.map((_, n) => n)
    return {
      slices: ordered,
      origin: first.position,
      step: times(course, mean),
      count: ordered.length,
      places,
      uneven: false,
      tilt,
      warnings,
    }
  }

  const gaps = heights.slice(1).map((height, n) => height - heights[n])
  const gap = usualGap(gaps)
  const hole = Math.max(...gaps)
  if (hole > LARGEST_HOLE && hole > 4.5 * gap) {
    return {
      reason: `there is a hole of ${hole.toFixed(1)} mm between slices that are else ${gap.toFixed(2)} mm apart`,
    }
  }
  const count = Math.round(extent / gap) + 1
  if (count > MOST_FILLED * ordered.length) {
    return { reason: `slices are ${gap.toFixed(2)} to ${hole.toFixed(1)} mm apart, which no even grid can hold` }
  }
  const even = extent / (count - 1)
  return {
    slices: ordered,
    origin: first.position,
    step: times(course, even),
    count,
    places: heights.map((height) => (height - heights[0]) / even),
    uneven: true,
    tilt,
    warnings: [...warnings, unevenWarning(gaps, gap, even, count)],
  }
}

function tiltOf(course: Vec3, normal: Vec3): number {
  const cosine = Math.min(1, Math.abs(dot(course, normal)) / Math.hypot(...course))
  const degrees = (Math.acos(cosine) * 180) / Math.PI
  return degrees < 0.1 ? 0 : degrees
}

/** The smallest gap that at least a tenth of the gaps share: the spacing that the scanner was set to. */
function usualGap(gaps: readonly number[]): number {
  const shared = gaps.filter((gap) => {
    const alike = gaps.filter((other) => Math.abs(other - gap) <= 0.02 * gap).length
    return alike >= Math.max(2, gaps.length / 10)
  })
  return Math.min(...(shared.length > 0 ? shared : gaps))
}

function unevenWarning(gaps: readonly number[], gap: number, even: number, count: number): string {
  const missing = gaps.map((g) => g / gap - 1)
  const whole = missing.every((n) => Math.abs(n - Math.round(n)) < 0.1)
  if (whole) {
    const lost = missing.reduce((sum, n) => sum + Math.round(n), 0)
    return `${lost} slice${lost === 1 ? ' is' : 's are'} missing; filled by interpolation between the neighbours`
  }
  const [low, high] = [Math.min(...gaps), Math.max(...gaps)]
  return (
    `slices are ${low.toFixed(2)} to ${high.toFixed(2)} mm apart; ` +
    `interpolated to ${count} slices ${even.toFixed(2)} mm apart`
  )
}
