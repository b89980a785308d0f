import type { CaseRow } from '../../shared/contract'
import { openCases, type OpenCases } from '../../shared/openCases'
import type { Jobs } from '../app/jobs.svelte'
import type { Toasts } from '../app/toasts.svelte'
import type { Models } from '../learning/models.svelte'
import type { Cases } from './cases.svelte'
import { filteredCases, modelsInUse, type CaseFilter } from './worklistView'

/** What of the library's cases the worklist shows, and what is done with all of these at once. */
export class Worklist {
  filter = $state<CaseFilter>('all')
  search = $state('')
  /** Ids of the cases that are shown and no others, as a message led to them; null where none are picked out so. */
  only = $state.raw<ReadonlySet<string> | null>(null)

  constructor(
    private readonly cases: Cases,
    private readonly models: Models,
    private readonly jobs: Jobs,
    private readonly toasts: Toasts,
  ) {}

  get shown(): readonly CaseRow[] {
    const { rows, structuresOf } = this.cases
    const { only } = this
    const among = only === null ? rows : rows.filter(({ id }) => only.has(id))
    return filteredCases(among, structuresOf, this.filter, this.search)
  }

  /** Whether no case is left out. */
  get showsAll(): boolean {
    return this.filter === 'all' && this.search.trim() === '' && this.only === null
  }

  /** Of some cases, those without labels that the models in use can label. */
  unlabelled(rows: readonly CaseRow[]): OpenCases {
    return openCases(rows, modelsInUse(this.models.all, this.cases.structuresOf), { again: false })
  }

  /** Whether cases without labels can be segmented now: all of the library, or those that are shown. */
  canSegment(which: 'all' | 'shown'): boolean {
    if (this.jobs.activeOf('segment-cases') !== null || (which === 'shown' && this.showsAll)) return false
    return this.unlabelled(which === 'all' ? this.cases.rows : this.shown).cases.length > 0
  }

  /** Has the cases without labels segmented: all of the library, or those that are shown. */
  async segment(which: 'all' | 'shown'): Promise<void> {
    const isAll = which === 'all' || this.showsAll
    const choice = { again: false, ...(!isAll && { caseIds: this.unlabelled(this.shown).cases.map(({ id }) => id) }) }
    await this.toasts.attempt(() => this.jobs.start({ kind: 'segment-cases', choice }))
  }

  /** Shows some cases, whatever was searched for before. */
  showOnly(caseIds: readonly string[]): void {
    this.showEverything()
    this.only = new Set(caseIds)
  }

  showEverything(): void {
    this.only = null
    this.search = ''
    this.filter = 'all'
  }
}
