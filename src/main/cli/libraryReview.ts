import { heldBackWords } from '../../shared/heldBack'
import { heldOutNotice, strategies, unmeasured } from '../../shared/review'
import { noReason, type Tally, type WorkRow } from '../../shared/site'
import { timelineKinds, timelineOf } from '../../shared/timeline'
import type { Workspace } from '../jobs/workspace'
import { librarySchema } from '../library/structures'
import { requireWritable } from './outputFile'
import { caseOf, tellUnrecorded, worklist, type Subverb } from './librarySubverb'
import { table, type Terminal } from './terminal'
import { listOf, oneOf, required, UsageError } from './verb'

export const reviewHelp = `
  next [--strategy S] [--not CASE,CASE]  * the next case to review, none of these: ${strategies.join(', ')}
  note CASE [--kind comment|flag|unflag] [--text T] [--structures a]   says something of a case, or shows what was said
  reject CASE --structures a --reason R    says that masks are no good; they are not learned from
  reopen CASE --reason R [--structures a]  opens verified structures for review again
  second CASE --reason R  asks for a second, blind reading
  compare CASE            * two readings of a case: DSC and voxels of each structure
  arbitrate CASE --reason R [--pick a=second,b=first]   settles two readings: whose mask holds where they differ; a word alone, as in
                          --pick first,a=second, is for all that are not named
  history CASE [--kind K] * all that happened to a case in the order of time; of the kinds ${timelineKinds.join(', ')}
  stats [--out FILE.csv]  * what readers did, how they found each version of a model, and why they rejected its masks;
                          in the file all by structure, too`

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
  history: { takes: ['CASE'], access: 'onlooker', run: history },
  stats: { takes: [], access: 'onlooker', run: stats },
}

async function next(...[workspace, , { json, strategy: asked = 'first', not: passed }, terminal]: Parameters<Run>) {
  const strategy = oneOf(asked, strategies, 'strategy')
  const not = passed === undefined ? [] : listOf(passed).map((id) => caseOf(workspace, id).id)
  const found = workspace.desk.nextCase({ strategy, not })
  const line = found ? unmeasured(strategy, found) : ''
  if (line !== '') terminal.note(line)
  terminal.result(found, json, () =>
    found === null
      ? `nothing ${not.length > 0 ? 'else ' : ''}is left to review`
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
  terminal.result(workspace.desk.notes(caseId), json, (notes) =>
    table(notes.map(({ at, author, kind, structure, text }) => [at, author, kind, structure ?? '', text])),
  )
}

async function reject(...[workspace, [id], values, terminal]: Parameters<Run>) {
  const caseId = caseOf(workspace, id).id
  const reason = required(values.reason, 'reason')
  for (const structure of listOf(required(values.structures, 'structures'))) {
    workspace.desk.rejectStructure({ caseId, structure, reason })
  }
  noteHeldOut(workspace, caseId, terminal)
  showCase(workspace, caseId, values.json, terminal)
}

async function reopen(...[workspace, [id], { json, reason, structures }, terminal]: Parameters<Run>) {
  const caseId = caseOf(workspace, id).id
  const named = structures === undefined ? undefined : listOf(structures)
  workspace.desk.reopenCase({ caseId, reason: required(reason, 'reason'), structures: named })
  noteHeldOut(workspace, caseId, terminal)
  showCase(workspace, caseId, json, terminal)
}

async function second(...[workspace, [id], { json, reason }, terminal]: Parameters<Run>) {
  const caseId = caseOf(workspace, id).id
  await workspace.desk.askSecondReading({ caseId, reason: required(reason, 'reason') })
  noteHeldOut(workspace, caseId, terminal)
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
  const parts = listOf(pick)
  const rest = parts.find(isReading)
  const { structures } = await workspace.desk.compareReadings(caseId)
  const picks = Object.fromEntries([
    ...(rest ? structures.map(({ name }) => [name, rest] as const) : []),
    ...parts.filter((part) => !isReading(part)).map(pickOf),
  ])
  await workspace.desk.arbitrate({ caseId, picks, reason: required(reason, 'reason') })
  showCase(workspace, caseId, json, terminal)
}

const isReading = (text: string): text is 'first' | 'second' => text === 'first' || text === 'second'

function pickOf(text: string): [string, 'first' | 'second'] {
  const [structure, whose] = text.split('=')
  if (structure && isReading(whose)) return [structure, whose]
  throw new UsageError(`--pick ${text}: it is STRUCTURE=first or STRUCTURE=second, or first or second for all others`)
}

async function history(...[workspace, [id], { json, kind }, terminal]: Parameters<Run>) {
  const row = caseOf(workspace, id)
  const wanted = kind === undefined ? timelineKinds : listOf(kind).map((one) => oneOf(one, timelineKinds, 'kind'))
  const titles = new Map(
    librarySchema(workspace.library, row.schema).structures.map(({ name, title }) => [name, title]),
  )
  const past = workspace.caseHistory(row.id)
  if (past.heldBack > 0) terminal.note(heldBackWords(past.heldBack, 'line'))
  const rows = timelineOf(past, (name) => titles.get(name) ?? name)
    .filter((one) => one.kinds.some((of) => wanted.includes(of)))
    .map(({ revision, ...rest }) => ({ ...rest, revision: revision?.id ?? null }))
  terminal.result(rows, json, () =>
    rows.length === 0
      ? 'nothing of that kind'
      : table(rows.map(({ at, who, title, note }) => [at, who, title, note.replace(/\s+/g, ' ')])),
  )
}

async function stats(...[{ site }, , { json, out, force }, terminal]: Parameters<Run>) {
  if (out !== undefined) {
    await requireWritable(out, force ?? false)
    tellUnrecorded(await site.exportStatistics(null, out), terminal)
    terminal.result({ out }, json, () => out)
    return
  }
  const heads = ['cases', 'accepted', 'corrected', 'absent', 'rejected', 'voxels changed', 'minutes', 'DSC']
  const cells = (row: Tally): string[] => [
    ...[row.cases, row.accepted, row.corrected, row.absent, row.rejected, row.voxels].map(String),
    minutes(row.seconds),
    row.dsc?.toFixed(3) ?? '',
  ]
  terminal.result(site.statistics(null), json, ({ readers, models }) =>
    [
      table([['reader', ...heads], ...readers.map((row) => [row.name, ...cells(row)])]),
      table([['model', ...heads], ...models.map((row) => [row.name, ...cells(row)])]),
      ...(models.some(({ rejected }) => rejected > 0) ? [reasonTable(models)] : []),
    ].join('\n\n'),
  )
}

/** Why each version's masks were rejected, structure by structure. */
function reasonTable(models: readonly WorkRow[]): string {
  const rows = models.flatMap(({ name, structures }) =>
    structures.flatMap(({ structure, reasons }) =>
      reasons.map(({ reason, count }) => [name, structure, `${count}`, (reason ?? noReason).replace(/\s+/g, ' ')]),
    ),
  )
  return table([['model', 'structure', 'rejected', 'because'], ...rows])
}

function minutes(seconds: number | null): string {
  return seconds === null ? '' : (seconds / 60).toFixed(1)
}

function noteHeldOut(workspace: Workspace, caseId: string, terminal: Terminal): void {
  if (caseOf(workspace, caseId).role === 'hold-out') terminal.note(heldOutNotice)
}

function showCase(workspace: Workspace, caseId: string, json: boolean | undefined, terminal: Terminal): void {
  terminal.result(caseOf(workspace, caseId), json, (row) => worklist([row]))
}
