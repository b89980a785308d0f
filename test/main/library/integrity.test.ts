import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { listAudit, recordAudit } from '../../../src/main/library/audit'
import { auditCsv } from '../../../src/main/library/auditLog'
import { backUp } from '../../../src/main/library/backup'
import { addCase, getCase } from '../../../src/main/library/cases'
import { listFindings } from '../../../src/main/library/findings'
import { verifyLibrary } from '../../../src/main/library/integrity'
import type { Library } from '../../../src/main/library/library'
import { currentModel, registerModel } from '../../../src/main/library/models'
import { libraryPaths } from '../../../src/main/library/paths'
import { repairLibrary } from '../../../src/main/library/repair'
import { addRevision } from '../../../src/main/library/revisions'
import { storageUse } from '../../../src/main/library/storage'
import { temporaryFolder } from '../../temporaryFolder'
import { modelFolder, temporaryLibrary } from './fixtures'
import { newCase, smallLabels } from './samples'

async function filled(library = temporaryLibrary()): Promise<{ library: Library; id: string; revisions: string[] }> {
  const { id } = await addCase(library, newCase())
  const revisions: string[] = []
  for (const voxel of [3, 4]) {
    const { id: revision } = await addRevision(library, {
      caseId: id,
      parent: revisions.at(-1) ?? null,
      origin: 'reader',
      model: null,
      statuses: voxel === 4 ? { liver: 'corrected', spleen: 'absent' } : { liver: 'corrected' },
      edited: [],
      labels: smallLabels({ [voxel]: 1 }),
    })
    revisions.push(revision)
  }
  for (const network of ['one', 'two']) {
    await registerModel(library, modelFolder({ network }), { promoted: true, verdict: network })
  }
  return { library, id, revisions }
}

describe('verify', () => {
  it('finds nothing in a whole library, and every file that is not as it was written', async () => {
    const { library, id, revisions } = await filled()
    expect(await verifyLibrary(library)).toEqual({ cases: 1, revisions: 2, models: 2, faults: [] })
    const { root } = library
    const image = libraryPaths.image(root, id)
    const bytes = readFileSync(image)
    writeFileSync(image, bytes.subarray(0, bytes.length - 20))
    rmSync(libraryPaths.labels(root, id, revisions[0]))
    writeFileSync(libraryPaths.source(root, id), '{')
    writeFileSync(join(libraryPaths.model(root, 'flare', 2), 'network.onnx'), 'other')
    writeFileSync(libraryPaths.labels(root, id, 'orphan'), 'whole')
    mkdirSync(libraryPaths.model(root, 'flare', 9))
    writeFileSync(join(libraryPaths.model(root, 'flare', 1), 'model.json'), '{}')
    writeFileSync(libraryPaths.reading(root, id), '{')
    const { faults } = await verifyLibrary(library)
    expect(faults.map(({ kind, path }) => [kind, path?.split('/').at(-1)])).toEqual([
      ['image', 'image.nii.gz'],
      ['source', 'source.json'],
      ['reading', 'reading.json'],
      ['labels', `${revisions[0]}.nii.gz`],
      ['model', 'model.json'],
      ['model', 'network.onnx'],
      ['left-over', 'orphan.nii.gz'],
      ['left-over', '9'],
    ])
  })

  it('tells a map of uncertainty that is not what was packed', async () => {
    const { library, id } = await filled()
    const { id: revision } = await addRevision(library, {
      caseId: id,
      parent: null,
      origin: 'model',
      model: 'flare@2',
      statuses: {},
      edited: [],
      labels: smallLabels({ 5: 1 }),
      uncertainty: new Uint8Array(64).fill(7),
    })
    expect((await verifyLibrary(library)).faults).toEqual([])
    const path = libraryPaths.uncertainty(library.root, id, revision)
    const bytes = readFileSync(path)
    bytes[bytes.length - 6] ^= 1
    writeFileSync(path, bytes)
    expect((await verifyLibrary(library)).faults).toMatchObject([{ kind: 'uncertainty', subject: id }])
  })
})

describe('repair', () => {
  it('takes files from a backup, and is done', async () => {
    const { library, id, revisions } = await filled()
    const backup = join(temporaryFolder(), 'Sicherung')
    const first = await backUp(library, backup)
    expect(first.kept).toBe(0)
    // Again, only what can change is copied.
    expect((await backUp(library, backup)).kept).toBeGreaterThan(4)
    for (const revision of revisions) rmSync(libraryPaths.labels(library.root, id, revision))
    writeFileSync(libraryPaths.image(library.root, id), 'half')
    const { done, left } = await repairLibrary(library, { from: backup })
    expect(left).toEqual([])
    expect(done).toHaveLength(3)
    expect(getCase(library, id).revision).toBe(revisions[1])
    expect(listAudit(library)[0].action).toBe('repair')
    const copy = temporaryLibrary({ access: 'onlooker' }, backup)
    expect((await verifyLibrary(copy)).faults).toEqual([])
  })

  it('without one shows the newest whole labels and model, and puts aside what nothing points to', async () => {
    const { library, id, revisions } = await filled()
    const { root } = library
    rmSync(libraryPaths.labels(root, id, revisions[1]))
    rmSync(join(libraryPaths.model(root, 'flare', 2), 'network.onnx'))
    // Whole and newer, but of another schema: no stand-in.
    const hippo = modelFolder({ name: 'a-hippo', schema: 'hippocampus' })
    await registerModel(library, hippo, { promoted: true, use: false, verdict: 'whole' })
    writeFileSync(libraryPaths.labels(root, id, 'orphan'), 'whole')
    library.database.run('DELETE FROM findings')
    const { done, left } = await repairLibrary(library)
    expect(done).toHaveLength(4)
    expect(left.map(({ kind }) => kind)).toEqual(['labels', 'model'])
    expect(getCase(library, id)).toMatchObject({ revision: revisions[0], statuses: { liver: 'corrected' } })
    expect(getCase(library, id).statuses['spleen']).toBeUndefined()
    expect(currentModel(library)).toMatchObject({ name: 'flare', version: 1 })
    expect(existsSync(join(root, 'lost+found', 'cases', id, 'labels', 'orphan.nii.gz'))).toBe(true)
    expect(listFindings(library, id).find(({ structure }) => structure === 'liver')?.volumeMl).toBeGreaterThan(0)
  })
})

describe('a model of which not all is whole', () => {
  it('gives way where it cannot be used, and stays where its curve alone is damaged', async () => {
    const library = temporaryLibrary()
    for (const network of ['one', 'two']) {
      const folder = modelFolder({ network })
      writeFileSync(join(folder, 'curve.csv'), 'step,loss')
      await registerModel(library, folder, { promoted: true, verdict: network })
    }
    const second = libraryPaths.model(library.root, 'flare', 2)
    writeFileSync(join(second, 'curve.csv'), 'step')
    expect((await repairLibrary(library)).left).toMatchObject([{ kind: 'model', what: 'its checksum differs' }])
    expect(currentModel(library)?.version).toBe(2)
    writeFileSync(join(second, 'model.json'), '{}')
    await repairLibrary(library)
    expect(currentModel(library)?.version).toBe(1)
  })
})

describe('what is on the disk and on record', () => {
  it('tells what a library takes', async () => {
    const { library, id } = await filled()
    const use = await storageUse(library)
    expect(use.images).toBe(readFileSync(libraryPaths.image(library.root, id)).length)
    for (const kind of ['labels', 'models', 'database'] as const) expect(use[kind]).toBeGreaterThan(0)
    expect(use.uncertainty).toBe(0)
  })

  it('writes the audit as CSV that no spreadsheet runs', () => {
    const library = temporaryLibrary()
    recordAudit(library, 'export', 'a"b', '=HYPERLINK("x")')
    const [header, row, ...rest] = [...auditCsv(library)]
    expect(header.trim().split(',').slice(0, 6)).toEqual(['id', 'at', 'who', 'action', 'subject', 'outcome'])
    expect(row).toContain(',reader,export,"a""b","\'=HYPERLINK(""x"")",')
    expect(rest).toEqual([])
  })
})
