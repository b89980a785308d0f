import { openStructures, type Reviewed } from '../../shared/labels/reviewed'
import type { Structure } from '../../shared/labels/schema'
import { isVerified, type ReviewStatus, type Statuses } from '../../shared/labels/status'

export function statusOf(statuses: Statuses, structure: string): ReviewStatus {
  return statuses[structure] ?? 'unreviewed'
}

/** Verified and not just by painting on it: such a structure locks by itself. */
export function isSettled(status: ReviewStatus): boolean {
  return isVerified(status) && status !== 'corrected'
}

export const statusTitles: Readonly<Record<ReviewStatus, string>> = {
  unreviewed: 'Unreviewed',
  accepted: 'Accepted',
  corrected: 'Corrected',
  absent: 'Absent',
  rejected: 'Rejected',
}

/** '#rrggbb' as three numbers, 0 to 1. */
export function rgbOf(color: string): readonly [number, number, number] {
  const part = (at: number): number => parseInt(color.slice(at, at + 2), 16) / 255
  return [part(1), part(3), part(5)]
}

/**
 * 256 RGBA colours for the slice shader; what is hidden, unknown or not annotated has alpha 0, and what is drawn as an
 * outline only the least that is not 0: alpha weighs the filling, and any shows the edge.
 */
export function paletteOf(
  { structures }: { readonly structures: readonly Structure[] },
  hidden: ReadonlySet<string>,
  outlined: ReadonlySet<string> = new Set(),
): Uint8Array {
  const palette = new Uint8Array(4 * 256)
  for (const { id, name, color } of structures) {
    const rgb = rgbOf(color).map((c) => Math.round(255 * c))
    palette.set([...rgb, hidden.has(name) ? 0 : outlined.has(name) ? 1 : 255], 4 * id)
  }
  return palette
}

/**
 * The structure to look at after `active`: the next that is left to review, in the schema's order and around its end; null
 * where none is but `active`.
 * @param structures all, in that order
 */
export function nextToReview(
  structures: readonly Pick<Structure, 'name'>[],
  reviewed: Reviewed,
  active: string,
): string | null {
  const names = structures.map(({ name }) => name)
  const at = names.indexOf(active)
  const open = openStructures(reviewed)
  return [...names.slice(at + 1), ...names.slice(0, Math.max(at, 0))].find((name) => open.includes(name)) ?? null
}

/** How the key that picks the n-th structure (from 0) is written; those after the tenth have none. */
export function pickKey(n: number): string | null {
  return n < 9 ? String(n + 1) : n === 9 ? '0' : null
}

export function changedStatuses(before: Statuses, after: Statuses): [structure: string, status: ReviewStatus][] {
  const names = new Set([...Object.keys(before), ...Object.keys(after)])
  return [...names]
    .filter((name) => statusOf(before, name) !== statusOf(after, name))
    .map((name) => [name, statusOf(after, name)])
}
