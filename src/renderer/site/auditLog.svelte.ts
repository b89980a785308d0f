import { oneLine } from '../../shared/errors'
import type { AuditFilter, AuditNames, AuditRow, ChainCheck } from '../../shared/site'
import type { EmendApi } from '../../shared/windowApi'
import type { Toasts } from '../app/toasts.svelte'

/** Entries that are asked for at once. */
const PAGE = 100
/** So long nobody types any more. */
const PAUSE_MS = 180

/** The audit as the window sees it: pages of it, which are asked for when they come into sight. */
export class AuditLog {
  filter = $state.raw<AuditFilter>({})
  total = $state(0)
  /** Entries that the user may not see yet. */
  heldBack = $state(0)
  names = $state.raw<AuditNames>({ users: [], actions: [] })
  state = $state.raw<'loading' | 'ready' | { failed: string }>('loading')
  /** What the last check of the chain said; null until there was one. */
  checked = $state.raw<ChainCheck | 'running' | null>(null)
  private pages = $state.raw<ReadonlyMap<number, readonly AuditRow[]>>(new Map())
  private upTo: number | null = null
  private readonly asked = new Set<number>()
  /** Answers to an earlier question count no more. */
  private question = 0
  private typing: ReturnType<typeof setTimeout> | undefined

  constructor(
    private readonly api: EmendApi,
    private readonly toasts: Toasts,
  ) {}

  /** Looks at the newest entries that fit the filter. */
  async load(): Promise<void> {
    clearTimeout(this.typing)
    this.question += 1
    this.upTo = null
    this.asked.clear()
    try {
      const [names] = await Promise.all([this.api.auditNames(), this.ask(0, true)])
      this.names = names
    } catch (error) {
      this.state = { failed: oneLine(error) }
    }
  }

  /** Asks for the rows from `from` up to and without `to` that are not there yet. */
  need(from: number, to: number): void {
    if (this.state !== 'ready') return
    for (let page = Math.floor(from / PAGE); page * PAGE < Math.min(to, this.total); page++) {
      if (!this.asked.has(page)) void this.ask(page).catch((error: unknown) => this.toasts.fail(error))
    }
  }

  /** The entry in a place; null where it is still on its way. */
  entry(index: number): AuditRow | null {
    return this.pages.get(Math.floor(index / PAGE))?.[index % PAGE] ?? null
  }

  /** Words that are typed wait for a pause; a choice does not. */
  narrow(change: AuditFilter, typed = false): void {
    const next = Object.entries({ ...this.filter, ...change }).filter(([, value]) => value)
    this.filter = Object.fromEntries(next)
    clearTimeout(this.typing)
    if (typed) this.typing = setTimeout(() => void this.load(), PAUSE_MS)
    else void this.load()
  }

  widen(): void {
    this.filter = {}
    void this.load()
  }

  async check(): Promise<void> {
    this.checked = 'running'
    try {
      this.checked = await this.api.checkAudit()
    } catch (error) {
      this.checked = null
      this.toasts.fail(error)
    }
  }

  async export(): Promise<void> {
    try {
      const path = await this.api.exportAudit({ filter: this.filter })
      if (path) this.toasts.wrote(path, this.api)
    } catch (error) {
      this.toasts.fail(error)
    }
  }

  private async ask(page: number, anew = false): Promise<void> {
    const { question } = this
    this.asked.add(page)
    const offset = page * PAGE
    const found = await this.api.auditPage({ filter: this.filter, upTo: this.upTo, offset, limit: PAGE })
    if (question !== this.question) return
    this.upTo = found.upTo
    this.total = found.total
    this.heldBack = found.heldBack
    this.pages = new Map(anew ? [[page, found.entries]] : [...this.pages, [page, found.entries]])
    this.state = 'ready'
  }
}
