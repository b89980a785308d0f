import type { CaseRow } from '../../shared/contract'
import type { ComparedReadings, NoteRow, Strategy } from '../../shared/review'
import type { EmendApi } from '../../shared/windowApi'
import type { Toasts } from '../app/toasts.svelte'
import type { Cases } from '../worklist/cases.svelte'
import { foundFor, nothingElse, startsOver } from './deskView'
import { Sitting } from './sitting'

/** Review beyond one case and one reader: what comes next, what is said of cases, second readings. */
export class Desk {
  strategy = $state<Strategy>('first')
  /** The case that is talked about; null where none is. */
  caseId = $state<string | null>(null)
  notes = $state.raw<readonly NoteRow[]>([])
  /** The case whose two readings are compared; null where none is. */
  arbitrated = $state<string | null>(null)
  compared = $state.raw<ComparedReadings | null>(null)

  readonly sitting = new Sitting()

  constructor(
    private readonly api: EmendApi,
    private readonly cases: Cases,
    private readonly toasts: Toasts,
    /** @returns whether it came to be open */
    private readonly openCase: (caseId: string, structure: string | null) => Promise<boolean>,
    /** Told of a case that something was decided of. */
    private readonly decided: (row: CaseRow) => void,
  ) {}

  get row(): CaseRow | null {
    return this.caseId === null ? null : this.cases.row(this.caseId)
  }

  /** Opens the next case by the chosen strategy, past the one that is open. Says where it goes on with what was left, or ends. */
  async next(open: string | null): Promise<void> {
    const { strategy, sitting } = this
    await this.toasts.attempt(async () => {
      for (const { not, left } of sitting.rounds(open)) {
        const found = await this.api.nextCase({ strategy, not })
        if (!found) continue
        if (left === 'open') return this.toasts.say(nothingElse(sitting.brokenCount, true))
        if (left === 'shown') sitting.startOver()
        const lines = [left === 'shown' ? startsOver : '', foundFor(strategy, found)].filter(Boolean)
        // Said once there is something to look at: a large case takes longer to open than a line stays.
        if ((await this.openCase(found.caseId, found.structure)) && lines.length > 0) this.toasts.say(lines.join('. '))
        return
      }
      const { brokenCount } = sitting
      this.toasts.say(nothingElse(brokenCount, false), { tone: brokenCount > 0 ? 'plain' : 'good' })
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
