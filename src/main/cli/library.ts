import type { CaseRow, ModelRow } from '../../shared/contract'
import { EmendError } from '../../shared/errors'
import { affinesAgree } from '../../shared/geometry/affine'
import { structureNamed } from '../../shared/labels/schema'
import { isVerified, reviewStatuses } from '../../shared/labels/status'
import { heldOutNotice } from '../../shared/review'
import { reorient } from '../imaging/canonical'
import { loadLabelMap } from '../imaging/labelFile'
import type { Workspace } from '../jobs/workspace'
import { caseGrid } from '../library/cases'
import { libraryPath } from '../jobs/libraryPath'
import { formatHelp, labelFormatOf } from './labelFormat'
import { requireWritable } from './outputFile'
import { table, type Terminal } from './terminal'
import { careHelp, careSubverbs } from './libraryCare'
import { intakeHelp, intakeSubverbs } from './libraryIntake'
import { modelCardText, trainingText } from './modelCardText'
import { reviewHelp, reviewSubverbs } from './libraryReview'
import { schemasHelp, schemaSubverbs } from './librarySchemas'
import { segmentHelp, segmentSubverbs } from './librarySegment'
import { trashHelp, trashSubverbs } from './libraryTrash'
import {
  caseOf,
  foundCases,
  libraryOptions as options,
  searchHelp,
  worklist,
  type Subverb,
  type Values,
} from './librarySubverb'
import { listOf, oneOf, parseVerb, required, requireArguments, UsageError, wholeNumber, type Verb } from './verb'
import { finish, finishNewCases, withWorkspace } from './workspaceJobs'
import { librarySchema } from '../library/structures'

const subverbs: Readonly<Record<string, Subverb>> = {
  add: { takes: ['PATH...'], run: add },
  list: { takes: [], run: list, access: 'onlooker' },
  show: { takes: ['CASE'], run: show, access: 'onlooker' },
  ...segmentSubverbs,
  review: { takes: ['CASE'], run: review },
  export: { takes: ['CASE'], run: exportCase },
  cycle: { takes: [], run: cycle },
  models: { takes: [], run: models, access: 'onlooker' },
  'add-model': { takes: ['DIR'], run: addModel },
  coarse: { takes: ['NAME@VERSION', 'COARSE@VERSION'], run: coarse },
  card: { takes: ['NAME@VERSION'], run: card, access: 'onlooker' },
  'hold-out': { takes: [], run: holdOut, access: 'onlooker' },
  rollback: { takes: ['NAME@VERSION...'], run: rollback, least: 0 },
  teacher: { takes: ['NAME@VERSION|none...'], run: teacher, least: 0 },
  ...reviewSubverbs,
  ...careSubverbs,
  ...intakeSubverbs,
  ...trashSubverbs,
  ...schemaSubverbs,
}

export const library: Verb = {
  summary: 'cases, reviews and models of a library; learns from its corrections',
  usage: `library ${Object.keys(subverbs).join('|')} ... [--library DIR] [--json]`,
  help: `Works on the library that the window shows. What only reads (marked *) works while it is open there, the rest
does not. A case is named by its id or the beginning of it.

  add PATH...             imports DICOM series and NIfTI files; --deidentify leaves the patient out (what the pixels show
                          stays; the window's worklist has it for every import)
  list [--where SEARCH]   * the worklist, or the cases that a search finds (below)
  show CASE               * one case: revisions, and the status of every structure
${segmentHelp}
  review CASE --structures a,b --status STATUS [--labels FILE.nii.gz] [--reason R]
                          says what a reader found: ${reviewStatuses.join(', ')};
                          rejected needs --reason; --labels brings the reader's masks of these structures
  export CASE --out FILE  the current labels; --format says how where the name does not (.dcm is dicom-seg);
                          --structures a,b only these; --force replaces a file that is there;
                          --name-patient lets a PDF name the patient. Formats:
${formatHelp}
  cycle                   learns from the corrections, and promotes the new model if it is better and nowhere worse; --steps N
                          as long as that instead of what the model's recipe says. A turn that was killed goes on
  teacher [NAME@VERSION|none]  has each turn train this larger model first and distil it into the one in use (shows it, without)
  models                  * the model's versions with scores and verdicts
  add-model DIR           takes in a model, Emend's own or one made elsewhere; 'rollback' puts it to use
  coarse NAME@VERSION COARSE@VERSION  makes a version of the first model that looks only where the second, on a coarser grid, finds
                          something, and 20 mm around; 'rollback' puts it to use
  card NAME@VERSION       * what a model came from and how good it is: recipe, cases and revisions, curves, scores with intervals,
                          its worst cases
  hold-out                * the cases that models are scored on and never learn from
  rollback [NAME@VERSION] makes a version current again; the one before without it. --reason R, which one that was kept out needs;
                          --segment labels the open cases again by it
${reviewHelp}
${careHelp}
${intakeHelp}
${trashHelp}
${schemasHelp}
${searchHelp}

  --library DIR           the library (without it EMEND_LIBRARY, the one chosen in the window, or Emend in the home folder)`,
  async run(args, terminal) {
    const { values, positionals } = parseVerb(args, options, [`one of ${Object.keys(subverbs).join(', ')}...`])
    const [name, ...rest] = positionals
    const subverb = Object.hasOwn(subverbs, name) ? subverbs[name] : undefined
    if (!subverb) throw new UsageError(`there is no '${name}' of a library`)
    if (rest.length > 0 || subverb.least !== 0) requireArguments(rest, subverb.takes)
    const path = libraryPath(values.library === undefined ? [] : ['--library', values.library], process.env)
    if (subverb.alone) return subverb.alone(path, rest, values, terminal)
    const { access } = subverb
    await withWorkspace(path, false, terminal, (workspace) => subverb.run(workspace, rest, values, terminal), access)
  },
}

async function add(workspace: Workspace, paths: readonly string[], { json, deidentify }: Values, terminal: Terminal) {
  const before = new Set(workspace.listCases().map(({ id }) => id))
  const job = await finish(workspace, await workspace.startJob({ kind: 'import', paths: [...paths], deidentify }))
  await finishNewCases(workspace, terminal)
  const added = workspace.listCases().filter(({ id }) => !before.has(id))
  terminal.warn(added.flatMap(({ title, warnings }) => warnings.map((warning) => `${title}: ${warning}`)))
  terminal.result({ outcome: job.outcome, cases: added }, json, () => `${worklist(added)}\n${job.outcome ?? ''}`)
}

async function list(workspace: Workspace, _args: readonly string[], { json, where }: Values, terminal: Terminal) {
  terminal.result(foundCases(workspace, where, terminal), json, worklist)
}

async function show(workspace: Workspace, [id]: readonly string[], { json }: Values, terminal: Terminal) {
  const detail = workspace.caseDetail(caseOf(workspace, id).id)
  terminal.result(detail, json, ({ row, schema, revisions, offered }) => {
    const structures = schema.structures.map(({ name }) => [
      `  ${name}`,
      row.statuses[name] ?? 'unreviewed',
      offered === null || offered.includes(name) ? '' : 'not offered by the model',
    ])
    const history = revisions.map((r) => [`  ${r.id}`, r.createdAt, r.origin, r.model ?? r.author])
    return [worklist([row]), 'structures', table(structures), 'revisions', table(history)].join('\n')
  })
}

async function review(workspace: Workspace, [id]: readonly string[], values: Values, terminal: Terminal) {
  const row = caseOf(workspace, id)
  const status = oneOf(required(values.status, 'status'), reviewStatuses, 'status')
  const structures = listOf(required(values.structures, 'structures'))
  const reason = values.reason?.trim() || undefined
  if (status === 'rejected' && reason === undefined) {
    throw new UsageError('--status rejected needs --reason TEXT: why the masks are no good')
  }
  if (values.labels === undefined) {
    for (const structure of structures) workspace.setStatus({ caseId: row.id, structure, status, reason })
    const takesBack = !isVerified(status) && structures.some((name) => isVerified(row.statuses[name]))
    if (row.role === 'hold-out' && takesBack) terminal.note(heldOutNotice)
  } else {
    const drawn = await drawnOver(workspace, row, structures, values.labels)
    const given = Object.fromEntries(structures.map((name) => [name, status]))
    const statuses = { ...row.statuses, ...given }
    const reasons = reason === undefined ? {} : Object.fromEntries(structures.map((name) => [name, reason]))
    await workspace.saveLabels({ caseId: row.id, parent: row.revision, statuses, labels: drawn, reasons })
  }
  terminal.result(caseOf(workspace, row.id), values.json, (now) => worklist([now]))
}

async function exportCase(workspace: Workspace, [id]: readonly string[], values: Values, terminal: Terminal) {
  const out = required(values.out, 'out')
  const format = labelFormatOf(out, values.format)
  const structures = values.structures === undefined ? undefined : listOf(values.structures)
  await requireWritable(out, values.force ?? false)
  await workspace.exportLabels(caseOf(workspace, id).id, {
    format,
    path: out,
    structures,
    identified: values['name-patient'],
  })
  terminal.result({ out, format }, values.json, () => out)
}

async function cycle(workspace: Workspace, _args: readonly string[], values: Values, terminal: Terminal) {
  const { json } = values
  const steps = values.steps === undefined ? undefined : wholeNumber(values.steps, 'steps', 1)
  const job = await finish(workspace, await workspace.startJob({ kind: 'learn', steps }))
  const rows = workspace.models.list()
  terminal.result({ outcome: job.outcome, models: rows }, json, () => `${job.outcome ?? ''}\n${modelList(rows)}`)
}

async function models(workspace: Workspace, _args: readonly string[], { json }: Values, terminal: Terminal) {
  terminal.result(workspace.models.list(), json, modelList)
}

async function addModel(workspace: Workspace, [folder]: readonly string[], { json }: Values, terminal: Terminal) {
  terminal.result(await workspace.models.add(folder), json, modelList)
}

async function coarse(workspace: Workspace, references: readonly string[], { json }: Values, terminal: Terminal) {
  const [model, first] = references.map(versionOf)
  terminal.result(await workspace.models.attachCoarse(model, first), json, modelList)
}

async function rollback(workspace: Workspace, [reference]: readonly string[], values: Values, terminal: Terminal) {
  const { models } = workspace
  const wanted = reference === undefined ? null : versionOf(reference)
  const rows = wanted ? models.use(wanted.name, wanted.version, values.reason) : models.rollBack(values.reason)
  const schema = rows.find(({ state }) => state === 'current')?.schema
  if (values.segment && schema !== undefined) {
    const job = await workspace.startJob({ kind: 'segment-cases', choice: { schema, again: true } })
    terminal.note((await finish(workspace, job)).outcome ?? '')
  }
  terminal.result(rows, values.json, modelList)
}

async function teacher(workspace: Workspace, [reference]: readonly string[], { json }: Values, terminal: Terminal) {
  if (reference !== undefined) await workspace.models.setTeacher(reference === 'none' ? null : versionOf(reference))
  const { teacher, teachers, model } = await workspace.models.plan()
  const others = teachers.length > 0 ? `; these could teach: ${teachers.join(', ')}` : ''
  const line = teacher ? `${teacher} teaches ${model ?? 'nothing'}` : `no model teaches ${model ?? 'yet'}${others}`
  terminal.result({ teacher, teachers }, json, () => line)
}

async function card(workspace: Workspace, [reference]: readonly string[], { json }: Values, terminal: Terminal) {
  const { name, version } = versionOf(reference)
  const story = await workspace.models.story(name, version)
  const { card: found, ...training } = story
  if (!found) {
    if (!story.curve && story.recipe.length === 0) {
      throw new EmendError(`${reference} has no card: no cycle of this library made it`)
    }
    return terminal.result(training, json, () => trainingText(story))
  }
  const titles = new Map(workspace.listCases().map(({ id, title }) => [id, title]))
  terminal.result({ ...found, ...training }, json, () => modelCardText({ card: found, ...training }, titles))
}

async function holdOut(workspace: Workspace, _args: readonly string[], { json }: Values, terminal: Terminal) {
  const held = workspace.listCases().filter(({ role }) => role === 'hold-out')
  terminal.result(held, json, worklist)
}

function versionOf(reference: string): { name: string; version: number } {
  const at = reference.lastIndexOf('@')
  const version = Number(reference.slice(at + 1))
  if (at < 1 || !Number.isInteger(version)) throw new UsageError(`'${reference}' is no NAME@VERSION`)
  return { name: reference.slice(0, at), version }
}

/**
 * The case's current labels with these structures as a file has them; whatever else the file holds does not count.
 * The file lies on the image's own grid, in whatever orientation.
 */
async function drawnOver(
  workspace: Workspace,
  { id, schema, revision }: CaseRow,
  structures: readonly string[],
  path: string,
): Promise<Uint8Array> {
  const { dims, affine } = caseGrid(workspace.library, id)
  const file = reorient(await loadLabelMap(path), 'RAS')
  if (dims.some((n, axis) => n !== file.dims[axis]) || !affinesAgree(affine, file.affine, 1e-2)) {
    throw new EmendError(`${path} does not lie on the grid of the case's image`, {
      hint: 'draw on the masks that `library export` wrote',
    })
  }
  const named = new Set(structures.map((name) => structureNamed(librarySchema(workspace.library, schema), name).id))
  const current = revision === null ? new Uint8Array(file.data.length) : await workspace.labelVoxels(id, revision)
  return current.map((label, n) => (named.has(file.data[n]) ? file.data[n] : named.has(label) ? 0 : label))
}

function modelList(rows: readonly ModelRow[]): string {
  if (rows.length === 0) return 'no models'
  return table(
    rows.map(({ name, version, state, createdAt, verdict }) => [`${name}@${version}`, state, createdAt, verdict ?? '']),
  )
}
