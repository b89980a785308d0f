import type { RejectReasons } from '../../shared/review'
import type { EmendApi } from '../../shared/windowApi'
import type { Cases } from '../worklist/cases.svelte'
import type { Journal } from './journal'
import type { OpenCase } from './openCase.svelte'
import { saveLabels } from './voxels'

/**
 * Brings the library up to date once: looks, then changed voxels as a new revision, otherwise only the statuses that
 * changed. The reader's time goes with it; where it fails, all stays unsaved as it was.
 */
export async function saveOnce(api: EmendApi, cases: Cases, opened: OpenCase, journal: Journal): Promise<void> {
  const looks = opened.looks.unsaved
  if (Object.keys(looks).length > 0) {
    await api.setLooks({ caseId: opened.id, looks })
    opened.looks.markSaved(looks)
  }
  const { voxels, statuses } = opened
  let seconds = opened.clock.take()
  try {
    if (!opened.voxelsSaved) {
      const how = { reasons: reasonsOf(opened), seconds }
      const row = await saveLabels(opened.id, opened.editor.data, opened.revision, statuses, how)
      seconds = {}
      opened.markSaved(voxels, statuses, row.statuses, row.id)
      journal.replace(row.id, opened.stepsSince(voxels))
      return
    }
    let stored = statuses
    for (const [structure, status] of opened.unsavedStatuses) {
      const reason = status === 'rejected' ? { reason: opened.reasons[structure] ?? null } : {}
      const row = await api.setStatus({ caseId: opened.id, structure, status, seconds, ...reason })
      seconds = {}
      cases.put(row)
      stored = row.statuses
    }
    opened.markSaved(voxels, statuses, stored, opened.revision)
    journal.replace(opened.revision, opened.saved ? [] : opened.stepsSince(voxels))
  } finally {
    opened.clock.giveBack(seconds)
  }
}

function reasonsOf({ statuses, reasons }: OpenCase): RejectReasons {
  const rejected = Object.keys(statuses).filter((name) => statuses[name] === 'rejected')
  return Object.fromEntries(rejected.map((name) => [name, reasons[name] ?? null]))
}
