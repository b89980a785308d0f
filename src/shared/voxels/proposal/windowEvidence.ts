import type { Vec3 } from '../../geometry/affine'
import { distanceTo } from '../distance'
import { Appearance } from './appearance'
import { ballsAround, blurred, distanceToCells, edgeStrength } from './cells'
import { averagingGain, clickPatch, deviationOf } from './clickPatch'
import type { FramedGrid } from './framedGrid'
import { geodesicDistance } from './geodesic'
import type { ProposalInput } from './hints'
import { nearestMm } from './nearest'
import { cellAt, framedSize, sampled, type Window } from './window'

/** What a network is told about each cell of a window; none of it in the image's own units. */
export const channelNames = [
  'image in the window',
  'image against inside',
  'image against the newest mark',
  'likelihood around',
  'edge',
  'way from inside over edges',
  'way from outside over edges',
  'way from inside through alike',
  'from inside',
  'from outside',
  'newest mark',
  'mask before',
  'depth in the mask before',
] as const
export const channelCount = channelNames.length

/** A marked voxel, and the tissue around it. */
export interface MarkedPoint {
  readonly at: Vec3
  readonly inside: boolean
  readonly newest: boolean
  readonly radiusMm: number
  readonly mean: number
}

export interface WindowEvidence {
  readonly grid: FramedGrid
  /** channels[c][framed cell], in the order of `channelNames`. */
  readonly channels: readonly Float32Array[]
  /** Cells of the marks in the window. */
  readonly insideCells: readonly number[]
  readonly outsideCells: readonly number[]
  /** The share of each cell that the mask before has; null where there is none. */
  readonly before: Float32Array | null
}

/** Looks at the tissue around every mark. */
export function markedPoints({ image, size, spacing, grain, inside, outside, newest }: ProposalInput): MarkedPoint[] {
  const recent = new Set(newest.points.map(String))
  const point = (at: Vec3, isInside: boolean): MarkedPoint => {
    const patch = clickPatch(image, size, spacing, at, grain)
    // Somewhere between a point inside and one outside the structure ends.
    const most = 0.6 * nearestMm(at, isInside ? outside : inside, spacing)
    const isNewest = newest.inside === isInside && recent.has(String(at))
    return { at, inside: isInside, newest: isNewest, mean: patch.mean, radiusMm: Math.min(patch.radiusMm, most) }
  }
  return [...inside.map((at) => point(at, true)), ...outside.map((at) => point(at, false))]
}

/** So many cells make a way or a distance fade to a third. */
const fade = 6

/** Works out what marks and the mask before say about every cell of a window. */
export function windowEvidence(
  { image, size, spacing, grain }: Pick<ProposalInput, 'image' | 'size' | 'spacing' | 'grain'>,
  points: readonly MarkedPoint[],
  mask: Uint8Array | null,
  window: Window,
): WindowEvidence {
  const { mm } = window
  const values = sampled(image, size, spacing, window)
  const grid: FramedGrid = { size: framedSize, spacing: [mm, mm, mm], values }
  const before = mask && sampled(mask, size, spacing, window)
  const placed = points.flatMap((point) => {
    const cell = cellAt(point.at, window, spacing)
    return cell === null ? [] : [{ ...point, cell }]
  })
  const [inside, outside] = [placed.filter((p) => p.inside), placed.filter((p) => !p.inside)]
  const cellsOf = (list: typeof placed): number[] => list.map(({ cell }) => cell)
  const balls = (list: typeof placed) => ballsAround(grid, cellsOf(list), list.map(({ radiusMm }) => radiusMm / 2)) // prettier-ignore
  const [own, others] = [balls(inside), balls(outside)]

  const averaged = grain.factor.map((f, axis) => Math.max(1, Math.min(f, mm / spacing[axis])))
  const gain = averagingGain([averaged[0], averaged[1], averaged[2]])
  const noise = Math.max(1, (grain.noise * averagingGain(grain.factor)) / gain)
  const samples = samplesOf(own.cells, values, before, points)
  const unit = Math.max(noise, Math.min(deviationOf(samples), 3 * noise))
  const strangers = others.cells.map((cell) => values[cell])
  const appearance = new Appearance(samples, [spread(values), strangers], unit)
  const around = blurred(
    values.map((value) => appearance.of(value)),
    framedSize,
  )
  const smooth = blurred(values, framedSize)
  const edge = edgeStrength(smooth, framedSize, unit).map((e) => Math.min(4, e))

  const way = (seeds: readonly number[], slowness: Float32Array): Float32Array => {
    return geodesicDistance(seeds, slowness, framedSize, [1, 1, 1])
  }
  const overEdges = edge.map((e) => 0.3 + e)
  const throughAlike = around.map((l) => 0.3 + 3 / (1 + Math.exp(2 * l)))
  const cells = (list: typeof placed): Float32Array => distanceToCells(cellsOf(list), { ...grid, spacing: [1, 1, 1] })
  const near = (distance: number): number => Math.exp(-distance / fade)
  const { middle, range } = windowRange(values)
  const inner = mean(samples)
  const recent = placed.filter(({ newest }) => newest)
  const there = recent.length > 0 ? mean(recent.map((point) => point.mean)) : inner
  const sign = recent.some((point) => point.inside) ? 1 : -1
  const share = before?.map((s) => 2 * s - 1) ?? new Float32Array(values.length)
  const channels = [
    values.map((value) => Math.max(-2, Math.min(2, (2 * (value - middle)) / range))),
    smooth.map((value) => Math.tanh((value - inner) / (4 * unit))),
    smooth.map((value) => Math.tanh((value - there) / (4 * unit))),
    around.map((l) => l / 3),
    edge.map((e) => e / 2),
    way(own.cores, overEdges).map(near),
    way(others.cores, overEdges).map(near),
    way(own.cores, throughAlike).map(near),
    cells(inside).map(near),
    cells(outside).map(near),
    cells(recent).map((d) => sign * Math.exp(-d / 3)),
    share,
    before ? depthIn(before) : share,
  ]
  return { grid, channels, insideCells: cellsOf(inside), outsideCells: cellsOf(outside), before }
}

const mean = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length

/** Values of the structure: around the inside marks, or where there are none, of the mask before. */
function samplesOf(
  cells: readonly number[],
  values: Float32Array,
  before: Float32Array | null,
  points: readonly MarkedPoint[],
): number[] {
  if (cells.length > 0) return cells.map((cell) => values[cell])
  const masked: number[] = []
  before?.forEach((share, n) => {
    if (share > 0.9) masked.push(values[n])
  })
  if (masked.length > 0) return masked
  const inside = points.filter((point) => point.inside)
  return (inside.length > 0 ? inside : points).map((point) => point.mean)
}

/** Some thousand values from all over the window. */
function spread(values: Float32Array): number[] {
  const out: number[] = []
  for (let n = 3; n < values.length; n += 7) out.push(values[n])
  return out
}

function windowRange(values: Float32Array): { readonly middle: number; readonly range: number } {
  const sorted = Float32Array.from(spread(values)).sort()
  const at = (share: number): number => sorted[Math.floor(share * (sorted.length - 1))]
  return { middle: at(0.5), range: Math.max(1, at(0.9) - at(0.1)) }
}

/** Signed cells to the surface, positive inside, as far as it is near. */
function depthIn(share: Float32Array): Float32Array {
  const inside = Uint8Array.from(share, (s) => (s >= 0.5 ? 1 : 0))
  const outside = inside.map((v) => 1 - v)
  const toInside = distanceTo(inside, framedSize, [1, 1, 1])
  const toOutside = distanceTo(outside, framedSize, [1, 1, 1])
  return toInside.map((d, n) => Math.tanh((Math.min(99, toOutside[n]) - Math.min(99, d)) / 5))
}
