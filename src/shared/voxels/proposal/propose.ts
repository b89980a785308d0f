import type { Vec3 } from '../../geometry/affine'
import { squaredDistanceTo } from '../distance'
import { scoreCells, type Layer } from './cellNetwork'
import { blurred } from './cells'
import { evidenceOf, type Evidence } from './evidence'
import type { ProposalInput } from './hints'
import { maskFrom } from './maskFrom'

/** Scores every cell of the evidence's grid: above 0 is inside. */
export type CellScorer = (evidence: Evidence) => Float32Array

export function networkScorer(network: readonly Layer[]): CellScorer {
  // Cells are judged one by one; a little of their neighbours' score takes the specks out.
  return ({ features, grid }) => blurred(scoreCells(features, network), grid.size)
}

/**
 * A mask of the block, 1 inside, that follows the hints. There must be an inside hint or a prior.
 * @throws RangeError where there is neither
 */
export function propose(input: ProposalInput, scorer: CellScorer): Uint8Array {
  const evidence = evidenceOf(begun(input))
  return maskFrom(scorer(evidence), evidence.grid, input)
}

/** With only outside hints the structure as it was is pointed at in its middle, away from them. */
export function begun(input: ProposalInput): ProposalInput {
  if (input.inside.length > 0) return input
  const { prior, size, spacing, outside } = input
  if (!prior?.includes(1)) throw new RangeError('a proposal needs an inside hint or a mask to begin from')
  const depth = squaredDistanceTo(
    prior.map((v) => 1 - v),
    size,
    spacing,
  )
  const [nx, ny] = size
  let best = -1
  let middle: Vec3 = [0, 0, 0]
  for (let n = 0; n < depth.length; n++) {
    if (!prior[n] || depth[n] <= best) continue
    const at: Vec3 = [n % nx, Math.floor(n / nx) % ny, Math.floor(n / nx / ny)]
    if (outside.some((point) => squaredMm(point, at, spacing) < 2 * Math.min(depth[n], 1e4))) continue
    best = depth[n]
    middle = at
  }
  if (best >= 0) return { ...input, inside: [middle] }
  const first = prior.indexOf(1)
  return { ...input, inside: [[first % nx, Math.floor(first / nx) % ny, Math.floor(first / nx / ny)]] }
}

function squaredMm(a: Vec3, b: Vec3, spacing: Vec3): number {
  return a.reduce((sum, v, axis) => sum + ((v - b[axis]) * spacing[axis]) ** 2, 0)
}
