import { oneLine } from '../../shared/errors'
import type { LearningPlan } from '../../shared/contract'
import { newestAudit, recordAudit } from '../library/audit'
import type { Library } from '../library/library'
import { jobTitle } from './jobTitle'
import { isTimeToLearn, lastPassing, learningHour } from './learningHours'
import type { JobRunner } from './runner'

/** Begins a turn of learning when its hour has come. */
export class LearningByItself {
  /** When it last looked: the hour that had passed, and how far the library was. */
  private looked = ''

  constructor(
    private readonly library: Library,
    private readonly runner: JobRunner,
    private readonly plan: () => Promise<Pick<LearningPlan, 'obstacle'>>,
  ) {}

  /**
   * Begins where it is time. Where something stands in the way, which the plan says, it looks again at the next hour or
   * once the library has changed; what fails is on record, once, and waits for the next hour.
   */
  async look(now = new Date()): Promise<void> {
    const isLearning = this.runner.list().some(({ kind, finishedAt }) => kind === 'learn' && finishedAt === null)
    const hour = learningHour(this.library)
    if (isLearning || hour === null || !isTimeToLearn(this.library, now)) return
    const seen = `${lastPassing(hour, now).toISOString()} ${newestAudit(this.library)}`
    if (seen === this.looked) return
    this.looked = seen
    const title = jobTitle(this.library, { kind: 'learn' })
    try {
      const { obstacle } = await this.plan()
      if (obstacle === null) this.runner.start({ kind: 'learn' }, title)
    } catch (error) {
      const reason = oneLine(error)
      this.runner.refuse({ kind: 'learn' }, title, reason)
      recordAudit(this.library, 'train', null, `failed: ${reason}`)
    }
  }
}
