import { describe, expect, it } from 'vitest'
import { brokenAuditLink, checkAudit, recordAudit } from '../../../src/main/library/audit'
import { auditCsv, auditNames, auditPage } from '../../../src/main/library/auditLog'
import { addCase } from '../../../src/main/library/cases'
import { leftOutOfExport } from '../../../src/main/library/heldBack'
import type { Library } from '../../../src/main/library/library'
import { setMember } from '../../../src/main/library/members'
import { setStatus } from '../../../src/main/library/reviews'
import { addRevision } from '../../../src/main/library/revisions'
import { askSecondReading } from '../../../src/main/library/secondReading'
import type { AuditFilter } from '../../../src/shared/site'
import { temporaryLibrary } from './fixtures'
import { newCase, smallLabels } from './samples'

const page = (library: Library, filter: AuditFilter = {}, offset = 0, limit = 100, upTo: number | null = null) =>
  auditPage(library, { filter, upTo, offset, limit })

describe('the audit, page by page', () => {
  it('comes newest first, and keeps its places while others write', () => {
    const library = temporaryLibrary()
    for (let n = 1; n <= 25; n++) recordAudit(library, 'view', `case ${n}`, 'opened')
    const first = page(library, {}, 0, 10)
    expect(first).toMatchObject({ total: 25, upTo: 25 })
    expect(first.entries.map(({ id }) => id)).toEqual([25, 24, 23, 22, 21, 20, 19, 18, 17, 16])
    recordAudit(library, 'view', 'case 26', 'opened')
    const second = page(library, {}, 10, 10, first.upTo)
    expect(second.total).toBe(25)
    expect(second.entries[0].id).toBe(15)
  })

  it('is filtered by case, also by its title, by user, action and outcome', async () => {
    const anna = temporaryLibrary({ user: 'anna' })
    const { id } = await addCase(anna, newCase(1, 'Abdomen 100% portal'))
    recordAudit({ ...anna, user: 'bert' }, 'export', id, 'as NIfTI')
    recordAudit(anna, 'export', 'another', 'as DICOM_SEG')
    expect(page(anna, { subject: id.slice(0, 5) }).total).toBe(2)
    expect(page(anna, { subject: '100% portal' }).total).toBe(2)
    expect(page(anna, { subject: '10_%' }).total).toBe(0)
    expect(page(anna, { who: 'bert' }).entries).toMatchObject([{ who: 'bert', action: 'export' }])
    expect(page(anna, { action: 'export', outcome: 'nifti' }).total).toBe(1)
    expect(page(anna, { outcome: 'm_s' }).total).toBe(1)
    expect(auditNames(anna)).toEqual({ users: ['anna', 'bert'], actions: ['export', 'import'] })
    expect([...auditCsv(anna, { who: 'bert' })]).toHaveLength(2)
  })
})

describe('the audit of a case that is read a second time', () => {
  const pause = (): Promise<void> => new Promise((settle) => setTimeout(settle, 2))

  it('holds back what tells of the first reading, whatever it is filtered by, until the second is complete', async () => {
    const anna = temporaryLibrary({ user: 'anna' })
    const [bert, clara] = ['bert', 'clara'].map((user): Library => ({ ...anna, user }))
    const { id } = await addCase(anna, newCase())
    recordAudit(clara, 'view', id, 'opened')
    await pause()
    const revision = {
      caseId: id,
      parent: null,
      origin: 'reader',
      model: null,
      edited: [],
      labels: smallLabels(),
    } as const
    await addRevision(anna, { ...revision, statuses: { liver: 'corrected' } })
    recordAudit(clara, 'export', id, 'as NIfTI')
    recordAudit(anna, 'view', 'another case', 'opened')
    await askSecondReading(anna, id, 'teaching')
    recordAudit(bert, 'view', id, 'opened')

    const toldTo = (library: Library): string[] =>
      page(library).entries.map(({ who, action, subject }) => `${who} ${action} ${subject === id ? 'it' : subject}`)
    expect(page(anna)).toMatchObject({ total: 9, heldBack: 0 })
    expect(toldTo(bert)).toEqual(['bert view it', 'anna view another case', 'clara view it', 'anna import it'])
    expect(page(bert)).toMatchObject({ total: 4, heldBack: 5 })
    for (const filter of [{ who: 'anna' }, { action: 'edit' }, { subject: id }]) {
      expect(page(bert, filter).heldBack).toBe(5)
    }
    expect(page(bert, { action: 'edit' }).entries).toEqual([])
    expect(auditNames(bert)).toEqual({ users: ['anna', 'bert', 'clara'], actions: ['import', 'view'] })
    expect([...auditCsv(bert, {}, leftOutOfExport(bert))]).toHaveLength(5)
    expect(await checkAudit(bert)).toEqual({ entries: 9, broken: null })

    // An administrator may be the one who reads; what they take along is whole all the same, as somebody has to have it.
    setMember(bert, 'bert', 'administrator')
    expect(page(bert)).toMatchObject({ total: 5, heldBack: 5 })
    expect([...auditCsv(bert, {}, leftOutOfExport(bert))]).toHaveLength(11)
    setMember(bert, 'clara', 'arbiter')
    expect(leftOutOfExport(clara)).toHaveLength(5)

    setStatus(bert, id, 'liver', 'accepted')
    expect(page(bert)).toMatchObject({ total: 12, heldBack: 0 })
  })
})

describe('the check of the chain', () => {
  it('counts the entries of a whole one, and names the first that is not as it was written', async () => {
    const library = temporaryLibrary()
    expect(await checkAudit(library)).toEqual({ entries: 0, broken: null })
    library.database.transaction(() => {
      for (let n = 0; n < 1234; n++) recordAudit(library, 'view', 'x', `${n}`)
    })
    expect(await checkAudit(library)).toEqual({ entries: 1234, broken: null })
    library.database.script('DROP TRIGGER audit_stays; DROP TRIGGER audit_lasts')
    library.database.run("UPDATE audit SET outcome = 'nothing' WHERE id = 1111")
    const { at } = library.database.get<{ at: string }>('SELECT at FROM audit WHERE id = 1111')!
    expect(await checkAudit(library)).toEqual({ entries: 1110, broken: { id: 1111, at } })
    library.database.run('DELETE FROM audit WHERE id = 500')
    expect((await checkAudit(library)).broken?.id).toBe(501)
    expect(brokenAuditLink(library)).toBe(501)
  })
})
