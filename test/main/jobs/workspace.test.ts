import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest'
import { loadNifti, saveNifti } from '../../../src/main/imaging/nifti'
import { forkLauncher, type Launch } from '../../../src/main/jobs/launcher'
import { openWorkspace, type Workspace } from '../../../src/main/jobs/workspace'
import type { WorkspaceOptions } from '../../../src/main/jobs/workspaceOptions'
import { saveRun, unfinishedRun } from '../../../src/main/learning/cycleFile'
import { addReaderStatus } from '../../../src/main/jobs/readerLabels'
import { addCase } from '../../../src/main/library/cases'
import { listAudit } from '../../../src/main/library/audit'
import type { Library } from '../../../src/main/library/library'
import { addRevision, listRevisions } from '../../../src/main/library/revisions'
import { arbitrate } from '../../../src/main/library/secondReading'
import { timelineOf } from '../../../src/shared/timeline'
import { modelFolder } from '../library/fixtures'
import { temporaryFolder } from '../../temporaryFolder'
import { newCase, smallCt, smallLabels } from '../library/samples'
import { begunRun } from '../learning/begunRun'
import { bundle } from '../bundle'

let worker: string
beforeAll(async () => {
  worker = await bundle('src/main/jobs/worker.ts')
})
afterAll(() => rmSync(dirname(worker), { recursive: true, force: true }))

async function workspaceIn(root = join(temporaryFolder(), 'library'), options: WorkspaceOptions = {}) {
  const workspace = await openWorkspace(root, {
    launch: forkLauncher(worker),
    user: 'reader',
    sample: false,
    models: join(root, 'none'),
    deviceFile: join(root, 'devices.json'),
    ...options,
  })
  onTestFinished(() => workspace.close())
  return workspace
}

async function workspaceWithCase(): Promise<{ workspace: Workspace; caseId: string }> {
  const workspace = await workspaceIn()
  const { id: caseId } = await addCase(workspace.library, newCase())
  return { workspace, caseId }
}

/** Labels of the whole small case: liver in the first `count` voxels. */
const liver = (count: number): Uint8Array => new Uint8Array(7 * 6 * 5).fill(1, 0, count)

describe('the settings of a library', () => {
  it('are on record as changed only where they did', async () => {
    const workspace = await workspaceIn()
    const onRecord = (): string[] =>
      listAudit(workspace.library)
        .map(({ outcome }) => outcome)
        .filter((outcome) => outcome.startsWith('imports'))
    await workspace.changeSettings({ deidentify: false, learnAt: '03:00' })
    expect(onRecord()).toEqual([])
    await workspace.changeSettings({ deidentify: true, learnAt: '03:00' })
    const set = { deidentify: true, learnAt: null, segmentWatched: true, segmentImported: false }
    expect(await workspace.changeSettings({ deidentify: true, learnAt: null })).toEqual(set)
    expect(await workspace.settings()).toEqual(set)
    expect(onRecord()).toEqual(['imports are de-identified'])
  })
})

describe('a job in its own process', () => {
  it('imports an image, tells of it, and finds it again in the next session', async () => {
    const root = join(temporaryFolder(), 'library')
    const path = join(temporaryFolder(), 'abdomen.nii.gz')
    await saveNifti(path, smallCt())
    const workspace = await workspaceIn(root)
    const events: string[] = []
    workspace.onEvent((event) => events.push(event))
    const job = await workspace.startJob({ kind: 'import', paths: [path] })
    expect(job).toMatchObject({ kind: 'import', title: 'Import abdomen.nii.gz' })
    const ended = await workspace.runner.ended(job.id)
    expect(ended).toMatchObject({ state: 'done', outcome: '1 case added', progress: { phase: 'adding' } })
    expect(events).toContain('cases:changed')
    const [row] = workspace.listCases()
    expect(await workspace.imageVoxels(row.id)).toHaveLength(7 * 6 * 5)
    workspace.close()

    const again = await workspaceIn(root)
    expect(again.listCases()).toEqual([row])
    expect(again.listJobs()).toEqual([ended])
  })

  it('fails with one line where the data is at fault, and the next job goes on', async () => {
    const workspace = await workspaceIn()
    const path = join(temporaryFolder(), 'good.nii')
    await saveNifti(path, smallCt())
    const bad = await workspace.startJob({ kind: 'import', paths: ['/does/not/exist.nii'] })
    const good = await workspace.startJob({ kind: 'import', paths: [path] })
    const failed = await workspace.runner.ended(bad.id)
    expect(failed.state).toBe('failed')
    expect(failed.outcome).toContain('/does/not/exist.nii')
    expect(failed.outcome).not.toContain('\n')
    expect(await workspace.runner.ended(good.id)).toMatchObject({ state: 'done' })
  })

  it('segments once what is asked for twice', async () => {
    const workspace = await workspaceIn()
    const { id: caseId } = await addCase(workspace.library, newCase())
    const [first, second] = await Promise.all([
      workspace.startJob({ kind: 'segment', caseId }),
      workspace.startJob({ kind: 'segment', caseId }),
    ])
    expect(second.id).toBe(first.id)
    await workspace.runner.ended(first.id)
    expect((await workspace.startJob({ kind: 'segment', caseId })).id).not.toBe(first.id)
  })

  it('fails a job whose process dies; the window lives and the next job gets a new process', async () => {
    const real = forkLauncher(worker)
    let crashes = 1
    const launch: Launch = () => {
      const process = real()
      if (crashes-- > 0) setTimeout(() => process.kill(), 20)
      return process
    }
    const workspace = await workspaceIn(undefined, { launch })
    const path = join(temporaryFolder(), 'good.nii')
    await saveNifti(path, smallCt())
    const first = await workspace.runner.ended((await workspace.startJob({ kind: 'import', paths: [path] })).id)
    expect(first).toMatchObject({ state: 'failed', outcome: "the job's process ended unexpectedly (killed)" })
    const second = await workspace.runner.ended((await workspace.startJob({ kind: 'import', paths: [path] })).id)
    expect(second.state).toBe('done')
  })

  it('cancels a running job, and one that still waits', async () => {
    const workspace = await workspaceIn()
    const paths = Array<string>(400).fill(join(temporaryFolder(), 'image.nii'))
    await saveNifti(paths[0], smallCt())
    const running = await workspace.startJob({ kind: 'import', paths })
    const waiting = await workspace.startJob({ kind: 'import', paths })
    await new Promise<void>((resolve) => workspace.onEvent((event) => event === 'cases:changed' && resolve()))
    await workspace.cancelJob(waiting.id)
    await workspace.cancelJob(running.id)
    expect(await workspace.runner.ended(running.id)).toMatchObject({ state: 'cancelled', outcome: 'cancelled' })
    expect(await workspace.runner.ended(waiting.id)).toMatchObject({ state: 'cancelled', progress: null })
    await expect(workspace.cancelJob('unknown')).rejects.toThrow('no job unknown')
  })
})

describe('a run of learning that was cancelled', () => {
  const cancellations = ({ library }: Workspace): string[] =>
    listAudit(library).flatMap(({ action, outcome }) => (action === 'train' ? [outcome] : []))

  it('ends on record and without its files also where its process had to be killed', async () => {
    /** Hears nothing, and dies when it is killed. */
    const deaf: Launch = () => {
      let exit: (code: number | null) => void = () => undefined
      return {
        send: () => undefined,
        onMessage: () => undefined,
        onExit: (listener) => void (exit = listener),
        kill: () => exit(null),
      }
    }
    const root = join(temporaryFolder(), 'library')
    const deviceFile = join(temporaryFolder(), 'devices.json')
    const workspace = await workspaceIn(root, { launch: deaf, deviceFile })
    vi.spyOn(workspace, 'devices').mockResolvedValue([])
    const run = await begunRun(workspace.library)
    mkdirSync(join(run.folder, 'model'))
    const job = workspace.runner.start({ kind: 'learn' }, 'Learn')
    await vi.waitFor(() => expect(workspace.listJobs()[0].state).toBe('running'))
    await workspace.cancelJob(job.id)
    expect(unfinishedRun(workspace.library)).toBeNull()
    expect(await workspace.runner.ended(job.id)).toMatchObject({ state: 'cancelled' })
    await vi.waitFor(() => expect(readdirSync(run.folder)).toEqual(['cycle.json']))
    expect(cancellations(workspace)).toEqual(['cancelled'])
  })

  it('is cleared away when the library is opened, where the window closed meanwhile', async () => {
    const root = join(temporaryFolder(), 'library')
    const first = await workspaceIn(root)
    const run = await saveRun(await begunRun(first.library), { state: 'cancelling' })
    mkdirSync(join(run.folder, 'model'))
    first.close()
    const again = await workspaceIn(root)
    expect(readdirSync(run.folder)).toEqual(['cycle.json'])
    expect(cancellations(again)).toEqual(['cancelled'])
  })
})

describe('review', () => {
  it('saves what a reader drew as a revision, corrected where voxels changed', async () => {
    const { workspace, caseId } = await workspaceWithCase()
    const first = await workspace.saveLabels({ caseId, parent: null, statuses: {}, labels: liver(10) })
    expect(first).toMatchObject({ origin: 'reader', author: 'reader', statuses: { liver: 'corrected' } })
    expect(await workspace.labelVoxels(caseId, first.id)).toEqual(liver(10))
    const { row, revisions, schema, affine } = workspace.caseDetail(caseId)
    expect(row).toMatchObject({ revision: first.id, statuses: { liver: 'corrected' }, reader: 'reader' })
    expect(revisions).toEqual([first])
    expect(schema.name).toBe('flare23')
    expect(affine).toHaveLength(3)
  })

  it('keeps an accepted structure accepted as long as no hand touched it, and says corrected where one did', async () => {
    const { workspace, caseId } = await workspaceWithCase()
    const { id: parent } = await workspace.saveLabels({ caseId, parent: null, statuses: {}, labels: liver(10) })
    const row = workspace.setStatus({ caseId, structure: 'liver', status: 'accepted' })
    expect(row.statuses).toEqual({ liver: 'corrected' })
    expect(workspace.setStatus({ caseId, structure: 'spleen', status: 'absent' }).statuses.spleen).toBe('absent')
    const statuses = { liver: 'accepted', spleen: 'absent', aorta: 'accepted' } as const
    const next = await workspace.saveLabels({ caseId, parent, statuses, labels: liver(10) })
    expect(next.statuses).toEqual({ liver: 'corrected', spleen: 'absent', aorta: 'accepted' })
  })

  it('refuses a structure that the schema lacks and labels of another size', async () => {
    const { workspace, caseId } = await workspaceWithCase()
    expect(() => workspace.setStatus({ caseId, structure: 'heart', status: 'accepted' })).toThrow('no structure heart')
    const labels = new Uint8Array(7)
    await expect(workspace.saveLabels({ caseId, parent: null, statuses: {}, labels })).rejects.toThrow('do not fit')
  })
})

describe('the history of a case', () => {
  /** The time line as a user sees it who only looks. */
  async function seenBy(user: string, root: string, caseId: string): Promise<string[]> {
    const workspace = await openWorkspace(root, { user, access: 'onlooker', deviceFile: join(root, 'devices.json') })
    const past = workspace.caseHistory(caseId)
    workspace.close()
    const rows = timelineOf(past, (name) => name).map(({ who, title, note }) => [who, title, note].filter(Boolean).join(' | ')) // prettier-ignore
    return past.heldBack > 0 ? [...rows, `${past.heldBack} held back`] : rows
  }

  const pause = (): Promise<void> => new Promise((settle) => setTimeout(settle, 5))

  it('is one line of time: labels, decisions with reasons, words, second readings, views and exports', async () => {
    const root = join(temporaryFolder(), 'library')
    const workspace = await workspaceIn(root)
    const { library } = workspace
    const [bert, clara] = ['bert', 'clara'].map((user): Library => ({ ...library, user }))
    const { id: caseId } = await addCase(library, newCase())
    const revision = { caseId, edited: [], labels: smallLabels({ 0: 1, 1: 3 }) }
    const proposal = { ...revision, parent: null, origin: 'model', model: 'flare@1', statuses: {} } as const
    const { id: parent } = await addRevision(library, proposal)
    await pause()
    await workspace.unsavedEdits(caseId)
    await pause()
    workspace.setStatus({ caseId, structure: 'spleen', status: 'rejected', reason: 'it is the stomach' })
    await pause()
    const statuses = { spleen: 'rejected', aorta: 'rejected' } as const
    const reasons = { aorta: 'it is the cava' }
    await workspace.saveLabels({ caseId, parent, statuses, labels: smallLabels({ 0: 1, 2: 1, 1: 3 }).data, reasons })
    await pause()
    workspace.desk.addNote({ caseId, structure: 'liver', kind: 'comment', text: 'a cyst?' })
    workspace.desk.addNote({ caseId, structure: null, kind: 'flag', text: '' })
    await pause()
    workspace.desk.reopenCase({ caseId, reason: 'drawn too small' })
    await pause()
    workspace.setStatus({ caseId, structure: 'liver', status: 'accepted' })
    await pause()
    await workspace.exportLabels(caseId, { format: 'nifti', path: join(temporaryFolder(), 'labels.nii.gz') })
    await pause()
    await workspace.desk.askSecondReading({ caseId, reason: 'teaching' })
    await pause()

    const blind = await seenBy('bert', root, caseId)
    expect(blind).toEqual([
      'reader | Imported',
      'reader | Segmentation by flare@1',
      'reader | Segmentation by flare@1',
      '9 held back',
    ])
    addReaderStatus(bert, caseId, 'liver', 'accepted')
    await pause()
    await arbitrate(clara, caseId, { liver: 'first', spleen: 'first', aorta: 'first' }, 'the capsule is seen')
    const [saved, settled] = listRevisions(library, caseId).filter(({ origin }) => origin === 'reader')
    expect(saved.author).toBe('reader')
    const all = await seenBy('bert', root, caseId)
    expect(all.map((line) => line.replace(/revision \S+/, 'a revision'))).toEqual([
      'reader | Imported',
      'reader | Segmentation by flare@1',
      'reader | Looked at',
      'reader | spleen: rejected | it is the stomach',
      'reader | Saved edits | aorta rejected (it is the cava), liver corrected',
      'reader | Comment on liver | a cyst?',
      'reader | Flag',
      'reader | Opened again: liver | drawn too small',
      'reader | liver: corrected',
      'reader | Exported | nifti of a revision',
      'reader | Segmentation by flare@1 | shown again for a second reading',
      'reader | Second reading asked for | teaching',
      'bert | liver: accepted',
      'clara | Settled by an arbiter | the capsule is seen; spleen rejected, aorta rejected, liver corrected',
    ])
    expect(settled.author).toBe('clara')
  })

  it('tells of another schema, and of what was exported in vain', async () => {
    const { workspace, caseId } = await workspaceWithCase()
    workspace.site.assignSchema('hippocampus', [caseId])
    await expect(workspace.exportLabels(caseId, { format: 'nifti', path: '/tmp/never.nii' })).rejects.toThrow()
    const rows = timelineOf(workspace.caseHistory(caseId), (name) => name)
    expect(rows.map(({ kinds, title, note }) => [kinds.join(), title, note])).toEqual([
      ['record', 'Imported', ''],
      ['labels', 'Another schema', 'is labelled by hippocampus, before by flare23'],
      ['record', 'Exported', expect.stringMatching(/^failed: .*no labels to export/)],
    ])
  })
})

describe('models', () => {
  it('registers the models that come with the app and offers what the current one can do', async () => {
    const models = dirname(modelFolder())
    const workspace = await workspaceIn(undefined, { models })
    const { id } = await addCase(workspace.library, newCase())
    expect(workspace.models.list()).toMatchObject([{ name: 'flare', version: 1, state: 'current' }])
    expect(workspace.caseDetail(id).offered).toEqual(['liver', 'spleen'])
    expect(() => workspace.models.use('flare', 9)).toThrow('no model flare@9')
  })

  it('opens in spite of a damaged model among those that come with the app, and says so', async () => {
    const models = temporaryFolder()
    const broken = join(models, 'broken')
    mkdirSync(broken)
    writeFileSync(join(broken, 'model.json'), '{')
    writeFileSync(join(broken, 'network.onnx'), '')
    const said = vi.spyOn(console, 'error').mockReturnValue()
    onTestFinished(() => said.mockRestore())
    const workspace = await workspaceIn(undefined, { models })
    expect(workspace.models.list()).toEqual([])
    expect(said.mock.calls.flat()).toEqual([expect.stringMatching(/broken.*is left out: .*model\.json/)])
  })

  it('refuses to learn where there is no model and nothing is drawn', async () => {
    const { workspace } = await workspaceWithCase()
    expect(await workspace.models.plan()).toMatchObject({
      cases: [],
      obstacle: expect.stringContaining('nothing to learn'),
    })
    await expect(workspace.startJob({ kind: 'learn' })).rejects.toThrow('cannot learn yet')
  })
})

describe('export', () => {
  it('writes NIfTI on the grid of the imported image, without what was rejected or is absent', async () => {
    const { workspace, caseId } = await workspaceWithCase()
    const labels = liver(10).fill(3, 20, 25)
    await workspace.saveLabels({ caseId, parent: null, statuses: {}, labels })
    workspace.setStatus({ caseId, structure: 'spleen', status: 'rejected', reason: 'the stomach' })
    const path = join(temporaryFolder(), 'labels.nii.gz')
    await workspace.exportLabels(caseId, { format: 'nifti', path })
    const { volume } = await loadNifti(path)
    expect(volume.dims).toEqual(smallCt().dims)
    volume.affine.forEach((row, r) => row.forEach((value, c) => expect(value).toBeCloseTo(smallCt().affine[r][c], 4)))
    expect([...volume.data].filter((id) => id === 1)).toHaveLength(10)
    expect([...volume.data].filter((id) => id !== 0 && id !== 1)).toHaveLength(0)
    expect(listAudit(workspace.library)[0]).toMatchObject({ action: 'export', subject: caseId })
  })

  it('says so where there is nothing to export', async () => {
    const { workspace, caseId } = await workspaceWithCase()
    await expect(workspace.exportLabels(caseId, { format: 'nifti', path: '/tmp/never.nii' })).rejects.toThrow(
      'no labels to export',
    )
  })
})
