import type { LearningPlan, ModelRow } from '../../shared/contract'
import type { Margins } from '../../shared/margins'
import type { ModelStory, RunCurves } from '../../shared/modelCard'
import type { TrainingExample } from '../../shared/trainingExample'
import { openCases } from '../../shared/openCases'
import type { EmendApi } from '../../shared/windowApi'
import type { Jobs } from '../app/jobs.svelte'
import type { Toasts } from '../app/toasts.svelte'
import type { Cases } from '../worklist/cases.svelte'
import { labelling } from '../worklist/worklistView'
import { stepsOf, versionIn, type RunLength } from './learningView'

/** A version to put to use, or to go back to. */
export interface Asked {
  readonly model: ModelRow
  readonly back: boolean
}

/** The models that there are, and what the next learning run would use. */
export class Models {
  all = $state.raw<readonly ModelRow[]>([])
  plan = $state.raw<LearningPlan | null>(null)
  /** How long the reader lets the next run go on. */
  length = $state<RunLength>('recipe')
  /** The model whose card is shown; null where none is. */
  shown = $state.raw<(ModelStory & { model: ModelRow }) | null>(null)
  /** What the network of the run under way makes of a slice; null where there is none. */
  example = $state.raw<TrainingExample | null>(null)
  /** The curves of the run under way, as far as they are written; null where there is none. */
  curves = $state.raw<RunCurves | null>(null)
  /** How far structures may fall, while the reader looks at that. */
  margins = $state.raw<Margins | null>(null)
  /** What somebody wants to put to use, while they are asked how. */
  asked = $state.raw<Asked | null>(null)

  constructor(
    private readonly api: EmendApi,
    private readonly jobs: Jobs,
    private readonly toasts: Toasts,
    private readonly cases: Cases,
  ) {
    api.on('models:changed', () => void this.load())
    api.on('cases:changed', () => this.planSoon())
  }

  private planning: ReturnType<typeof setTimeout> | undefined

  /** A plan looks at all cases and at the model: once for all changes of a second. */
  private planSoon(): void {
    this.planning ??= setTimeout(() => {
      this.planning = undefined
      void this.loadPlan()
    }, 1000)
  }

  /** What a rollback goes back to; null where no other model was ever in use. */
  get former(): ModelRow | null {
    return this.all.find(({ before }) => before) ?? null
  }

  /** How many cases a model would label if it were in use: those without labels, and those that another version labelled. */
  openFor(model: ModelRow): number {
    const { rows, structuresOf } = this.cases
    return openCases(rows, [labelling(model, structuresOf)], { again: true }).cases.length
  }

  /** Asks before a model is put to use, where there is something to ask: why, of one that was kept out, and what of open cases. */
  async ask(asked: Asked): Promise<void> {
    const needsReason = asked.model.state === 'kept-out' && !asked.back
    if (needsReason || this.openFor(asked.model) > 0) this.asked = asked
    else await this.putToUse(asked)
  }

  /**
   * @param reason why, where the gate kept it out
   * @param again whether it labels the open cases again
   */
  async putToUse(
    { model, back }: Asked,
    { reason, again = false }: { reason?: string; again?: boolean } = {},
  ): Promise<void> {
    this.asked = null
    const { name, version, schema } = model
    await this.toasts.attempt(async () => {
      this.all = back ? await this.api.rollBackModel() : await this.api.useModel({ name, version, reason })
      this.toasts.say(`${name} v${version} is ${back ? 'in use again' : 'now in use'}`, { tone: 'good' })
      if (again) await this.jobs.start({ kind: 'segment-cases', choice: { schema, again } })
    })
  }

  async load(): Promise<void> {
    await this.toasts.attempt(async () => (this.all = await this.api.listModels()))
    await this.loadPlan()
  }

  async loadPlan(): Promise<void> {
    await this.toasts.attempt(async () => (this.plan = await this.api.learningPlan()))
  }

  /** Steps of the next run. */
  get steps(): number {
    return stepsOf(this.length, this.plan?.steps ?? 1)
  }

  /** Looks for a newer example of the run under way, and for its curves. */
  async lookAtRun(): Promise<void> {
    // Where it cannot be had there is no picture; the run itself tells how it is.
    this.example = await this.api.trainingExample().catch(() => null)
    this.curves = await this.api.runCurves().catch(() => null)
  }

  /** There is no run to look at any more. */
  lookAway(): void {
    this.example = null
    this.curves = null
  }

  async learn(): Promise<void> {
    await this.toasts.attempt(() => this.jobs.start({ kind: 'learn', steps: this.steps }))
  }

  async lookAtMargins(): Promise<void> {
    await this.toasts.attempt(async () => (this.margins = await this.api.margins()))
  }

  async setMargin(structure: string, margin: number | null): Promise<void> {
    await this.toasts.attempt(async () => (this.margins = await this.api.setMargin({ structure, margin })))
  }

  async show(model: ModelRow): Promise<void> {
    const { name, version } = model
    await this.toasts.attempt(async () => (this.shown = { model, ...(await this.api.modelCard({ name, version })) }))
  }

  /** @param reference 'name@version' of the model that teaches from now on; null for none */
  async teach(reference: string | null): Promise<void> {
    await this.toasts.attempt(async () => {
      this.all = await this.api.teach({ teacher: reference === null ? null : versionIn(reference) })
      this.toasts.say(reference === null ? 'No model teaches any more' : `${reference} teaches from the next run on`, {
        tone: 'good',
      })
    })
  }

  async add(): Promise<void> {
    await this.toasts.attempt(async () => {
      const all = await this.api.addModel()
      if (!all) return
      this.all = all
      this.toasts.say('The model was added', { tone: 'good' })
    })
  }
}
