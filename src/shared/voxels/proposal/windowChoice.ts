import type { Vec3 } from '../../geometry/affine'
import type { Box } from '../box'
import type { Grain } from './clickPatch'
import { squaredMm } from './nearest'
import { windowCells, type Window } from './window'
import type { MarkedPoint } from './windowEvidence'

/** A structure fills this share of a window that is fitted to it. */
const filled = 0.75
/** Cells from the middle of a window to what it is fitted to. */
const fitted = (filled * windowCells) / 2

/** The smallest cells worth looking at: of finer ones noise is all that they show. */
export function finestMm(spacing: Vec3, { factor }: Grain): number {
  return 0.75 * Math.min(...spacing.map((mm, axis) => mm * factor[axis]))
}

/** Where to look first: around the inside points, as far as alike tissue lets suppose. */
export function firstWindow(points: readonly MarkedPoint[], spacing: Vec3, grain: Grain): Window {
  const inside = points.filter((point) => point.inside)
  const centre = middleOf(inside.map(({ at }) => at))
  const spread = Math.max(...inside.map(({ at }) => Math.sqrt(squaredMm(at, centre, spacing))))
  const radius = Math.max(...inside.map(({ radiusMm }) => radiusMm))
  return { centre, mm: Math.max(finestMm(spacing, grain), radius / 4, (spread + radius) / fitted) }
}

/** A window that a box of voxels fits into. */
export function windowAround({ low, high }: Box, spacing: Vec3, grain: Grain): Window {
  const middle = (axis: 0 | 1 | 2): number => (low[axis] + high[axis] - 1) / 2
  const half = Math.max(...spacing.map((mm, axis) => ((high[axis] - low[axis]) * mm) / 2))
  return { centre: [middle(0), middle(1), middle(2)], mm: Math.max(finestMm(spacing, grain), half / fitted) }
}

/**
 * Where to look when something is corrected: at the newest points and some of what they are deep in around them; at
 * the whole structure where that is hardly more.
 * @param whole around the structure and all points
 * @param scaleMm how deep the newest points are in what is wrong
 */
export function correctionWindow(
  newest: readonly Vec3[],
  scaleMm: number,
  whole: Window,
  spacing: Vec3,
  grain: Grain,
): Window {
  const centre = middleOf(newest)
  const spread = Math.max(...newest.map((at) => Math.sqrt(squaredMm(at, centre, spacing))))
  const mm = Math.max(finestMm(spacing, grain), scaleMm / 4, (spread + scaleMm) / fitted)
  return 1.6 * mm >= whole.mm ? whole : { centre, mm }
}

function middleOf(points: readonly Vec3[]): Vec3 {
  const along = (axis: 0 | 1 | 2): number => points.reduce((sum, at) => sum + at[axis], 0) / points.length
  return [along(0), along(1), along(2)]
}
