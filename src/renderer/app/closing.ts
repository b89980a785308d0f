import type { OpenCase } from '../review/openCase.svelte'

/** Where a save comes from. */
interface Saving {
  readonly case: Pick<OpenCase, 'edits' | 'saved'> | null
  persist(): Promise<boolean>
}

/** Closing the window waits for the save; where that fails, closing once more leaves without it. */
export class Closing {
  private isSaving = false
  /** The state that could not be saved. */
  private failed: { readonly of: Saving['case']; readonly edits: number } | null = null

  constructor(
    private readonly review: Saving,
    private readonly close: () => void,
  ) {}

  /** Whether the window may close now; where not, it is closed once all is saved. */
  mayClose(): boolean {
    const { case: opened } = this.review
    if (!opened || opened.saved) return true
    if (this.isSaving) return false
    if (this.failed?.of === opened && this.failed.edits === opened.edits) return true
    this.isSaving = true
    void this.review.persist().then((saved) => {
      this.isSaving = false
      this.failed = saved ? null : { of: opened, edits: opened.edits }
      if (saved) this.close()
    })
    return false
  }
}
