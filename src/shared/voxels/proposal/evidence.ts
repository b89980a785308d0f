import type { Vec3 } from '../../geometry/affine'
import { distanceTo } from '../distance'
import { Appearance } from './appearance'
import { ballsAround, blurred, closeFrame, distanceToCells, edgeStrength, extendFrame, ofNearest, signedDepth } from './cells' // prettier-ignore
import { averagingGain, clickPatch, deviationOf, type ClickPatch } from './clickPatch'
import { cellOf, framedGrid, framedMask, type FramedGrid } from './framedGrid'
import { geodesicDistance, widestPath } from './geodesic'
import type { ProposalInput } from './hints'

/** What is told about each cell before a network says what it means. All are free of the image's units. */
export const featureNames = [
  'likelihood',
  'likelihood around',
  'likelihood further around',
  'unlike any inside click',
  'way from inside over edges',
  'way from outside over edges',
  'way from inside through alike',
  'way from outside through unlike',
  'from inside',
  'from outside',
  'nearer by which way',
  'nearer by edges',
  'widest way',
  'clearance',
  'edge',
  'depth in prior',
  'has prior',
  'inside clicks',
  'outside clicks',
  'beyond the reach of a click',
  'reach of the clicks',
  'from inside, mm',
] as const
export const featureCount = featureNames.length

export interface Evidence {
  readonly grid: FramedGrid
  /** features[f][cell], in the order of `featureNames`. */
  readonly features: readonly Float32Array[]
  readonly insideCells: readonly number[]
  readonly outsideCells: readonly number[]
  /** Cells near the clicks that ways begin from. */
  readonly insideSeeds: readonly number[]
  readonly outsideSeeds: readonly number[]
  /** Radius of the widest inside click, mm. */
  readonly scale: number
}

/** Cells that a proposal is worked out on. */
const budget = 150_000

/** Works out what the hints say about every cell of the block. There must be an inside hint. */
export function evidenceOf(input: ProposalInput): Evidence {
  const { image, size: dims, spacing, prior, grain } = input
  const patches = (points: readonly Vec3[], others: readonly Vec3[]): ClickPatch[] => {
    return points.map((at) => {
      const patch = clickPatch(image, dims, spacing, at, grain)
      // Somewhere between a point inside and one outside the structure ends.
      return { ...patch, radiusMm: Math.min(patch.radiusMm, 0.6 * nearestMm(at, others, spacing)) }
    })
  }
  const inside = patches(input.inside, input.outside)
  const outside = patches(input.outside, input.inside)
  const scale = Math.max(...inside.map(({ radiusMm }) => radiusMm))
  const grid = framedGrid(image, dims, spacing, factorFor(dims, spacing, grain.factor, scale / 4))
  const { size, values, factor } = grid
  extendFrame(values, size)
  const insideCells = input.inside.map((at) => cellOf(at, grid))
  const outsideCells = input.outside.map((at) => cellOf(at, grid))
  const half = ({ radiusMm }: { radiusMm: number }): number => radiusMm / 2
  const own = ballsAround(grid, insideCells, inside.map(half))
  const others = ballsAround(grid, outsideCells, outside.map(half))

  const samples = own.cells.map((cell) => values[cell])
  const blockNoise = Math.max(1, (grain.noise * averagingGain(grain.factor)) / averagingGain(factor))
  const unit = Math.max(blockNoise, Math.min(deviationOf(samples), 3 * blockNoise))
  const strangers = others.cells.map((cell) => values[cell])
  const appearance = new Appearance(samples, [everywhere(values, own.is), strangers], unit)
  const likelihood = values.map((value) => appearance.of(value))
  const around = blurred(likelihood, size)
  const means = inside.map(({ mean }) => mean)
  const unlike = values.map((value) => {
    return means.reduce((least, mean) => Math.min(least, Math.abs(value - mean) / (2 * unit)), 6)
  })
  const edge = edgeStrength(blurred(values, size), size, unit)

  const overEdges = edge.map((e) => 0.1 + Math.min(4, e))
  const throughAlike = around.map((l) => 0.05 + 1 / (1 + Math.exp(2 * l)))
  const throughUnlike = throughAlike.map((slowness) => 1.1 - slowness)
  const way = (seeds: readonly number[], slowness: Float32Array): Float32Array => {
    return geodesicDistance(seeds, slowness, size, grid.spacing)
  }
  const insideEdges = way(own.cores, overEdges)
  const outsideEdges = way(others.cores, overEdges)
  const insideAlike = way(own.cores, throughAlike)
  const outsideAlike = way(others.cores, throughUnlike)
  const fromInside = distanceToCells(insideCells, grid)
  const fromOutside = distanceToCells(outsideCells, grid)

  const unlikely = new Uint8Array(values.length)
  for (let n = 0; n < unlikely.length; n++) unlikely[n] = around[n] < -0.5 ? 1 : 0
  const clearance = distanceTo(unlikely, size, grid.spacing).map((mm) => Math.min(mm, 3 * scale))
  const room = clearance.slice()
  closeFrame(room, size)
  const nearestRadius = ofNearest(grid, insideCells, inside.map(({ radiusMm }) => radiusMm)) // prettier-ignore

  const same = (figure: number): Float32Array => new Float32Array(values.length).fill(figure)
  const inScale = (mm: number): number => Math.min(4, Math.log1p(mm / scale))
  const features = [
    likelihood,
    around,
    blurred(around, size, 2),
    unlike,
    insideEdges.map(inScale),
    outsideEdges.map(inScale),
    insideAlike.map(inScale),
    outsideAlike.map(inScale),
    fromInside.map(inScale),
    fromOutside.map(inScale),
    insideAlike.map((mm, n) => nearer(mm, outsideAlike[n])),
    insideEdges.map((mm, n) => nearer(mm, outsideEdges[n])),
    widestPath(insideCells, room, size).map((mm) => Math.min(2, mm / scale)),
    clearance.map((mm) => Math.min(2, mm / scale)),
    edge.map((e) => Math.min(4, e)),
    prior ? signedDepth(framedMask(prior, dims, factor), grid, scale) : same(0),
    same(prior ? 1 : 0),
    same(Math.log1p(inside.length)),
    same(Math.log1p(outside.length)),
    nearestRadius.map((mm, n) => Math.min(4, Math.log1p(fromInside[n] / mm))),
    same(Math.log(scale / 10)),
    fromInside.map((mm) => Math.min(4, Math.log1p(mm / 10))),
  ]
  return { grid, features, insideCells, outsideCells, insideSeeds: own.cores, outsideSeeds: others.cores, scale }
}

/** 1 at an inside seed, -1 at an outside one. */
function nearer(inside: number, outside: number): number {
  if (outside === Infinity) return inside === Infinity ? 0 : 1
  return (outside - inside) / (inside + outside + 1e-3)
}

/** Blocks as near to cubes of `wanted` mm as whole voxels allow, none smaller than `least`, larger where there would be too many. */
function factorFor(dims: Vec3, spacing: Vec3, least: Vec3, wanted: number): Vec3 {
  for (let edge = Math.max(Math.min(...spacing), wanted); ; edge *= 1.1) {
    const along = (axis: 0 | 1 | 2): number => Math.max(least[axis], Math.round(edge / spacing[axis]))
    const factor: Vec3 = [along(0), along(1), along(2)]
    const cells = factor.reduce((product, f, axis) => product * Math.ceil(dims[axis] / f), 1)
    if (cells <= budget) return factor
  }
}

/** mm to the nearest of some voxels; Infinity where there is none. */
export function nearestMm(at: Vec3, others: readonly Vec3[], spacing: Vec3): number {
  const squared = others.map((p) => p.reduce((sum, v, axis) => sum + ((v - at[axis]) * spacing[axis]) ** 2, 0))
  return Math.sqrt(Math.min(...squared))
}

/** Values of some thousand cells all over the block. */
function everywhere(values: Float32Array, except: Uint8Array): number[] {
  const out: number[] = []
  const step = Math.max(1, Math.floor(values.length / 6000))
  for (let n = 0; n < values.length; n += step) if (!except[n]) out.push(values[n])
  return out
}
