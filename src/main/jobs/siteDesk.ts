import type { CaseRow } from '../../shared/contract'
import { count } from '../../shared/count'
import type { NewSchema, NewStructure } from '../../shared/labels/siteStructures'
import type { MemberRole } from '../../shared/review'
import type {
  AuditFilter,
  AuditNames,
  AuditPage,
  AuditQuestion,
  ChainCheck,
  Members,
  SchemaRow,
  SiteStatistics,
} from '../../shared/site'
import { writeFileAtomic } from '../imaging/atomicFile'
import { checkAudit, recordAudit } from '../library/audit'
import { auditCsv, auditNames, auditPage } from '../library/auditLog'
import { getCase } from '../library/cases'
import { leftOutOfExport } from '../library/heldBack'
import { putOnRecord, type Library } from '../library/library'
import { listMembers, ownRole, setMember, turnRolesOff } from '../library/members'
import { assignSchema, listSchemas, useSchema } from '../library/schemas'
import { addSchema, addStructure } from '../library/structures'
import { siteStatistics, statisticsCsv } from '../library/statistics'

/** How an export of the audit went. */
export interface AuditExport {
  /** Not where the library cannot be written. */
  readonly isOnRecord: boolean
  /** Entries of the whole audit that are not for the user to see. */
  readonly leftOut: number
}

/** What a whole site looks at: what was done, by whom, and who may. */
export class SiteDesk {
  constructor(
    private readonly library: Library,
    private readonly modelsChanged: () => void,
    private readonly casesChanged: (caseIds: readonly string[]) => void,
  ) {}

  /** @param since ISO; null for all that there is */
  statistics(since: string | null): SiteStatistics {
    return siteStatistics(this.library, since ?? undefined)
  }

  /** @returns whether it is on record: not where the library cannot be written */
  async exportStatistics(since: string | null, path: string): Promise<boolean> {
    await writeFileAtomic(path, Buffer.from([...statisticsCsv(this.statistics(since))].join('')))
    return putOnRecord(this.library, (writable) => recordAudit(writable, 'export', null, 'statistics'))
  }

  auditPage(question: AuditQuestion): AuditPage {
    return auditPage(this.library, question)
  }

  auditNames(): AuditNames {
    return auditNames(this.library)
  }

  checkAudit(): Promise<ChainCheck> {
    return checkAudit(this.library)
  }

  /** Writes the audit as CSV, without what is not for the user to see (`leftOutOfExport`). */
  async exportAudit(filter: AuditFilter, path: string): Promise<AuditExport> {
    const leftOut = leftOutOfExport(this.library)
    await writeFileAtomic(path, Buffer.from([...auditCsv(this.library, filter, leftOut)].join('')))
    const without = leftOut.length > 0 ? ` without ${count(leftOut.length, 'entry', 'entries')} of first readings` : ''
    const isOnRecord = putOnRecord(this.library, (writable) => {
      recordAudit(writable, 'export', null, `the audit${without}`)
    })
    return { isOnRecord, leftOut: leftOut.length }
  }

  members(): Members {
    const { library } = this
    return { user: library.user, role: ownRole(library), members: listMembers(library) }
  }

  /** @throws EmendError where the user's role does not allow it, or no administrator would be left */
  setMember({ name, role }: { name: string; role: MemberRole | null }): Members {
    setMember(this.library, name, role)
    return this.members()
  }

  turnRolesOff(): Members {
    turnRolesOff(this.library)
    return this.members()
  }

  /** Adds a structure to a case's schema, for the whole library. @throws EmendError where it cannot be @returns its name */
  addStructure({ caseId, structure }: { caseId: string; structure: NewStructure }): string {
    return addStructure(this.library, getCase(this.library, caseId).schema, structure).name
  }

  schemas(): SchemaRow[] {
    return listSchemas(this.library)
  }

  /** @throws EmendError where one is called so already, a name cannot be, or the user's role does not allow it */
  makeSchema(schema: NewSchema): SchemaRow[] {
    addSchema(this.library, schema)
    return this.schemas()
  }

  /** @throws EmendError where there is no such schema, or the user's role does not allow it */
  useSchema(schema: string): SchemaRow[] {
    useSchema(this.library, schema)
    this.modelsChanged()
    return this.schemas()
  }

  /** @throws EmendError where something in a case is decided, or there is no such case or schema */
  assignSchema(schema: string, caseIds: readonly string[]): CaseRow[] {
    assignSchema(this.library, caseIds, schema)
    this.casesChanged(caseIds)
    return caseIds.map((id) => getCase(this.library, id))
  }
}
