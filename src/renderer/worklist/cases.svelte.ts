import type { CaseRow } from '../../shared/contract'
import { oneLine } from '../../shared/errors'
import type { EmendApi } from '../../shared/windowApi'
import { withRows } from './worklistView'

/** The library's cases, as the main process last told. */
export class Cases {
  rows = $state.raw<readonly CaseRow[]>([])
  /** 'loading' until the first answer; a failure's line where there was none. */
  state = $state.raw<'loading' | 'ready' | { failed: string }>('loading')

  private structures = $state.raw<Readonly<Record<string, readonly string[]>>>({})

  constructor(private readonly api: EmendApi) {
    api.on('cases:changed', ({ caseIds }) => void this.refresh(caseIds))
    // A model's structures join the schema that it labels by.
    api.on('models:changed', () => void this.load())
  }

  async load(): Promise<void> {
    try {
      this.rows = await this.api.listCases()
      this.state = 'ready'
      // What was imported may have added to schemas that are known.
      await this.learnSchemas({})
    } catch (error) {
      this.state = { failed: oneLine(error) }
    }
  }

  /** Takes in what changed of some cases; thousands of others are not asked for again. */
  async refresh(caseIds: readonly string[]): Promise<void> {
    if (this.state !== 'ready' || caseIds.length === 0) return this.load()
    try {
      this.rows = withRows(this.rows, await this.api.caseRows({ caseIds: [...caseIds] }), caseIds)
      await this.learnSchemas()
    } catch (error) {
      this.state = { failed: oneLine(error) }
    }
  }

  /** The names of a schema's structures, in its order; none until the schema is known. */
  readonly structuresOf = (schema: string): readonly string[] => this.structures[schema] ?? []

  /** A schema got another structure. */
  async learnAnew(schema: string): Promise<void> {
    await this.learnSchemas(Object.fromEntries(Object.entries(this.structures).filter(([name]) => name !== schema)))
  }

  row(caseId: string): CaseRow | null {
    return this.rows.find(({ id }) => id === caseId) ?? null
  }

  put(row: CaseRow): void {
    this.rows = this.rows.map((other) => (other.id === row.id ? row : other))
  }

  /** A row names its schema; what the schema holds is asked once, of a case that has it. */
  private async learnSchemas(known = this.structures): Promise<void> {
    const examples = new Map(this.rows.map(({ id, schema }) => [schema, id]))
    for (const [schema, id] of examples) {
      if (known[schema]) continue
      const detail = await this.api.caseDetail({ caseId: id })
      this.structures = { ...this.structures, [schema]: detail.schema.structures.map(({ name }) => name) }
    }
  }
}
