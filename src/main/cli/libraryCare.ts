import { storageKinds } from '../../shared/care'
import { EmendError } from '../../shared/errors'
import { heldBackWords, wholeExport } from '../../shared/heldBack'
import { memberRoles } from '../../shared/review'
import { checkLibrary, describeBackup, describeSet, describeWhole } from '../jobs/care'
import { exportDataset } from '../jobs/datasetExchange'
import { importSet } from '../jobs/importing'
import { chooseLibrary, libraryPath } from '../jobs/libraryPath'
import { checkAudit } from '../library/audit'
import { backUp } from '../library/backup'
import type { Fault } from '../library/integrity'
import { listMembers, setMember } from '../library/members'
import { moveLibrary } from '../library/move'
import { repairLibrary } from '../library/repair'
import { storageUse } from '../library/storage'
import { finishNewCases } from './workspaceJobs'
import { foundCases, tellUnrecorded, type Subverb } from './librarySubverb'
import { requireWritable } from './outputFile'
import { table } from './terminal'
import { listOf, oneOf, required } from './verb'

export const careHelp = `
  verify                  * reads everything and compares it with what was written; status 1 where something is wrong
  repair [--from BACKUP]  puts right what can be: files come back from a backup, what nothing points to is put aside
  backup DIR              * copies the library, in use or not; again into the same folder, only what changed
  move DIR                moves the library, verified before the old folder goes
  storage                 * what the library takes on the disk
  audit [--out FILE.csv]  * who did what to what, when, with what outcome; --check looks for a broken chain
  roles [--user NAME --role ROLE]  names a ${memberRoles.join(', ')}, or takes the role away (none)
  margins [--structures a,b --margin DSC]  how far structures may fall in DSC before a new model is kept out (none: as others)
  export-set --out DIR [--where SEARCH]   writes cases as an nnU-Net data set: what is verified, named by ids
  import-set DIR [--schema NAME] [--verified]   adds a data set's cases; --verified: its labels count as verified;
                          --deidentify leaves names out`

/** The newest that are shown; a file has them all. */
const ENTRIES_LISTED = 1000

/** What keeps a library whole, and what goes in and out of it as a data set. */
export const careSubverbs: Readonly<Record<string, Subverb>> = {
  verify: {
    takes: [],
    access: 'onlooker',
    async run({ library }, _args, { json }, terminal) {
      const found = await checkLibrary(library, terminal.work())
      const { faults } = found
      terminal.result(found, json, () => (faults.length > 0 ? faultTable(faults) : describeWhole(found)))
      if (faults.length > 0) {
        throw new EmendError(`${faults.length} things are not as they were written`, {
          hint: "see 'emend library repair'",
        })
      }
    },
  },
  repair: {
    takes: [],
    async run({ library }, _args, { json, from }, terminal) {
      const { done: lines, left } = await repairLibrary(library, { from }, terminal.work())
      const done = lines.length > 0 ? lines.join('\n') : 'there was nothing to repair'
      terminal.result({ done: lines, left }, json, () =>
        left.length > 0 ? `${done}\nleft\n${faultTable(left)}` : done,
      )
      if (left.length > 0) throw new EmendError(`${left.length} things could not be repaired`)
    },
  },
  backup: {
    takes: ['DIR'],
    access: 'guest',
    async run({ library }, [folder], { json }, terminal) {
      terminal.result(await backUp(library, folder, terminal.work()), json, describeBackup)
    },
  },
  move: {
    takes: ['DIR'],
    run: () => Promise.resolve(),
    async alone(path, [folder], { json }, terminal) {
      const isUsual = path === libraryPath([], {})
      const arrived = (target: string): Promise<void> => (isUsual ? chooseLibrary(target) : Promise.resolve())
      const left = await moveLibrary(path, folder, { work: terminal.work(), arrived })
      if (left !== null) terminal.warn([`${left} could not be removed`])
      const found = isUsual ? 'Emend opens it there from now on' : 'open it with --library, or set EMEND_LIBRARY'
      terminal.result({ library: folder }, json, () => `the library is ${folder} now: ${found}`)
    },
  },
  storage: {
    takes: [],
    access: 'onlooker',
    async run({ library }, _args, { json }, terminal) {
      const use = await storageUse(library)
      terminal.result(use, json, () => {
        const all = Object.values(use).reduce((sum, bytes) => sum + bytes, 0)
        return table([...storageKinds.map((kind) => [kind, megabytes(use[kind])]), ['all', megabytes(all)]])
      })
    },
  },
  audit: {
    takes: [],
    access: 'onlooker',
    async run({ library, site }, _args, { json, check, out, force }, terminal) {
      if (check) {
        const checked = await checkAudit(library)
        const { entries, broken } = checked
        terminal.result(checked, json, () => (broken === null ? `the chain is whole: ${entries} entries` : ''))
        if (broken !== null) {
          const what = broken.at === null ? `ends before entry ${broken.id}, which is gone` : `is broken at entry ${broken.id}, of ${broken.at}` // prettier-ignore
          throw new EmendError(`the audit's chain ${what}`)
        }
      } else if (out !== undefined) {
        await requireWritable(out, force ?? false)
        const { isOnRecord, leftOut } = await site.exportAudit({}, out)
        tellUnrecorded(isOnRecord, terminal)
        if (leftOut > 0) terminal.note(`${heldBackWords(leftOut, 'entry', 'entries')}; ${wholeExport}`)
        terminal.result({ out }, json, () => out)
      } else {
        const { entries, heldBack } = site.auditPage({ filter: {}, upTo: null, offset: 0, limit: ENTRIES_LISTED })
        if (heldBack > 0) terminal.note(`${heldBackWords(heldBack, 'entry', 'entries')}; ${wholeExport}`)
        terminal.result(entries, json, (rows) =>
          table(rows.map(({ at, who, action, subject, outcome }) => [at, who, action, subject ?? '', outcome])),
        )
      }
    },
  },
  roles: {
    takes: [],
    async run({ library }, _args, { json, role, user }, terminal) {
      if (role !== undefined) {
        const given = role === 'none' ? null : oneOf(role, memberRoles, 'role')
        setMember(library, required(user, 'user'), given)
      }
      terminal.result(listMembers(library), json, (members) =>
        members.length === 0 ? 'roles are off' : table(members.map((member) => [member.name, member.role])),
      )
    },
  },
  margins: {
    takes: [],
    async run({ models }, _args, { json, structures, margin }, terminal) {
      if (margin !== undefined || structures !== undefined) {
        const wanted = required(margin, 'margin')
        const dsc = wanted === 'none' ? null : Number(wanted.trim() || 'nothing')
        for (const structure of listOf(required(structures, 'structures'))) models.setMargin({ structure, margin: dsc })
      }
      terminal.result(models.margins(), json, ({ structures, otherwise }) =>
        structures.length === 0
          ? 'there is no model'
          : table(
              structures.map((one) => [
                one.structure,
                `${one.margin ?? otherwise}`,
                one.margin === null ? '' : 'set here',
              ]),
            ),
      )
    },
  },
  'export-set': {
    takes: [],
    async run(workspace, _args, { json, out, where }, terminal) {
      const rows = foundCases(workspace, where, terminal)
      const folder = required(out, 'out')
      const made = await exportDataset(workspace.library, rows, folder, terminal.work())
      terminal.result({ out, ...made }, json, () => describeSet(folder, made))
    },
  },
  'import-set': {
    takes: ['DIR'],
    async run(workspace, [folder], { json, schema, verified, deidentify }, terminal) {
      const { library, newCases } = workspace
      const changed = (caseIds: readonly string[]): void => newCases.brought(caseIds, false)
      const context = { library, work: terminal.work(), changed }
      const came = await importSet(folder, context, { schema, verified, withoutIdentity: deidentify })
      newCases.look()
      await finishNewCases(workspace, terminal)
      terminal.result(came, json, ({ outcome }) => outcome)
    },
  },
}

function faultTable(faults: readonly Fault[]): string {
  return table(faults.map(({ kind, path, what }) => [kind, path ?? '', what]))
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`
}
