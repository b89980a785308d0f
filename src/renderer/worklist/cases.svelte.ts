import type { CaseRow } from '../../shared/contract'
import type { EmendApi } from '../../shared/windowApi'

/** The library's cases, as the main process last told. */
export class Cases {
  rows = $state.raw<readonly CaseRow[]>([])
  /** 'loading' until the first answer; a failure's line where there was none. */
  state = $state.raw<'loading' | 'ready' | { failed: string }>('loading')

  constructor(private readonly api: EmendApi) {
    api.on('cases:changed', () => void this.load())
  }

  async load(): Promise<void> {
    try {
      this.rows = await this.api.listCases()
      this.state = 'ready'
    } catch (error) {
      this.state = { failed: error instanceof Error ? error.message : String(error) }
    }
  }

  row(caseId: string): CaseRow | null {
    return this.rows.find(({ id }) => id === caseId) ?? null
  }

  put(row: CaseRow): void {
    this.rows = this.rows.map((other) => (other.id === row.id ? row : other))
  }
}
