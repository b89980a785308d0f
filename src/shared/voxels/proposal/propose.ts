import type { Vec3 } from '../../geometry/affine'
import { boxOf, unionOf, type Box } from '../box'
import { extendFrame } from './cells'
import type { ProposalInput } from './hints'
import { connectedTo, obeying } from './obeying'
import { merged, newestDepth } from './merge'
import { squaredMm } from './nearest'
import { eachVoxelValue, framedSize, windowBox, windowCells, type Window } from './window'
import { correctionWindow, finestMm, firstWindow, windowAround } from './windowChoice'
import { markedPoints, windowEvidence, type MarkedPoint, type WindowEvidence } from './windowEvidence'

/** Scores every framed cell of a window: above 0 is inside. What the frame gets is not looked at. */
export type WindowScorer = (evidence: WindowEvidence) => Float32Array

/** Told of every window that is looked at. */
export type WindowWatcher = (window: Window, evidence: WindowEvidence) => void

/**
 * A mask of the block, 1 inside, that follows the hints: made anew, or what was before with what the newest mark
 * changes of it. There must be an inside hint or a mask to begin from.
 * @throws RangeError where there is neither
 */
export function propose(input: ProposalInput, scorer: WindowScorer, watch?: WindowWatcher): Uint8Array {
  const before = input.before ?? input.prior
  if (input.inside.length === 0 && !before?.includes(1)) {
    throw new RangeError('a proposal needs an inside hint or a mask to begin from')
  }
  const view = new View(input, scorer, watch)
  return obeying(before?.includes(1) ? corrected(before, view) : first(view), input)
}

/** One block looked at through windows. */
class View {
  readonly points: readonly MarkedPoint[]

  constructor(
    readonly input: ProposalInput,
    private readonly scorer: WindowScorer,
    private readonly watch?: WindowWatcher,
  ) {
    this.points = markedPoints(input)
  }

  /** The mask as the scorer has it in a window, and elsewhere as it was. */
  through(window: Window, mask: Uint8Array | null): Uint8Array {
    const { size, spacing } = this.input
    const evidence = windowEvidence(this.input, this.points, mask, window)
    this.watch?.(window, evidence)
    const score = this.scorer(evidence)
    extendFrame(score, framedSize)
    const out = mask?.slice() ?? new Uint8Array(size[0] * size[1] * size[2])
    const box = windowBox(window, size, spacing)
    if (box) eachVoxelValue(score, window, box, size, spacing, (voxel, value) => (out[voxel] = value > 0 ? 1 : 0))
    return out
  }
}

/** Windows that a first answer looks through at most while it grows, and then while it follows what goes on. */
const mostLooks = 4
const mostFollowed = 6

/**
 * Looks around the inside points, farther as long as the structure goes on, closer where it is small. Where it is so long
 * that a window around all of it would no longer show how wide it is, windows follow it instead.
 */
function first(view: View): Uint8Array {
  const { input, points } = view
  const { size, spacing, grain, inside } = input
  const finest = finestMm(spacing, grain)
  const widest = Math.max(...points.map((point) => (point.inside ? point.radiusMm : 0)))
  // A box says how large the structure is.
  const drawn = input.boxes.reduce<Box | null>((all, box) => unionOf(all, box), null)
  let window = drawn ? windowAround(drawn, spacing, grain) : firstWindow(points, spacing, grain)
  const coarsest = Math.max(finest, window.mm, widest / 2)
  let mask: Uint8Array | null = null
  for (let look = 0; ; look++) {
    mask = connectedTo(view.through(window, mask), size, inside)
    if (look + 1 === mostLooks) return mask
    const around = boxWith(mask, size, inside)
    const fitting = windowAround(around, spacing, grain)
    if (contacts(mask, window, size, spacing).length > 0) {
      const larger = Math.max(fitting.mm, 1.4 * window.mm)
      if (larger > coarsest) return connectedTo(followed(view, mask, { ...window, mm: coarsest }), size, inside)
      window = { centre: fitting.centre, mm: larger }
    } else if (look === 0 || (fitting.mm < 0.7 * window.mm && window.mm > finest)) window = fitting
    else return mask
  }
}

/** Looks through windows of one size wherever the structure leaves those looked through so far. */
function followed(view: View, begun: Uint8Array, start: Window): Uint8Array {
  const { size, spacing, inside } = view.input
  const seen: Window[] = []
  const waiting = [start]
  let mask = begun
  for (let window = waiting.shift(); window && seen.length < mostFollowed; window = waiting.shift()) {
    const { centre, mm } = window
    const near = (other: Window): boolean => squaredMm(other.centre, centre, spacing) < (windowCells * mm * 0.3) ** 2
    if (seen.some(near)) continue
    mask = connectedTo(view.through(window, mask), size, inside)
    seen.push(window)
    waiting.push(...contacts(mask, window, size, spacing).map((at) => ({ centre: at, mm })))
  }
  return mask
}

/** Where a mask reaches to within two cells of a window's sides behind which the block goes on: a place a side. */
function contacts(mask: Uint8Array, window: Window, size: Vec3, spacing: Vec3): Vec3[] {
  const box = windowBox(window, size, spacing)
  if (!box) return []
  return ([0, 1, 2] as const).flatMap((axis) => {
    const thick = Math.max(1, Math.round((2 * window.mm) / spacing[axis]))
    const slab = (from: number, to: number): Box => {
      const low: [number, number, number] = [...box.low]
      const high: [number, number, number] = [...box.high]
      ;[low[axis], high[axis]] = [from, to]
      return { low, high }
    }
    const [low, high] = [box.low[axis], box.high[axis]]
    const first = low > 0 ? middleWithin(mask, size, slab(low, Math.min(high, low + thick))) : null
    const last = high < size[axis] ? middleWithin(mask, size, slab(Math.max(low, high - thick), high)) : null
    return [first, last].flatMap((at) => (at ? [at] : []))
  })
}

/** The mean place of a mask's voxels in a box; null where there are none. */
function middleWithin(mask: Uint8Array, [nx, ny]: Vec3, { low, high }: Box): Vec3 | null {
  let [count, x, y, z] = [0, 0, 0, 0]
  for (let k = low[2]; k < high[2]; k++) {
    for (let j = low[1]; j < high[1]; j++) {
      for (let i = low[0], n = i + nx * (j + ny * k); i < high[0]; i++, n++) {
        if (!mask[n]) continue
        count++
        x += i
        y += j
        z += k
      }
    }
  }
  return count > 0 ? [x / count, y / count, z / count] : null
}

function corrected(before: Uint8Array, view: View): Uint8Array {
  const { input } = view
  const { size, spacing, grain, newest } = input
  const hints = [...input.inside, ...input.outside]
  const whole = windowAround(boxWith(before, size, hints), spacing, grain)
  if (newest.points.length === 0) return view.through(whole, before)
  // What is far from the mask need not be large: tissue tells how wide it is.
  const widest = Math.max(...view.points.map((point) => (point.newest ? point.radiusMm : 0)))
  const scale = Math.min(newestDepth(before, input), 2 * widest)
  const window = correctionWindow(newest.points, scale, whole, spacing, grain)
  return merged(before, view.through(window, before), input)
}

/** The box of a mask with some points. */
function boxWith(mask: Uint8Array, size: Vec3, points: readonly Vec3[]): Box {
  let box = boxOf(mask, size)
  for (const [i, j, k] of points) box = unionOf(box, { low: [i, j, k], high: [i + 1, j + 1, k + 1] })
  return box ?? { low: [0, 0, 0], high: size }
}
