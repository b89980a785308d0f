import { mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { brokenAuditLink, checkAudit, listAudit, recordAudit } from '../../../src/main/library/audit'
import { addCase, listCases } from '../../../src/main/library/cases'
import { listFindings } from '../../../src/main/library/findings'
import { newId } from '../../../src/main/library/ids'
import { addJob, listJobs, saveJob } from '../../../src/main/library/jobsTable'
import { openLibrary, putOnRecord, type Library } from '../../../src/main/library/library'
import { migrate, SCHEMA_VERSION, schemaVersion } from '../../../src/main/library/migrations'
import { libraryPaths } from '../../../src/main/library/paths'
import { addRevision } from '../../../src/main/library/revisions'
import { temporaryFolder } from '../../temporaryFolder'
import { temporaryLibrary } from './fixtures'
import { newCase, smallLabels } from './samples'

describe('openLibrary', () => {
  it('creates a library where there is none and finds everything again after closing', async () => {
    const root = join(temporaryFolder(), 'new', 'library')
    const first = openLibrary(root)
    await addCase(first, newCase())
    expect(schemaVersion(first.database)).toBe(SCHEMA_VERSION)
    first.close()
    const again = temporaryLibrary({}, root)
    expect(listCases(again)).toHaveLength(1)
    expect(again.recovery).toEqual({ removed: [], interruptedJobs: 0, missing: [] })
  })

  it('refuses a second owner and names the first; a guest may read and write beside it', async () => {
    const owner = temporaryLibrary()
    expect(() => openLibrary(owner.root)).toThrow(`is open already by reader on`)
    const guest = temporaryLibrary({ access: 'guest' }, owner.root)
    await addCase(guest, newCase())
    expect(listCases(owner)).toHaveLength(1)
    owner.close()
    openLibrary(owner.root).close()
  })

  it('refuses a library of a newer Emend and a file that is no database', () => {
    const root = temporaryFolder()
    const library = openLibrary(root)
    library.database.run("INSERT INTO migrations (version, at) VALUES (99, 'later')")
    library.close()
    expect(() => openLibrary(root)).toThrow('made by a newer Emend')

    const other = temporaryFolder()
    writeFileSync(libraryPaths.database(other), 'This is no database. '.repeat(100))
    expect(() => openLibrary(other)).toThrow('it is not a database')
    // A refused library is not left locked.
    expect(() => openLibrary(other)).toThrow('it is not a database')
  })

  it('says so in one line where the folder cannot be made', () => {
    const file = join(temporaryFolder(), 'a file')
    writeFileSync(file, '')
    expect(() => openLibrary(join(file, 'library'))).toThrow('cannot create a library in')
  })
})

describe('what an onlooker puts on record', () => {
  it('is written beside the owner, and not at all where the library cannot be', () => {
    const owner = temporaryLibrary()
    const onlooker = temporaryLibrary({ access: 'onlooker', user: 'anna' }, owner.root)
    const write = (library: Library): void => recordAudit(library, 'export', null, 'statistics')
    expect(() => write(onlooker)).toThrow('open for reading only')
    expect([putOnRecord(onlooker, write), putOnRecord(owner, write)]).toEqual([true, true])
    expect(listAudit(owner).map(({ who }) => who)).toEqual(['reader', 'anna'])
    expect(brokenAuditLink(owner)).toBeNull()
    expect(putOnRecord({ ...onlooker, root: join(owner.root, 'gone') }, write)).toBe(false)
  })
})

describe('recovery', () => {
  it('removes half-written files, fails the jobs of a dead process, and reports files that are gone', async () => {
    const library = openLibrary(temporaryFolder())
    const { root } = library
    const { id } = await addCase(library, newCase())
    const kept = await addRevision(library, {
      caseId: id,
      parent: null,
      origin: 'model',
      model: null,
      statuses: {},
      edited: [],
      labels: smallLabels(),
    })
    const running = addJob(library, { kind: 'learn', title: 'Learn', caseId: null })
    saveJob(library, { ...running, state: 'running' })
    library.database.run('UPDATE cases SET revision = NULL')
    const temporary = join(libraryPaths.allLabels(root, id), '.x.nii.gz.0a1b.tmp')
    writeFileSync(temporary, 'half')
    const incoming = join(libraryPaths.models(root), 'flare', '.incoming-1')
    mkdirSync(incoming, { recursive: true })
    writeFileSync(join(incoming, 'network.onnx'), 'half')
    const fetched = join(root, '.incoming-fetch')
    mkdirSync(fetched)
    writeFileSync(join(fetched, 'slice.dcm'), 'identified')
    const orphan = join(libraryPaths.allLabels(root, id), 'orphan.nii.gz')
    writeFileSync(orphan, 'whole')
    library.database.run(
      `INSERT INTO cases SELECT 'gone', 'hash', title, modality, description, dims, affine, schema, warnings, role,
         imported_at, imported_by, NULL, reader, statuses, changed_at, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL FROM cases`,
    )
    library.close()

    const again = temporaryLibrary({}, root)
    expect(new Set(again.recovery?.removed)).toEqual(new Set([temporary, incoming, fetched]))
    expect(again.recovery?.interruptedJobs).toBe(1)
    expect(again.recovery?.missing).toEqual([libraryPaths.image(root, 'gone'), libraryPaths.source(root, 'gone')])
    expect(listJobs(again)[0]).toMatchObject({ state: 'failed', outcome: 'interrupted' })
    expect(readdirSync(libraryPaths.allLabels(root, id)).sort()).toEqual([`${kept.id}.nii.gz`, 'orphan.nii.gz'].sort())
  })
})

describe('audit', () => {
  it('finds the entry that was altered, and the place where one was removed', () => {
    const library = temporaryLibrary()
    for (const subject of ['a', 'b', 'c']) recordAudit(library, 'export', subject, 'done')
    expect(brokenAuditLink(library)).toBeNull()
    expect(listAudit(library).map((entry) => entry.subject)).toEqual(['c', 'b', 'a'])
    expect(listAudit(library)[0]).toMatchObject({ who: 'reader', action: 'export', outcome: 'done' })
    expect(() => library.database.run("UPDATE audit SET who = 'nobody'")).toThrow('append-only')

    library.database.script('DROP TRIGGER audit_stays; DROP TRIGGER audit_lasts')
    library.database.run("UPDATE audit SET who = 'nobody' WHERE id = 2")
    expect(brokenAuditLink(library)).toBe(2)
    library.database.run('DELETE FROM audit WHERE id = 2')
    expect(brokenAuditLink(library)).toBe(3)
  })

  it('finds that its end is gone, also when others came after it', async () => {
    const library = temporaryLibrary()
    for (const subject of ['a', 'b', 'c']) recordAudit(library, 'export', subject, 'done')
    library.database.script('DROP TRIGGER audit_stays; DROP TRIGGER audit_lasts')
    library.database.run('DELETE FROM audit WHERE id > 1')
    expect(await checkAudit(library)).toEqual({ entries: 1, broken: { id: 2, at: null } })
    recordAudit(library, 'export', 'd', 'done')
    expect(brokenAuditLink(library)).toBe(4)

    const other = temporaryLibrary()
    recordAudit(other, 'export', 'a', 'done')
    other.database.script('DROP TRIGGER audit_stays; DROP TRIGGER audit_lasts')
    other.database.run('DELETE FROM audit')
    expect(await checkAudit(other)).toEqual({ entries: 0, broken: { id: 1, at: null } })
  })

  it('takes what others write while it is checked for no gap', async () => {
    const library = temporaryLibrary()
    for (let n = 0; n < 600; n++) recordAudit(library, 'export', `${n}`, 'done')
    const checked = checkAudit(library)
    for (let n = 0; n < 5; n++) recordAudit(library, 'export', `later ${n}`, 'done')
    expect((await checked).broken).toBeNull()
  })

  it('of an older library ends where it ended when that was brought up to date', () => {
    const library = temporaryLibrary()
    recordAudit(library, 'export', 'a', 'done')
    const before = SCHEMA_VERSION - 5
    library.database.script(
      `DROP INDEX reviews_of_author; DROP INDEX cases_by_series; ALTER TABLE cases DROP COLUMN series_uid; ALTER TABLE cases DROP COLUMN study_date;
       DROP TRIGGER audit_grows; DROP TABLE audit_end; DROP TABLE model_files; DROP TABLE former_labels;
       DELETE FROM migrations WHERE version > ${before}`,
    )
    migrate(library.database, 'library.db')
    expect(brokenAuditLink(library)).toBeNull()
    recordAudit(library, 'export', 'b', 'done')
    expect(brokenAuditLink(library)).toBeNull()
  })
})

describe('findings', () => {
  it('of an older library stay when it is brought up to date, without the indexes that nothing asked', async () => {
    const library = temporaryLibrary()
    const { id } = await addCase(library, newCase())
    library.database.script(
      `DROP INDEX reviews_of_author; DROP TABLE findings;
       CREATE TABLE findings (case_id TEXT NOT NULL REFERENCES cases (id), structure TEXT NOT NULL, volume_ml REAL NOT NULL,
         doubt REAL, disagreement REAL, PRIMARY KEY (case_id, structure)) STRICT;
       CREATE INDEX findings_by_doubt ON findings (doubt);
       DELETE FROM migrations WHERE version = ${SCHEMA_VERSION}`,
    )
    library.database.run('INSERT INTO findings VALUES (?, ?, 12.5, 0.25, NULL)', id, 'liver')
    migrate(library.database, 'library.db')
    expect(listFindings(library, id)).toEqual([
      { caseId: id, structure: 'liver', volumeMl: 12.5, doubt: 0.25, disagreement: null },
    ])
    expect(library.database.all("SELECT name FROM sqlite_master WHERE name LIKE 'findings_by%'")).toEqual([])
  })
})

describe('ids', () => {
  it('sort in the order in which they were made and are fit for file names', () => {
    const ids = Array.from({ length: 500 }, newId)
    expect([...ids].sort()).toEqual(ids)
    expect(new Set(ids).size).toBe(500)
    for (const id of ids) expect(id).toMatch(/^[0-9a-z]{17}$/)
  })
})
