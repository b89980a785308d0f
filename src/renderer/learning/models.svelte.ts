import type { LearningPlan, ModelRow } from '../../shared/contract'
import type { Margins } from '../../shared/margins'
import type { ModelStory, RunCurves } from '../../shared/modelCard'
import type { TrainingExample } from '../../shared/trainingExample'
import type { EmendApi } from '../../shared/windowApi'
import type { Jobs } from '../app/jobs.svelte'
import type { Toasts } from '../app/toasts.svelte'
import { stepsOf, versionIn, type RunLength } from './learningView'

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
  /** The kept-out model that somebody wants to use all the same. */
  overridden = $state.raw<ModelRow | null>(null)

  constructor(
    private readonly api: EmendApi,
    private readonly jobs: Jobs,
    private readonly toasts: Toasts,
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

  get current(): ModelRow | null {
    return this.all.find(({ state }) => state === 'current') ?? null
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

  /** Back to what was in use before. */
  async rollBack(): Promise<void> {
    await this.toasts.attempt(async () => {
      this.all = await this.api.rollBackModel()
      const { current } = this
      if (current) this.toasts.say(`${current.name} v${current.version} is in use again`, { tone: 'good' })
    })
  }

  async use(name: string, version: number, reason?: string): Promise<void> {
    await this.toasts.attempt(async () => {
      this.all = await this.api.useModel({ name, version, reason })
      this.toasts.say(`${name} v${version} is now in use`, { tone: 'good' })
    })
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
