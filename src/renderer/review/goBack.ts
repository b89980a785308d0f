import type { Statuses } from '../../shared/labels/status'
import { Breath } from '../editor/breath'
import { plannedGently } from '../editor/editPlan'
import { revisionTable } from '../editor/editTable'
import { statusChanges } from './decisions'
import { countsOf } from '../editor/labelCounts'
import type { OpenCase } from './openCase.svelte'
import { statusOf } from './structures'

/** What going back came to. */
export interface WentBack {
  readonly changed: boolean
  /** Titles of the locked structures that would have become others. */
  readonly left: readonly string[]
}

/**
 * Makes a case's labels and statuses those of an older revision, as one command, worked out while the window goes on. What
 * is locked now keeps its status and exactly its voxels. Null where the labels were changed meanwhile: then nothing is done.
 */
export async function goBackTo(
  opened: OpenCase,
  labels: Uint8Array,
  statuses: Statuses,
  title: string,
): Promise<WentBack | null> {
  const { editor, structures } = opened
  opened.dropPreview()
  const isAsItWas = opened.watch()
  const breath = new Breath()
  const locked = structures.filter(({ name }) => opened.locked.has(name))
  const { dims, mask } = editor
  const said = { box: mask.box, voxels: labels }
  const table = revisionTable(locked.map(({ id }) => id))
  const delta = await plannedGently({ dims, box: mask.box, said, is: mask, table }, breath)
  const counts = await countsOf(labels, breath)
  if (!isAsItWas()) return null
  const left = locked.filter(({ name, id }) => {
    return statusOf(statuses, name) !== opened.statusOf(name) || counts[id] !== editor.counts[id]
  })
  if (delta) editor.apply(delta, 'forward')
  const changes = statusChanges(opened.statuses, statuses).filter(({ structure }) => !opened.locked.has(structure))
  opened.done(title, delta, changes)
  return { changed: delta !== null || changes.length > 0, left: left.map((structure) => structure.title) }
}
