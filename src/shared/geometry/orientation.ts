import { columnOf, type Affine } from './affine'

/** The patient's six directions; an axis code names the direction towards which an index grows. */
export type AxisCode = 'L' | 'R' | 'P' | 'A' | 'I' | 'S'

/** Three axis codes as nibabel's aff2axcodes gives them: 'RAS', 'LPS', 'LAI'. */
export type Orientation = string

const positive: readonly AxisCode[] = ['R', 'A', 'S']
const negative: readonly AxisCode[] = ['L', 'P', 'I']

/** For each voxel axis: the world axis (0 x, 1 y, 2 z) that it runs along most, and whether it runs backwards. */
export interface AxisMap {
  readonly world: readonly [number, number, number]
  readonly flipped: readonly [boolean, boolean, boolean]
}

/** Assigns each voxel axis the world axis nearest to it, each world axis once (the permutation with most overlap). */
export function axisMapOf(affine: Affine): AxisMap {
  const columns = ([0, 1, 2] as const).map((axis) => {
    const column = columnOf(affine, axis)
    const length = Math.hypot(...column) || 1
    return column.map((v) => v / length)
  })
  const permutations = [
    [0, 1, 2],
    [0, 2, 1],
    [1, 0, 2],
    [1, 2, 0],
    [2, 0, 1],
    [2, 1, 0],
  ] as const
  const overlap = (p: readonly number[]): number => p.reduce((sum, w, axis) => sum + Math.abs(columns[axis][w]), 0)
  const best = permutations.reduce((a, b) => (overlap(b) > overlap(a) + 1e-9 ? b : a))
  const flipped = best.map((w, axis) => columns[axis][w] < 0)
  return { world: [best[0], best[1], best[2]], flipped: [flipped[0], flipped[1], flipped[2]] }
}

export function orientationOf(affine: Affine): Orientation {
  const { world, flipped } = axisMapOf(affine)
  return world.map((w, axis) => (flipped[axis] ? negative[w] : positive[w])).join('')
}

/**
 * The axis map that an orientation names.
 * @throws RangeError unless `codes` are three letters that name each patient axis once.
 */
export function axisMapOfCodes(codes: Orientation): AxisMap {
  const letters = [...codes] as AxisCode[]
  const world = letters.map((c) => Math.max(positive.indexOf(c), negative.indexOf(c)))
  if (letters.length !== 3 || new Set(world).size !== 3 || world.includes(-1)) {
    throw new RangeError(`'${codes}' is not an orientation: three letters of L/R, P/A and I/S, each axis once`)
  }
  const flipped = letters.map((c) => negative.includes(c))
  return { world: [world[0], world[1], world[2]], flipped: [flipped[0], flipped[1], flipped[2]] }
}
