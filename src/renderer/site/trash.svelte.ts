import type { Removal, RemovedCase, TrashContents } from '../../shared/site'
import type { EmendApi } from '../../shared/windowApi'
import type { Toast, Toasts } from '../app/toasts.svelte'
import type { Review } from '../review/review.svelte'
import { emptiedWords, sinceOf, type TrashAge } from './siteView'

/** Deleting cases, and bringing them back. */
export class Trash {
  /** What the reader is asked about: a case, and what would go with it; null where nothing is. */
  asked = $state.raw<Removal | null>(null)
  removed = $state.raw<readonly RemovedCase[] | null>(null)

  /** What the reader is asked about emptying the trash; null where nothing is. */
  emptying = $state.raw<TrashContents | null>(null)
  /** Of what would go: since when it lies there. */
  age = $state<TrashAge>('all')
  /** Whether how much would go is being asked for anew: what is shown is not what was chosen last. */
  isAsking = $state(false)
  /** Whether files are going just now. */
  isEmptying = $state(false)

  /** Offers to undo a deletion, by case. */
  private readonly offers = new Map<string, Toast['action']>()
  private turn = 0

  constructor(
    private readonly api: EmendApi,
    private readonly toasts: Toasts,
    private readonly review: Review,
  ) {}

  async load(): Promise<void> {
    await this.toasts.attempt(async () => (this.removed = await this.api.removedCases()))
  }

  /** Asks whether a case is to be deleted, and says what goes with it. */
  async ask(caseId: string): Promise<void> {
    await this.toasts.attempt(async () => (this.asked = await this.api.removal({ caseId })))
  }

  /** Deletes what was asked about. */
  async remove(): Promise<void> {
    const { asked } = this
    this.asked = null
    if (!asked) return
    await this.toasts.attempt(async () => {
      const { caseId, title } = asked
      const isOpen = this.review.case?.id === caseId
      if (isOpen) await this.review.leave()
      await this.api.removeCase({ caseId })
      if (isOpen) this.review.close()
      const action = { text: 'Undo', run: () => void this.restore(caseId) }
      this.offers.set(caseId, action)
      this.toasts.say(`${title} was deleted`, { tone: 'good', action })
    })
  }

  async restore(caseId: string): Promise<void> {
    await this.toasts.attempt(async () => {
      const { title } = await this.api.restoreCase({ caseId })
      this.toasts.withdraw(this.offers.get(caseId))
      this.offers.delete(caseId)
      this.toasts.say(`${title} is back`, { tone: 'good' })
      if (this.removed) await this.load()
    })
  }

  /** Asks whether the trash is to be emptied, and says how much would go. */
  async askToEmpty(age: TrashAge = 'all'): Promise<void> {
    const turn = ++this.turn
    this.isAsking = true
    await this.toasts.attempt(async () => {
      const contents = await this.api.trashContents({ upTo: sinceOf(age) })
      if (turn !== this.turn) return
      this.emptying = contents
      this.age = age
    })
    if (turn === this.turn) this.isAsking = false
  }

  /** Leaves the trash as it is. */
  keep(): void {
    this.turn++
    this.isAsking = false
    this.emptying = null
  }

  /** Empties what was asked about: nothing that was deleted since. */
  async empty(): Promise<void> {
    const { emptying } = this
    if (!emptying || this.isAsking) return
    this.emptying = null
    this.isEmptying = true
    await this.toasts.attempt(async () => {
      const emptied = await this.api.emptyTrash({ upTo: emptying.upTo })
      // What cannot come back is no longer offered to.
      for (const offer of this.offers.values()) this.toasts.withdraw(offer)
      this.offers.clear()
      this.toasts.say(emptiedWords(emptied), { tone: 'good' })
    })
    this.isEmptying = false
    await this.load()
  }
}
