import type { MemberRole } from '../../shared/review'
import type { Intake, Members, SiteStatistics } from '../../shared/site'
import { oneLine } from '../../shared/errors'
import type { EmendApi } from '../../shared/windowApi'
import type { Toasts } from '../app/toasts.svelte'
import { AuditLog } from './auditLog.svelte'
import { sinceOf, type Period, type Section } from './siteView'

/** What a whole site looks at: what was done, by whom, and who may. */
export class Site {
  section = $state<Section>('statistics')
  period = $state<Period>('all')
  statistics = $state.raw<SiteStatistics | null>(null)
  members = $state.raw<Members | null>(null)
  /** Why what was last asked of roles was refused, in one line; null where it was done. */
  refusal = $state<string | null>(null)
  intake = $state.raw<Intake | null>(null)
  readonly audit: AuditLog

  constructor(
    private readonly api: EmendApi,
    private readonly toasts: Toasts,
  ) {
    this.audit = new AuditLog(api, toasts)
    api.on('intake:changed', (intake) => (this.intake = intake))
  }

  /** What the shown section needs, as it is now. */
  async load(): Promise<void> {
    this.refusal = null
    if (this.section === 'statistics') await this.loadStatistics()
    if (this.section === 'audit') await this.audit.load()
    if (this.section === 'roles') await this.toasts.attempt(async () => (this.members = await this.api.members()))
    if (this.section === 'intake') await this.toasts.attempt(async () => (this.intake = await this.api.intake()))
  }

  show(section: Section): void {
    this.section = section
    void this.load()
  }

  choosePeriod(period: Period): void {
    this.period = period
    void this.loadStatistics()
  }

  async exportStatistics(): Promise<void> {
    await this.toasts.attempt(async () => {
      const path = await this.api.exportStatistics({ since: sinceOf(this.period) })
      if (path) this.toasts.wrote(path, this.api)
    })
  }

  /** @returns whether it was done; where not, `refusal` says why */
  setMember(name: string, role: MemberRole | null): Promise<boolean> {
    return this.changeMembers(() => this.api.setMember({ name, role }))
  }

  turnRolesOff(): Promise<boolean> {
    return this.changeMembers(() => this.api.turnRolesOff())
  }

  async watchFolder(): Promise<void> {
    await this.toasts.attempt(async () => (this.intake = (await this.api.watchFolder()) ?? this.intake))
  }

  async stopWatching(): Promise<void> {
    await this.toasts.attempt(async () => (this.intake = await this.api.stopWatching()))
  }

  async retryIntake(): Promise<void> {
    await this.toasts.attempt(async () => (this.intake = await this.api.retryIntake()))
  }

  private async changeMembers(change: () => Promise<Members>): Promise<boolean> {
    try {
      this.members = await change()
      this.refusal = null
      return true
    } catch (error) {
      this.refusal = oneLine(error)
      return false
    }
  }

  private async loadStatistics(): Promise<void> {
    await this.toasts.attempt(
      async () => (this.statistics = await this.api.statistics({ since: sinceOf(this.period) })),
    )
  }
}
