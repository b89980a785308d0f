import type { CaseChoice } from '../../shared/jobs'
import type { NewCases } from '../jobs/segmentingByItself'
import { caseOf, foundCases, type Subverb } from './librarySubverb'
import { oneOf, UsageError } from './verb'
import { finish } from './workspaceJobs'

export const segmentHelp = `
  segment CASE...         labels cases with the current model; what is verified stays
  segment --unlabelled|--open [--where SEARCH]
                          labels all cases without labels, or also those that another version than the one in use labelled,
                          each by the model of its schema; goes on where it was when it is started again
  segment --new all|watched|none   which new cases are segmented as they come: all, those of the watched folder, none`.slice(
  1,
)

const newCases: Readonly<Record<'all' | 'watched' | 'none', NewCases>> = {
  all: { segmentWatched: true, segmentImported: true },
  watched: { segmentWatched: true, segmentImported: false },
  none: { segmentWatched: false, segmentImported: false },
}

type Run = Subverb['run']

/** What has a model label cases. */
export const segmentSubverbs: Readonly<Record<string, Subverb>> = {
  segment: { takes: ['CASE...'], least: 0, run: segment },
}

async function segment(...[workspace, ids, values, terminal]: Parameters<Run>): Promise<void> {
  const { json, unlabelled, open } = values
  if (values.new !== undefined) {
    const wanted = newCases[oneOf(values.new, ['all', 'watched', 'none'], 'new')]
    const { deidentify } = await workspace.settings()
    const { segmentWatched, segmentImported } = await workspace.changeSettings({ deidentify, ...wanted })
    terminal.result({ segmentWatched, segmentImported }, json, () => `segmented as they come: ${values.new}`)
  } else if (unlabelled || open) {
    if (ids.length > 0) throw new UsageError('name cases, or say --unlabelled or --open')
    const caseIds =
      values.where === undefined ? undefined : foundCases(workspace, values.where, terminal).map(({ id }) => id)
    const choice: CaseChoice = { caseIds, again: open ?? false }
    const { outcome } = await finish(workspace, await workspace.startJob({ kind: 'segment-cases', choice }))
    terminal.result({ outcome }, json, () => outcome ?? '')
  } else {
    if (ids.length === 0) throw new UsageError('CASE is missing (or --unlabelled, or --open)')
    await segmentNamed(workspace, ids, values, terminal)
  }
}

/** One by one: also what the version in use labelled already, since somebody asks for it. */
async function segmentNamed(...[workspace, ids, { json }, terminal]: Parameters<Run>): Promise<void> {
  const cases = ids.map((id) => caseOf(workspace, id))
  const outcomes: { case: string; outcome: string | null }[] = []
  for (const { id } of cases) {
    terminal.signal.throwIfAborted()
    const job = await finish(workspace, await workspace.startJob({ kind: 'segment', caseId: id }))
    outcomes.push({ case: id, outcome: job.outcome })
  }
  terminal.result(outcomes, json, () => outcomes.map((one) => `${one.case}  ${one.outcome ?? ''}`).join('\n'))
}
