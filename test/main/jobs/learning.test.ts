import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import type { EventPayload } from '../../../src/shared/contract'
import type { JobRow } from '../../../src/shared/jobs'
import type { TrainingExample } from '../../../src/shared/trainingExample'
import { verifiedStructures } from '../../../src/shared/labels/status'
import { decodeUncertainty } from '../../../src/shared/uncertainty'
import { saveNifti } from '../../../src/main/imaging/nifti'
import { forkLauncher } from '../../../src/main/jobs/launcher'
import { openWorkspace, type Workspace } from '../../../src/main/jobs/workspace'
import { train } from '../../../src/main/learning/train'
import { setRole } from '../../../src/main/library/cases'
import { blobData, blobRecipe, blobs } from '../learning/blobs'
import { bundle } from '../bundle'
import { temporaryFolder } from '../../temporaryFolder'

/** The whole loop through job processes: import, segment, correct, learn, segment again; on images of two balls. */

const [anterior, posterior] = ['anterior-hippocampus', 'posterior-hippocampus']
let worker: string
let models: string
beforeAll(async () => {
  worker = await bundle('src/main/jobs/worker.ts')
  models = join(dirname(worker), 'models')
  const recipe = blobRecipe(20, { corrections: { steps: 25, learningRate: 5e-3 } })
  const identity = { name: 'blobs', version: 1, title: 'Blobs', licence: 'CC0-1.0', attribution: 'made up' }
  await train({ ...blobData, holdOut: null }, { recipe, seed: 1, out: join(models, 'blobs'), identity })
})
afterAll(() => rmSync(dirname(worker), { recursive: true, force: true }))

async function blobWorkspace(): Promise<Workspace> {
  const root = join(temporaryFolder(), 'library')
  mkdirSync(root)
  const deviceFile = join(dirname(worker), 'devices.json')
  const workspace = await openWorkspace(root, { launch: forkLauncher(worker), sample: false, models, deviceFile })
  onTestFinished(() => workspace.close())
  return workspace
}

async function finish(workspace: Workspace, job: JobRow | Promise<JobRow>): Promise<JobRow> {
  return workspace.runner.ended((await job).id)
}

/** Imports the image of a seed by a job and returns the case's id. */
async function importBlobs(workspace: Workspace, seed: number): Promise<string> {
  const path = join(temporaryFolder(), `blobs-${seed}.nii.gz`)
  await saveNifti(path, blobs(seed).image)
  const known = new Set(workspace.listCases().map((row) => row.id))
  const job = await finish(workspace, workspace.startJob({ kind: 'import', paths: [path] }))
  expect(job).toMatchObject({ state: 'done' })
  return workspace.listCases().find((row) => !known.has(row.id))?.id ?? ''
}

/** Saves the truth as a reader would who corrected everything. */
async function correct(workspace: Workspace, caseId: string, seed: number): Promise<void> {
  const { revision } = workspace.caseDetail(caseId).row
  await workspace.saveLabels({ caseId, parent: revision, statuses: {}, labels: blobs(seed).labels.data })
  for (const structure of [anterior, posterior]) workspace.setStatus({ caseId, structure, status: 'accepted' })
}

const voxels = (labels: Uint8Array, id: number): number[] =>
  [...labels].flatMap((value, at) => (value === id ? [at] : []))

describe('the loop', () => {
  it('segments, learns from corrections, promotes, and segments what is open', async () => {
    const workspace = await blobWorkspace()
    const [first, second, held, crashed] = [
      await importBlobs(workspace, 21),
      await importBlobs(workspace, 22),
      await importBlobs(workspace, 31),
      await importBlobs(workspace, 23),
    ]
    expect(workspace.caseDetail(first).schema.name).toBe('hippocampus')
    expect(workspace.caseDetail(first).offered).toEqual([anterior, posterior])

    const segmented = await finish(workspace, workspace.startJob({ kind: 'segment', caseId: second }))
    expect(segmented).toMatchObject({ state: 'done', caseId: second })
    expect(segmented.outcome).toMatch(/^blobs@1 found \d of 2 structures in .* s on/)
    expect(workspace.caseDetail(second).row).toMatchObject({ model: 'blobs@1', statuses: {} })
    const unsure = await workspace.uncertainty(second, workspace.caseDetail(second).row.revision ?? '')
    expect(decodeUncertainty(unsure ?? new Uint8Array()).bits.some((bits) => bits > 0)).toBe(true)

    await correct(workspace, first, 21)
    await correct(workspace, held, 31)
    setRole(workspace.library, held, 'hold-out')
    // Of the second case only one structure is verified: the other is open.
    const { row } = workspace.caseDetail(second)
    const drawn = (await workspace.labelVoxels(second, row.revision ?? '')).map((id) => (id === 1 ? 0 : id))
    for (const at of voxels(blobs(22).labels.data, 1)) drawn[at] = 1
    const statuses = { [anterior]: 'corrected' } as const
    const saved = await workspace.saveLabels({ caseId: second, parent: row.revision, statuses, labels: drawn })

    // Edits of a window that crashed wait for their reader.
    await finish(workspace, workspace.startJob({ kind: 'segment', caseId: crashed }))
    const standsOn = workspace.caseDetail(crashed).row.revision
    await workspace.addUnsavedEdits(crashed, standsOn, [Uint8Array.of(1)])

    // Nobody asked for this one to be segmented.
    const bare = await importBlobs(workspace, 24)

    expect(await workspace.models.plan()).toMatchObject({ model: 'blobs@1', steps: 25, obstacle: null })
    const changed: string[] = []
    const examples: Promise<TrainingExample | null>[] = []
    workspace.onEvent((event, payload) => {
      const isTraining = event === 'job:changed' && (payload as JobRow).progress?.phase === 'training'
      if (isTraining && examples.length === 0) examples.push(workspace.models.example())
      if (event === 'models:changed') changed.push('models')
      if (event === 'cases:changed') changed.push(...(payload as EventPayload<'cases:changed'>).caseIds)
    })
    const learned = await finish(workspace, workspace.startJob({ kind: 'learn' }))
    expect(learned).toMatchObject({ state: 'done' })
    // Who watches sees what the network makes of a slice from the first step on.
    expect(await examples[0]).toMatchObject({ step: 1, width: 16, structures: [anterior, posterior] })
    expect(learned.outcome).toMatch(
      /^blobs@2: promoted.*; 2 of 3 open cases segmented, 1 left alone for unsaved edits$/,
    )
    expect(await workspace.unsavedEdits(crashed)).toMatchObject({ parent: standsOn })
    expect(workspace.models.list().map((model) => [model.version, model.state])).toEqual([
      [2, 'current'],
      [1, 'available'],
    ])
    expect(changed).toEqual(['models', bare, second])
    expect(workspace.caseDetail(bare).row.model).toBe('blobs@2')

    const again = workspace.caseDetail(second)
    expect(again.row).toMatchObject({ model: 'blobs@2', statuses: { [anterior]: 'corrected' } })
    expect(again.revisions.map((revision) => revision.origin)).toEqual(['model', 'reader', 'model'])
    // The verified structure is voxel for voxel what the reader saved.
    const labels = await workspace.labelVoxels(second, again.row.revision ?? '')
    expect(voxels(labels, 1)).toEqual(voxels(await workspace.labelVoxels(second, saved.id), 1))
    expect(verifiedStructures(again.row.statuses)).toEqual([anterior])
    // What is verified in full, and what is held out, is left alone.
    expect(workspace.caseDetail(first).revisions).toHaveLength(1)
    expect(workspace.caseDetail(held).revisions).toHaveLength(1)
  })

  it('cancels learning and leaves models and cases as they were', async () => {
    const workspace = await blobWorkspace()
    const [work, held] = [await importBlobs(workspace, 21), await importBlobs(workspace, 31)]
    await correct(workspace, work, 21)
    await correct(workspace, held, 31)
    setRole(workspace.library, held, 'hold-out')
    const computing = new Promise<JobRow['progress']>((resolve) => {
      workspace.onEvent((event, payload) => {
        const progress = event === 'job:changed' ? (payload as JobRow).progress : null
        // While a reader edits, it waits, and nothing computes.
        if (progress?.device) resolve(progress)
      })
    })
    const job = await workspace.startJob({ kind: 'learn' })
    expect(await computing).toMatchObject({ device: 'cpu', memoryBytes: expect.any(Number) as number })
    await workspace.cancelJob(job.id)
    expect(await workspace.runner.ended(job.id)).toMatchObject({ state: 'cancelled', outcome: 'cancelled' })
    expect(workspace.models.list()).toMatchObject([{ version: 1, state: 'current' }])
    expect(workspace.caseDetail(work).revisions).toHaveLength(1)
  })

  it('says in one line why a case cannot be segmented', async () => {
    const workspace = await blobWorkspace()
    const id = await importBlobs(workspace, 21)
    writeFileSync(join(workspace.library.root, 'models', 'blobs', '1', 'network.onnx'), 'no network')
    const job = await finish(workspace, workspace.startJob({ kind: 'segment', caseId: id }))
    expect(job.state).toBe('failed')
    expect(job.outcome).toMatch(/network\.onnx could not be opened/)
    expect(job.outcome).not.toContain('\n')
    expect(workspace.caseDetail(id).row.revision).toBeNull()
  })
})
