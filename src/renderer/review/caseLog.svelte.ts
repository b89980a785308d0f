import type { CaseHistory, RevisionRow } from '../../shared/caseHistory'
import { revisionTitle, type TimelineKind } from '../../shared/timeline'
import type { EmendApi } from '../../shared/windowApi'
import type { Toasts } from '../app/toasts.svelte'
import { goBackTo } from './goBack'
import type { OpenCase } from './openCase.svelte'
import { fetchLabels } from './voxels'

const nothing: CaseHistory = { revisions: [], reviews: [], notes: [], events: [], heldBack: 0 }

/** What the history panel shows beside the case's own commands: all that the library knows of its past. */
export class CaseLog {
  shown = $state(false)
  /** What of it is shown. */
  kind = $state<TimelineKind | 'all'>('all')
  past = $state.raw<CaseHistory>(nothing)
  /** The revision that is being fetched to go back to. */
  fetching = $state<string | null>(null)
  private turn = 0
  /** The case that `past` is of. */
  private caseId: string | null = null

  constructor(
    private readonly api: EmendApi,
    private readonly toasts: Toasts,
  ) {}

  async load(caseId: string): Promise<void> {
    const turn = ++this.turn
    if (caseId !== this.caseId) this.past = nothing
    this.caseId = caseId
    try {
      const past = await this.api.caseHistory({ caseId })
      if (turn === this.turn) this.past = past
    } catch (error) {
      this.toasts.fail(error)
    }
  }

  /** Makes an older revision what is shown and edited, as one command that undo takes back. */
  async goBack(opened: OpenCase, revision: RevisionRow): Promise<void> {
    if (this.fetching !== null) return
    this.fetching = revision.id
    try {
      const labels = await fetchLabels(opened.id, revision.id, opened.dims)
      const went = await goBackTo(opened, labels, revision.statuses, `Back to: ${revisionTitle(revision)}`)
      if (!went) this.toasts.say('The labels changed meanwhile: nothing was done')
      else if (went.left.length > 0) this.toasts.say(`Locked, and left as it is: ${went.left.join(', ')}`)
      else if (!went.changed) this.toasts.say('These labels are what is shown already')
    } catch (error) {
      this.toasts.fail(error)
    } finally {
      this.fetching = null
    }
  }
}
