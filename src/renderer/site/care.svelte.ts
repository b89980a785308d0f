import type { LibraryState } from '../../shared/care'
import type { JobRow } from '../../shared/jobs'
import type { Progress } from '../../shared/progress'
import type { EmendApi } from '../../shared/windowApi'
import type { Jobs } from '../app/jobs.svelte'
import type { Toasts } from '../app/toasts.svelte'

/** The library as a whole: how it is, and the work that keeps it so. */
export class Care {
  state = $state.raw<LibraryState | null>(null)
  /** How far the library's move is; null while it stays where it is. */
  moving = $state.raw<Progress | null>(null)

  constructor(
    private readonly api: EmendApi,
    private readonly jobs: Jobs,
    private readonly toasts: Toasts,
  ) {
    api.on('library:moving', (progress) => (this.moving = progress))
    jobs.onEnd(({ kind }) => {
      if (this.state && (kind === 'care' || kind === 'import')) void this.load()
    })
  }

  /** What is under way, if anything. */
  get job(): JobRow | null {
    return this.jobs.activeOf('care')
  }

  async load(): Promise<void> {
    await this.toasts.attempt(async () => (this.state = await this.api.libraryState()))
  }

  verify(): Promise<boolean> {
    return this.toasts.attempt(() => this.api.verifyLibrary())
  }

  /** @param fromBackup whether files come back from a backup, which the reader is asked for */
  repair(fromBackup: boolean): Promise<boolean> {
    return this.toasts.attempt(() => this.api.repairLibrary({ fromBackup }))
  }

  backUp(): Promise<boolean> {
    return this.toasts.attempt(() => this.api.backUpLibrary())
  }

  exportSet(caseIds: readonly string[]): Promise<boolean> {
    return this.toasts.attempt(() => this.api.exportSet({ caseIds: [...caseIds] }))
  }

  /** @param verified whether the labels count as verified; else they are for review */
  importSet(verified: boolean): Promise<boolean> {
    return this.toasts.attempt(() => this.api.importSet({ verified }))
  }

  /** Asks for another library; Emend starts anew with it. */
  openAnother(): Promise<boolean> {
    return this.toasts.attempt(() => this.api.openLibrary())
  }

  /** Asks where to; Emend starts anew with the library there. */
  async move(): Promise<void> {
    await this.toasts.attempt(() => this.api.moveLibrary())
    this.moving = null
  }

  stopMoving(): void {
    void this.toasts.attempt(() => this.api.stopMoving())
  }

  show(): void {
    const { state } = this
    if (state) void this.toasts.attempt(() => this.api.reveal({ path: state.folder }))
  }
}
