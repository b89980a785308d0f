import type { Statuses } from '../../shared/labels/status'
import type { OpenCase } from './openCase.svelte'
import { changedStatuses, statusOf } from './structures'

/**
 * Makes a case's labels and statuses those of an older revision, as one command. What is locked now keeps its status and
 * exactly its voxels; `left` has the titles of those that would have become others.
 */
export function goBackTo(
  opened: OpenCase,
  labels: Uint8Array,
  statuses: Statuses,
  title: string,
): { changed: boolean; left: string[] } {
  const { editor, structures } = opened
  opened.dropPreview()
  const locked = structures.filter(({ name }) => opened.locked.has(name))
  const writable = new Uint8Array(256).fill(1)
  for (const { id } of locked) writable[id] = 0
  const left = locked.filter(({ name, id }) => {
    return statusOf(statuses, name) !== opened.statusOf(name) || countOf(labels, id) !== editor.counts[id]
  })
  const box = { low: [0, 0, 0], high: opened.dims } as const
  const delta = editor.setLabels({ box, voxels: labels.map((value) => (writable[value] ? value : 0)) }, writable)
  const changes = changedStatuses(opened.statuses, statuses)
    .filter(([name]) => !opened.locked.has(name))
    .map(([structure, after]) => ({ structure, before: opened.statusOf(structure), after }))
  opened.done(title, delta, changes)
  return { changed: delta !== null || changes.length > 0, left: left.map((structure) => structure.title) }
}

function countOf(labels: Uint8Array, value: number): number {
  let count = 0
  for (let n = 0; n < labels.length; n++) if (labels[n] === value) count++
  return count
}
