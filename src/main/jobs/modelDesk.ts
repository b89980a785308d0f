import type { LearningPlan, ModelRow } from '../../shared/contract'
import { EmendError } from '../../shared/errors'
import type { Margins } from '../../shared/margins'
import type { ModelStory, RunCurves } from '../../shared/modelCard'
import type { TrainingExample } from '../../shared/trainingExample'
import { readModelStory, runningCurves } from '../learning/card'
import { attachCoarse } from '../learning/coarseChoice'
import { runningExample } from '../learning/examples'
import { planLearning } from '../learning/learningPlan'
import { chooseTeacher } from '../learning/teacherChoice'
import type { Library } from '../library/library'
import { listMargins, setMargin } from '../library/margins'
import { requireRole } from '../library/members'
import { addModel, listModels, modelReference, previousModel, useModel } from '../library/models'
import { loadModel } from '../segmentation/model'

/** The library's models: which is used, what they came from, and what the next one is made of and judged by. */
export class ModelDesk {
  constructor(
    private readonly library: Library,
    private readonly changed: () => void,
  ) {}

  list(): ModelRow[] {
    return listModels(this.library)
  }

  /**
   * Makes a version current, be it newer or older. One that the gate kept out takes a reason, which stays on record.
   * @throws EmendError where there is no such version, the reason is missing, or the user's role does not allow it
   */
  use(name: string, version: number, reason = ''): ModelRow[] {
    requireRole(this.library, 'administrator', 'choose a model', modelReference({ name, version }))
    const model = this.list().find((row) => row.name === name && row.version === version)
    const said = reason.trim()
    if (model?.state === 'kept-out' && said === '') {
      throw new EmendError(`${modelReference({ name, version })} was kept out: ${model.verdict ?? ''}`, {
        hint: 'give a reason to use it all the same',
      })
    }
    useModel(this.library, name, version, said || 'chosen by hand')
    this.changed()
    return this.list()
  }

  /** Goes back to the model that was in use before this one. @throws EmendError where there was none */
  rollBack(reason = ''): ModelRow[] {
    const before = previousModel(this.library)
    if (!before) throw new EmendError('no other model was ever in use')
    return this.use(before.name, before.version, reason.trim() || 'rolled back')
  }

  /**
   * Takes in a model from a folder anywhere on disk; it is used when it is chosen.
   * @throws EmendError where it is none, or the user's role does not allow it
   */
  async add(folder: string): Promise<ModelRow[]> {
    await addModel(this.library, folder, await loadModel(folder))
    this.changed()
    return this.list()
  }

  /**
   * Makes a version of a model that looks only where another one finds something; it is used when it is chosen.
   * @throws EmendError where the two do not go together, or the user's role does not allow it
   */
  async attachCoarse(
    model: { name: string; version: number },
    coarse: { name: string; version: number },
  ): Promise<ModelRow[]> {
    requireRole(this.library, 'administrator', 'attach a coarse model', modelReference(model))
    await attachCoarse(this.library, model, coarse)
    this.changed()
    return this.list()
  }

  /** What is on record of a model: its card, curves and recipe. @throws EmendError where its card is damaged */
  story(name: string, version: number): Promise<ModelStory> {
    return readModelStory(this.library, name, version)
  }

  /**
   * Has a larger model teach the one in use in each turn of the cycle; null: none does.
   * @throws EmendError where it cannot teach it, or the user's role does not allow it
   */
  async setTeacher(teacher: { name: string; version: number } | null): Promise<ModelRow[]> {
    requireRole(this.library, 'administrator', 'choose a teacher', teacher && modelReference(teacher))
    await chooseTeacher(this.library, teacher)
    this.changed()
    return this.list()
  }

  /** How far structures may fall before a new model is kept out. */
  margins(): Margins {
    return listMargins(this.library)
  }

  /** @throws EmendError where there is no such structure, or the user's role does not allow it */
  setMargin({ structure, margin }: { structure: string; margin: number | null }): Margins {
    setMargin(this.library, structure, margin)
    return this.margins()
  }

  /** What a learning run would use now. */
  plan(): Promise<LearningPlan> {
    return planLearning(this.library)
  }

  /** What the network of the run under way makes of a slice; null where there is none yet. */
  example(): Promise<TrainingExample | null> {
    return runningExample(this.library)
  }

  /** How the run under way goes, as far as it is written down; null where none is. */
  curves(): Promise<RunCurves | null> {
    return runningCurves(this.library)
  }
}
