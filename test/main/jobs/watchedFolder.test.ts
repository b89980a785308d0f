import { appendFileSync, cpSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { writeDicomSeries } from '../../../src/main/imaging/dicom/ctSeries'
import { saveNifti } from '../../../src/main/imaging/nifti'
import { forkLauncher } from '../../../src/main/jobs/launcher'
import { openWorkspace, type Workspace } from '../../../src/main/jobs/workspace'
import type { WorkspaceOptions } from '../../../src/main/jobs/workspaceOptions'
import { listAudit } from '../../../src/main/library/audit'
import { setAlwaysDeidentifies } from '../../../src/main/library/deidentification'
import { setMember } from '../../../src/main/library/members'
import { bundle } from '../bundle'
import { temporaryFolder } from '../../temporaryFolder'
import { smallCt } from '../library/samples'

let worker: string
beforeAll(async () => {
  worker = await bundle('src/main/jobs/worker.ts')
})
afterAll(() => rmSync(dirname(worker), { recursive: true, force: true }))

async function workspaceIn(root: string, options: WorkspaceOptions = {}): Promise<Workspace> {
  const workspace = await openWorkspace(root, {
    launch: forkLauncher(worker),
    user: 'reader',
    sample: false,
    models: join(root, 'none'),
    deviceFile: join(root, 'devices.json'),
    watches: true,
    watchTimes: { everyMs: 40, settleMs: 120 },
    ...options,
  })
  onTestFinished(() => workspace.close())
  return workspace
}

const patience = { timeout: 30_000, interval: 30 }
const importedBy = (workspace: Workspace): string[] =>
  listAudit(workspace.library)
    .filter(({ action }) => action === 'import')
    .map(({ outcome }) => outcome)
    .reverse()

describe('a watched folder', () => {
  it('brings new images once they stopped changing, each once, also after a restart', async () => {
    const root = join(temporaryFolder(), 'library')
    const folder = temporaryFolder()
    await saveNifti(join(folder, 'first.nii.gz'), smallCt(1))
    // Longer than a busy machine lets the copying of a slice wait.
    const workspace = await workspaceIn(root, { watchTimes: { everyMs: 40, settleMs: 900 } })
    await workspace.intake.watch(folder)
    await expect.poll(() => workspace.listCases().length, patience).toBe(1)

    // A series, slice by slice: it is one case, and not one for every look.
    const made = join(temporaryFolder(), 'series')
    await writeDicomSeries(made, smallCt(2), { patientName: 'Doe^Jane' })
    mkdirSync(join(folder, 'Doe Jane'))
    for (const name of readdirSync(made)) {
      cpSync(join(made, name), join(folder, 'Doe Jane', name))
      await new Promise((resolve) => setTimeout(resolve, 60))
    }
    await expect.poll(() => workspace.listCases().length, patience).toBe(2)
    expect(workspace.listCases().find(({ dims }) => dims[2] === 5)).toBeDefined()
    // The same image under another name is known by what it holds.
    await saveNifti(join(folder, 'copy.nii.gz'), smallCt(1))
    await expect.poll(() => importedBy(workspace), patience).toEqual(['added', 'added', 'in the library already'])
    await expect.poll(() => workspace.intake.status(), patience).toMatchObject({ waiting: 0, taken: 3, faults: [] })
    expect(readdirSync(folder).sort()).toEqual(['Doe Jane', 'copy.nii.gz', 'first.nii.gz'])
    workspace.close()

    await saveNifti(join(folder, 'third.nii.gz'), smallCt(3))
    const again = await workspaceIn(root)
    await expect.poll(() => again.listCases().length, patience).toBe(3)
    expect(importedBy(again)).toHaveLength(4)
  })

  it('says once what it cannot take in, and tries again when asked', async () => {
    const folder = temporaryFolder()
    const workspace = await workspaceIn(join(temporaryFolder(), 'library'))
    writeFileSync(join(folder, 'notes.txt'), 'not an image')
    writeFileSync(join(folder, '.hidden'), 'nor this')
    writeFileSync(join(folder, 'half.nii.gz.part'), 'still coming')
    await workspace.intake.watch(folder)
    await expect.poll(() => workspace.intake.status().faults.map(({ name }) => name), patience).toEqual(['notes.txt'])
    const [{ reason }] = workspace.intake.status().faults
    expect(reason).not.toContain(folder)
    await saveNifti(join(folder, 'good.nii.gz'), smallCt(4))
    await expect.poll(() => workspace.listCases().length, patience).toBe(1)
    expect(importedBy(workspace)).toEqual([`not taken in: notes.txt: ${reason}`, 'added'])

    rmSync(join(folder, 'notes.txt'))
    await workspace.intake.retry()
    await expect.poll(() => workspace.intake.status(), patience).toMatchObject({ faults: [], waiting: 0 })
    expect(workspace.listCases()).toHaveLength(1)
  })

  it('waits for a folder that is not there, and does not tell of patients where that is the rule', async () => {
    const folder = temporaryFolder()
    const workspace = await workspaceIn(join(temporaryFolder(), 'library'))
    await setAlwaysDeidentifies(workspace.library, true)
    await workspace.intake.watch(folder)
    renameSync(folder, `${folder} away`)
    await expect
      .poll(() => workspace.intake.status(), patience)
      .toMatchObject({ state: 'unreachable', reason: 'the folder is not there' })
    renameSync(`${folder} away`, folder)
    appendFileSync(join(folder, 'Quintus Hildegard.txt'), 'a letter')
    await expect.poll(() => workspace.intake.status().faults, patience).toMatchObject([{ name: 'a file' }])
    expect(workspace.intake.status().state).toBe('watching')
    const kept = JSON.stringify([
      listAudit(workspace.library),
      workspace.listJobs(),
      workspace.library.database.all('SELECT * FROM intake'),
    ])
    expect(kept).not.toContain('Quintus')
  })

  it('is chosen by an administrator, and is never the library’s own', async () => {
    const root = join(temporaryFolder(), 'library')
    const workspace = await workspaceIn(root)
    await expect(workspace.intake.watch(root)).rejects.toThrow('lie in one another')
    await expect(workspace.intake.watch(dirname(root))).rejects.toThrow('lie in one another')
    await expect(workspace.intake.watch(join(root, 'nowhere'))).rejects.toThrow('no folder that can be read')
    setMember({ ...workspace.library, user: 'anna' }, 'anna', 'administrator')
    await expect(workspace.intake.watch(temporaryFolder())).rejects.toThrow('may not choose the watched folder')
    expect(workspace.intake.status()).toMatchObject({ state: 'off', folder: null })
  })
})
