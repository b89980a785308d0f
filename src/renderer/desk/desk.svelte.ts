import type { CaseRow } from '../../shared/contract'
import type { ComparedReadings, NoteRow, Strategy } from '../../shared/review'
import type { EmendApi } from '../../shared/windowApi'
import type { Toasts } from '../app/toasts.svelte'
import type { Cases } from '../worklist/cases.svelte'
import { foundFor } from './deskView'

/** Review beyond one case and one reader: what comes next, what is said of cases, second readings. */
export class Desk {
  strategy = $state<Strategy>('first')
  /** The case that is talked about; null where none is. */
  caseId = $state<string | null>(null)
  notes = $state.raw<readonly NoteRow[]>([])
  /** The case whose two readings are compared; null where none is. */
  arbitrated = $state<string | null>(null)
  compared = $state.raw<ComparedReadings | null>(null)

  constructor(
    private readonly api: EmendApi,
    private readonly cases: Cases,
    private readonly toasts: Toasts,
    private readonly openCase: (caseId: string, structure: string | null) => void,
    /** Told of a case that something was decided of. */
    private readonly decided: (row: CaseRow) => void,
  ) {}

  get row(): CaseRow | null {
    return this.caseId === null ? null : this.cases.row(this.caseId)
  }

  /** Opens the next case by the chosen strategy, past the one that is open. */
  async next(not: string | null): Promise<void> {
    await this.toasts.attempt(async () => {
      const found = await this.api.nextCase({ strategy: this.strategy, not })
      if (!found) {
        this.toasts.say('Nothing is left to review', { tone: 'good' })
        return
      }
      const why = foundFor(this.strategy, found)
      if (why) this.toasts.say(why)
      this.openCase(found.caseId, found.structure)
    })
  }

  async talkAbout(caseId: string): Promise<void> {
    this.caseId = caseId
    this.notes = []
    await this.toasts.attempt(async () => (this.notes = await this.api.notes({ caseId })))
  }

  async say(kind: 'comment' | 'flag' | 'unflag', text: string, structure: string | null): Promise<boolean> {
    return this.change((caseId) => this.api.addNote({ caseId, kind, text, structure }))
  }

  async reject(structure: string, reason: string): Promise<boolean> {
    return this.change((caseId) => this.api.rejectStructure({ caseId, structure, reason }))
  }

  async reopen(reason: string): Promise<boolean> {
    return this.change((caseId) => this.api.reopenCase({ caseId, reason }))
  }

  async askSecondReading(reason: string): Promise<boolean> {
    return this.change((caseId) => this.api.askSecondReading({ caseId, reason }))
  }

  async compare(caseId: string): Promise<void> {
    this.caseId = null
    this.arbitrated = caseId
    this.compared = null
    const done = await this.toasts.attempt(async () => (this.compared = await this.api.compareReadings({ caseId })))
    if (!done) this.arbitrated = null
  }

  async arbitrate(picks: Readonly<Record<string, 'first' | 'second'>>, reason: string): Promise<boolean> {
    const caseId = this.arbitrated
    if (caseId === null) return false
    const done = await this.toasts.attempt(async () => {
      this.cases.put(await this.api.arbitrate({ caseId, picks: { ...picks }, reason }))
      this.toasts.say('The two readings are settled', { tone: 'good' })
    })
    if (done) this.arbitrated = null
    return done
  }

  /** @returns whether it was done */
  private async change(ask: (caseId: string) => Promise<CaseRow>): Promise<boolean> {
    const { caseId } = this
    if (caseId === null) return false
    return this.toasts.attempt(async () => {
      const row = await ask(caseId)
      this.cases.put(row)
      this.decided(row)
      this.notes = await this.api.notes({ caseId })
    })
  }
}
