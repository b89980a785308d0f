import { rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import type { JobRow } from '../../../src/shared/jobs'
import { saveNifti } from '../../../src/main/imaging/nifti'
import { forkLauncher } from '../../../src/main/jobs/launcher'
import { openWorkspace, type Workspace } from '../../../src/main/jobs/workspace'
import type { WorkspaceOptions } from '../../../src/main/jobs/workspaceOptions'
import { train } from '../../../src/main/learning/train'
import { listAudit } from '../../../src/main/library/audit'
import { blobData, blobRecipe, blobs } from '../learning/blobs'
import { bundle } from '../bundle'
import { temporaryFolder } from '../../temporaryFolder'

/** New cases, through job processes, with a real network of two balls. */

let worker: string
let models: string
beforeAll(async () => {
  worker = await bundle('src/main/jobs/worker.ts')
  models = join(dirname(worker), 'models')
  const identity = { name: 'blobs', version: 1, title: 'Blobs', licence: 'CC0-1.0', attribution: 'made up' }
  await train({ ...blobData, holdOut: null }, { recipe: blobRecipe(3), seed: 1, out: join(models, 'blobs'), identity })
})
afterAll(() => rmSync(dirname(worker), { recursive: true, force: true }))

async function workspaceIn(root: string, options: WorkspaceOptions = {}): Promise<Workspace> {
  const workspace = await openWorkspace(root, {
    launch: forkLauncher(worker),
    user: 'reader',
    sample: false,
    models,
    deviceFile: join(dirname(worker), 'devices.json'),
    watchTimes: { everyMs: 40, settleMs: 120 },
    ...options,
  })
  onTestFinished(() => workspace.close())
  return workspace
}

async function importBalls(workspace: Workspace, ...seeds: number[]): Promise<JobRow> {
  const folder = temporaryFolder()
  for (const seed of seeds) await saveNifti(join(folder, `balls-${seed}.nii.gz`), blobs(seed).image)
  const job = await workspace.startJob({ kind: 'import', paths: [folder] })
  return workspace.runner.ended(job.id)
}

const labelledBy = (workspace: Workspace): (string | null)[] => workspace.listCases().map(({ model }) => model)
const segmentations = (workspace: Workspace): string[] =>
  workspace
    .listJobs()
    .filter(({ kind }) => kind === 'segment-cases')
    .map(({ title, state, outcome }) => `${title}, ${state}: ${outcome}`)
const patience = { timeout: 60_000, interval: 50 }

describe('new cases', () => {
  it('of a watched folder are segmented as they come, unless the library is set otherwise', async () => {
    const workspace = await workspaceIn(join(temporaryFolder(), 'library'))
    const folder = temporaryFolder()
    await workspace.intake.watch(folder)
    await saveNifti(join(folder, 'first.nii.gz'), blobs(21).image)
    await expect.poll(() => labelledBy(workspace), patience).toEqual(['blobs@1'])
    await workspace.newCases.settled()
    expect(segmentations(workspace)).toEqual(['Segment 1 new case, done: 1 of 1 open case segmented'])

    const set = await workspace.changeSettings({ deidentify: false, segmentWatched: false })
    expect(set).toMatchObject({ segmentWatched: false, segmentImported: false })
    await saveNifti(join(folder, 'second.nii.gz'), blobs(22).image)
    await expect.poll(() => workspace.intake.status().taken, patience).toBe(2)
    expect(labelledBy(workspace)).toEqual([null, 'blobs@1'])
    const said = listAudit(workspace.library).map(({ outcome }) => outcome)
    expect(said).toContain('new cases of the watched folder are not segmented as they come')
  })

  it('of an import are segmented where the library is set so, once for all that came', async () => {
    const workspace = await workspaceIn(join(temporaryFolder(), 'library'))
    await importBalls(workspace, 21)
    await workspace.newCases.settled()
    expect(segmentations(workspace)).toEqual([])
    await workspace.changeSettings({ deidentify: false, segmentImported: true })
    await importBalls(workspace, 22, 23)
    await workspace.newCases.settled()
    expect(segmentations(workspace)).toEqual(['Segment 2 new cases, done: 2 of 2 open cases segmented'])
    expect(labelledBy(workspace).filter((model) => model === null)).toHaveLength(1)
  })

  it('wait where the library is closed meanwhile, and are segmented when it is next opened', async () => {
    const root = join(temporaryFolder(), 'library')
    const first = await workspaceIn(root)
    await first.changeSettings({ deidentify: false, segmentImported: true })
    await importBalls(first, 21, 22)
    first.close()
    const again = await workspaceIn(root, { learnsByItself: true })
    await again.newCases.settled()
    expect(labelledBy(again)).toEqual(['blobs@1', 'blobs@1'])
    expect(segmentations(again)[0]).toMatch(/^Segment [12] new cases?, done: /)
    expect(segmentations(again)[1]).toBe('Segment 2 new cases, failed: interrupted')
  })

  it('are not segmented by themselves again where somebody cancelled that', async () => {
    const root = join(temporaryFolder(), 'library')
    const workspace = await workspaceIn(root)
    await workspace.changeSettings({ deidentify: false, segmentImported: true })
    await importBalls(workspace, 21, 22)
    const [job] = workspace.listJobs()
    await workspace.cancelJob(job.id)
    expect(await workspace.runner.ended(job.id)).toMatchObject({ kind: 'segment-cases', state: 'cancelled' })
    workspace.close()
    const again = await workspaceIn(root, { learnsByItself: true })
    expect(segmentations(again)).toHaveLength(1)
    // Whoever asks for it has them segmented all the same.
    const asked = await again.startJob({ kind: 'segment-cases', choice: { again: false } })
    expect(asked.title).toBe('Segment the cases without labels')
    expect(await again.runner.ended(asked.id)).toMatchObject({ state: 'done' })
    expect(labelledBy(again)).toEqual(['blobs@1', 'blobs@1'])
  })
})
