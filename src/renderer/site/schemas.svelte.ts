import type { NewSchema } from '../../shared/labels/siteStructures'
import type { SchemaRow } from '../../shared/site'
import { oneLine } from '../../shared/errors'
import type { EmendApi } from '../../shared/windowApi'
import type { Toasts } from '../app/toasts.svelte'
import type { Review } from '../review/review.svelte'
import type { Cases } from '../worklist/cases.svelte'

/** The label schemas of the library, and which of them is in use. */
export class Schemas {
  all = $state.raw<readonly SchemaRow[]>([])
  /** Whether a schema is being made. */
  making = $state(false)

  constructor(
    private readonly api: EmendApi,
    private readonly toasts: Toasts,
    private readonly cases: Cases,
    private readonly review: Review,
  ) {}

  async load(): Promise<void> {
    await this.toasts.attempt(async () => (this.all = await this.api.schemas()))
  }

  /** @returns why it cannot be, in one line; null where it is made */
  async make(schema: NewSchema): Promise<string | null> {
    try {
      this.all = await this.api.makeSchema(schema)
      this.making = false
      this.toasts.say(`${schema.title} can be drawn now`, { tone: 'good' })
      return null
    } catch (error) {
      return oneLine(error)
    }
  }

  async use({ name, title }: SchemaRow): Promise<void> {
    await this.toasts.attempt(async () => {
      this.all = await this.api.useSchema({ schema: name })
      this.toasts.say(`New cases are labelled by ${title}`, { tone: 'good' })
    })
  }

  /** Has a case in which nothing is decided labelled by another schema. */
  async assign(caseId: string, schema: string): Promise<void> {
    await this.toasts.attempt(async () => {
      const isOpen = this.review.case?.id === caseId
      // What was drawn in it belongs to the schema that it has: once it is saved, the case keeps that.
      if (isOpen) await this.review.leave()
      const before = this.cases.row(caseId)
      this.cases.put(await this.api.assignSchema({ caseId, schema }))
      await this.cases.learnAnew(schema)
      if (isOpen) this.review.close()
      if (before?.revision) this.toasts.say('The labels that it had are in its history')
    })
  }
}
