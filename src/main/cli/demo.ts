import { mkdir } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import type { ModelRow } from '../../shared/contract'
import { EmendError } from '../../shared/errors'
import type { LabelSchema, Structure } from '../../shared/labels/schema'
import { saveNifti } from '../imaging/nifti'
import { voxelVolume, type LabelMap } from '../imaging/volume'
import { sampleTruth } from '../jobs/sample'
import type { Workspace } from '../jobs/workspace'
import { evaluateCase } from '../learning/metrics/evaluateCase'
import { caseGrid } from '../library/cases'
import { writePictures } from './demoPictures'
import { table, type Terminal } from './terminal'
import { parseVerb, type Verb } from './verb'
import { finish, withWorkspace } from './workspaceJobs'
import { librarySchema } from '../library/structures'

export const demo: Verb = {
  summary: 'the whole loop on the built-in sample, in the terminal',
  usage: 'demo [--out DIR]',
  help: `Makes the sample study, segments it, corrects the structure that came out worst as a reader would, learns from that
correction, and segments again. The sample is synthetic, so its true masks are known: they play the reader, and score.

  --out DIR   gets a library, pictures and masks (emend-demo and the time, without it)`,
  async run(args, terminal) {
    const { values } = parseVerb(args, { out: { type: 'string' } }, [])
    const stamp = new Date().toISOString().slice(0, 19).replaceAll(':', '-')
    const out = resolve(values.out ?? join('emend-demo', stamp))
    await mkdir(out, { recursive: true })
    await withWorkspace(join(out, 'library'), true, terminal, (workspace) => loop(workspace, out, terminal))
  },
}

async function loop(workspace: Workspace, out: string, terminal: Terminal): Promise<void> {
  const step = (text: string): void => terminal.note(`\n${text}`)

  step('1. The sample study: a synthetic CT of the abdomen, imported as a DICOM series')
  const [making] = workspace.listJobs()
  if (making) await finish(workspace, making)
  const [row] = workspace.listCases()
  const schema = librarySchema(workspace.library, row.schema)
  const image = { ...caseGrid(workspace.library, row.id), data: await workspace.imageVoxels(row.id) }
  const truth = sampleTruth()
  const model = currentModel(workspace)
  const offered = schema.structures.filter(({ name }) => model.channels.includes(name))

  step(`2. Segment with ${model.name}@${model.version}`)
  await finish(workspace, await workspace.startJob({ kind: 'segment', caseId: row.id }))
  const first = await labelsOf(workspace, row.id)
  const corrected = worstOf(truth, first, schema, offered)
  const pictures = join(out, 'pictures')
  const before = await writePictures(pictures, '1-segmented', image, first, schema, corrected.id)

  step(`3. The reader corrects one structure: ${corrected.title}`)
  await workspace.saveLabels({
    caseId: row.id,
    parent: revisionOf(workspace, row.id),
    statuses: { [corrected.name]: 'corrected' },
    labels: correct(first.data, truth.data, corrected.id),
  })

  step('4. Learn from the correction')
  const learned = await finish(workspace, await workspace.startJob({ kind: 'learn' }))
  terminal.note(learned.outcome ?? '')
  const models = workspace.models.list()

  step('5. Segment again')
  await finish(workspace, await workspace.startJob({ kind: 'segment', caseId: row.id }))
  const second = await labelsOf(workspace, row.id)
  const after = await writePictures(pictures, '2-learned', image, second, schema, corrected.id)
  const masks = join(out, 'labels.nii.gz')
  await saveNifti(masks, second)

  terminal.result({ organs: organRows(truth, first, second, schema, offered, corrected), models }, false, (value) =>
    [
      '',
      table(value.organs, [1, 2, 3, 4, 5]),
      '* corrected by the reader: kept as it is, whatever a model says',
      '',
      table(modelTable(value.models), []),
      '',
      `library   ${workspace.library.root}`,
      `masks     ${masks}`,
      ...[...before, ...after].map((path) => `picture   ${path}`),
      '',
      'Not for clinical use.',
    ].join('\n'),
  )
}

function currentModel(workspace: Workspace): ModelRow {
  const model = workspace.models.list().find(({ state }) => state === 'current')
  if (!model) throw new EmendError('this copy of Emend came without a model', { hint: 'put one into models/' })
  return model
}

function revisionOf(workspace: Workspace, caseId: string): string {
  const { revision } = workspace.caseDetail(caseId).row
  if (revision === null) throw new EmendError('the case has no labels')
  return revision
}

async function labelsOf(workspace: Workspace, caseId: string): Promise<LabelMap> {
  const data = await workspace.labelVoxels(caseId, revisionOf(workspace, caseId))
  return { ...caseGrid(workspace.library, caseId), data }
}

/** The structure, of those that the model offers, that overlaps least with the truth. */
function worstOf(truth: LabelMap, labels: LabelMap, schema: LabelSchema, offered: readonly Structure[]): Structure {
  const { scores } = evaluateCase(truth, labels, schema)
  const there = offered.filter(({ id }) => truth.data.includes(id))
  return there.reduce((worst, next) => (scores[next.name].dsc < scores[worst.name].dsc ? next : worst))
}

/** As a reader mends one structure: its voxels are those of the truth, all others stay what they were. */
function correct(labels: Uint8Array, truth: Uint8Array, id: number): Uint8Array {
  return labels.map((label, n) => (truth[n] === id ? id : label === id ? 0 : label))
}

function organRows(
  truth: LabelMap,
  first: LabelMap,
  second: LabelMap,
  schema: LabelSchema,
  offered: readonly Structure[],
  corrected: Structure,
): string[][] {
  const before = evaluateCase(truth, first, schema).scores
  const after = evaluateCase(truth, second, schema).scores
  const volumes = [truth, first, second].map(volumesMl)
  const rows = offered.map(({ id, name, title }) => [
    name === corrected.name ? `${title} *` : title,
    ...volumes.map((ml) => ml[id].toFixed(1)),
    before[name].dsc.toFixed(3),
    after[name].dsc.toFixed(3),
  ])
  return [['structure', 'true mL', 'before mL', 'after mL', 'DSC before', 'DSC after'], ...rows]
}

/** Volume of every label id, mL. */
function volumesMl(labels: LabelMap): number[] {
  const counts = new Array<number>(256).fill(0)
  for (const id of labels.data) counts[id]++
  return counts.map((count) => (count * voxelVolume(labels)) / 1000)
}

function modelTable(models: readonly ModelRow[]): string[][] {
  const rows = models.map(({ name, version, state, scores, holdOut, verdict }) => {
    const measured = Object.values(scores ?? {}).flatMap(({ dsc }) => dsc ?? [])
    const mean = measured.length > 0 ? (measured.reduce((a, b) => a + b, 0) / measured.length).toFixed(3) : '-'
    return [`${name}@${version}`, state, mean, holdOut ?? '-', verdict ?? '']
  })
  return [['model', 'state', 'mean DSC', 'scored on', 'verdict'], ...rows]
}
