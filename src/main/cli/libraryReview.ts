import { strategies } from '../../shared/review'
import type { Workspace } from '../jobs/workspace'
import { modelStatistics, readerStatistics, structureStatistics } from '../library/efforts'
import { listNotes } from '../library/notes'
import { caseOf, worklist, type Subverb } from './librarySubverb'
import { table, type Terminal } from './terminal'
import { listOf, oneOf, required, UsageError } from './verb'

export const reviewHelp = `
  next [--strategy S]     * the next case to review: ${strategies.join(', ')}
  note CASE [--kind comment|flag|unflag] [--text T] [--structures a]   says something of a case, or shows what was said
  reject CASE --structures a --reason R    says that masks are no good; they are not learned from
  reopen CASE --reason R [--structures a]  opens verified structures for review again
  second CASE --reason R  asks for a second, blind reading
  compare CASE            * two readings of a case: DSC and voxels of each structure
  arbitrate CASE --reason R [--pick a=second,b=first]   settles two readings
  stats                   * what readers and models did`

type Run = Subverb['run']

/** Review beyond one case and one reader. */
export const reviewSubverbs: Readonly<Record<string, Subverb>> = {
  next: { takes: [], access: 'onlooker', run: next },
  note: { takes: ['CASE'], run: note },
  reject: { takes: ['CASE'], run: reject },
  reopen: { takes: ['CASE'], run: reopen },
  second: { takes: ['CASE'], run: second },
  compare: { takes: ['CASE'], access: 'onlooker', run: compare },
  arbitrate: { takes: ['CASE'], run: settle },
  stats: { takes: [], access: 'onlooker', run: stats },
}

async function next(...[workspace, , { json, strategy = 'first' }, terminal]: Parameters<Run>) {
  const found = workspace.desk.nextCase({ strategy: oneOf(strategy, strategies, 'strategy') })
  terminal.result(found, json, () =>
    found === null
      ? 'nothing is left to review'
      : [worklist([caseOf(workspace, found.caseId)]), found.structure ?? '', found.value?.toFixed(3) ?? '']
          .filter(Boolean)
          .join('  '),
  )
}

async function note(...[workspace, [id], { json, kind, text = '', structures }, terminal]: Parameters<Run>) {
  const caseId = caseOf(workspace, id).id
  if (kind !== undefined || text !== '') {
    const said = oneOf(kind ?? 'comment', ['comment', 'flag', 'unflag'], 'kind')
    workspace.desk.addNote({ caseId, structure: structures ?? null, kind: said, text })
  }
  terminal.result(listNotes(workspace.library, caseId), json, (notes) =>
    table(notes.map(({ at, author, kind, structure, text }) => [at, author, kind, structure ?? '', text])),
  )
}

async function reject(...[workspace, [id], values, terminal]: Parameters<Run>) {
  const caseId = caseOf(workspace, id).id
  const reason = required(values.reason, 'reason')
  for (const structure of listOf(required(values.structures, 'structures'))) {
    workspace.desk.rejectStructure({ caseId, structure, reason })
  }
  showCase(workspace, caseId, values.json, terminal)
}

async function reopen(...[workspace, [id], { json, reason, structures }, terminal]: Parameters<Run>) {
  const caseId = caseOf(workspace, id).id
  const named = structures === undefined ? undefined : listOf(structures)
  workspace.desk.reopenCase({ caseId, reason: required(reason, 'reason'), structures: named })
  showCase(workspace, caseId, json, terminal)
}

async function second(...[workspace, [id], { json, reason }, terminal]: Parameters<Run>) {
  const caseId = caseOf(workspace, id).id
  await workspace.desk.askSecondReading({ caseId, reason: required(reason, 'reason') })
  showCase(workspace, caseId, json, terminal)
}

async function compare(...[workspace, [id], { json }, terminal]: Parameters<Run>) {
  const compared = await workspace.desk.compareReadings(caseOf(workspace, id).id)
  terminal.result(compared, json, ({ first, second, structures }) => {
    const rows = structures.map(({ name, dsc, firstMl, secondMl, firstStatus, secondStatus }) => [
      name,
      dsc.toFixed(3),
      `${firstMl.toFixed(1)} mL`,
      `${secondMl.toFixed(1)} mL`,
      firstStatus,
      secondStatus,
    ])
    return table([['structure', 'DSC', first, second, '', ''], ...rows])
  })
}

async function settle(...[workspace, [id], { json, reason, pick = '' }, terminal]: Parameters<Run>) {
  const caseId = caseOf(workspace, id).id
  const picks = Object.fromEntries(listOf(pick).map(pickOf))
  await workspace.desk.arbitrate({ caseId, picks, reason: required(reason, 'reason') })
  showCase(workspace, caseId, json, terminal)
}

function pickOf(text: string): [string, 'first' | 'second'] {
  const [structure, whose] = text.split('=')
  if (structure && (whose === 'first' || whose === 'second')) return [structure, whose]
  throw new UsageError(`--pick ${text}: it is STRUCTURE=first or STRUCTURE=second`)
}

async function stats(...[{ library }, , { json }, terminal]: Parameters<Run>) {
  const found = {
    readers: readerStatistics(library),
    models: modelStatistics(library),
    structures: structureStatistics(library),
  }
  terminal.result(found, json, ({ readers, models, structures }) =>
    [
      table([
        ['reader', 'cases', 'structures', 'voxels changed', 'minutes'],
        ...readers.map((r) => [r.reader, `${r.cases}`, `${r.structures}`, `${r.voxels}`, minutes(r.seconds)]),
      ]),
      table([
        ['model', 'cases', 'structures', 'DSC', 'untouched', 'voxels changed'],
        ...models.map((m) => {
          const untouched = `${Math.round(100 * m.untouched)} %`
          return [m.model, `${m.cases}`, `${m.structures}`, m.dsc.toFixed(3), untouched, `${m.voxels}`]
        }),
      ]),
      table([
        ['structure', 'cases', 'voxels changed', 'minutes'],
        ...structures.map((s) => [s.structure, `${s.cases}`, `${s.voxels}`, minutes(s.seconds)]),
      ]),
    ].join('\n\n'),
  )
}

function minutes(seconds: number | null): string {
  return seconds === null ? '' : (seconds / 60).toFixed(1)
}

function showCase(workspace: Workspace, caseId: string, json: boolean | undefined, terminal: Terminal): void {
  terminal.result(caseOf(workspace, caseId), json, (row) => worklist([row]))
}
