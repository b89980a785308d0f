import { describe, expect, it } from 'vitest'
import { listAudit } from '../../../src/main/library/audit'
import { addCase, getCase, listCases, setRole } from '../../../src/main/library/cases'
import { openLibrary, type Library } from '../../../src/main/library/library'
import { listMembers, ownRole, setMember, turnRolesOff } from '../../../src/main/library/members'
import { nextCase } from '../../../src/main/library/nextCase'
import { addNote, rejectStructure, reopenCase } from '../../../src/main/library/notes'
import { setStatus } from '../../../src/main/library/reviews'
import { arbitrate, askSecondReading } from '../../../src/main/library/secondReading'
import { allNotes } from '../../../src/main/library/visibleNotes'
import { temporaryLibrary } from './fixtures'
import { labelled } from './labelling'
import { newCase } from './samples'

/** So many voxels of the liver. */
const livers = (count: number): Record<number, number> =>
  Object.fromEntries(Array.from({ length: count }, (_, voxel) => [voxel, 1]))

const allOthers = (library: Library, caseId: string, open: readonly string[]): void => {
  for (const name of ['liver', 'spleen', 'pancreas', 'aorta']) {
    if (!open.includes(name)) setStatus(library, caseId, name, 'accepted')
  }
}

describe('the next case', () => {
  it('is the one that the strategy asks for', async () => {
    const library = temporaryLibrary()
    const calm = await labelled(library, 1, { doubt: { liver: 0.1 }, disagreement: { liver: 0.2, spleen: 0.3 } })
    const unsure = await labelled(library, 2, { doubt: { liver: 0.2, spleen: 0.9 }, disagreement: { liver: 0.1 } })
    const fresh = await labelled(library, 3)
    const { id: bare } = await addCase(library, newCase(4))
    // Rows that were imported within one millisecond have no order of their own.
    library.database.run(
      "UPDATE cases SET imported_at = '2026-01-0' || instr(?, id)",
      [calm, unsure, fresh, bare].join(''),
    )

    expect(nextCase(library, 'uncertain')).toEqual({ caseId: unsure, structure: 'spleen', value: 0.9 })
    expect(nextCase(library, 'uncertain', { not: [unsure] })).toEqual({ caseId: calm, structure: 'liver', value: 0.1 })
    expect(nextCase(library, 'disagreement')).toEqual({ caseId: calm, structure: 'spleen', value: 0.3 })
    setStatus(library, unsure, 'spleen', 'corrected')
    setStatus(library, calm, 'spleen', 'rejected')
    expect(nextCase(library, 'uncertain')).toMatchObject({ caseId: unsure, structure: 'liver' })
    expect(nextCase(library, 'disagreement')).toMatchObject({ caseId: calm, structure: 'liver' })
    expect(nextCase(library, 'first')).toMatchObject({ caseId: calm })
    expect(nextCase(library, 'random', { random: () => 0.5 })?.caseId).toBe(fresh)
    expect(nextCase(library, 'random', { random: () => 0.99 })?.caseId).toBe(bare)
    allOthers(library, calm, [])
    // Nobody verified an esophagus, and the oldest case has one to verify.
    expect(nextCase(library, 'structures')).toMatchObject({ caseId: calm, value: 0 })
  })

  it('is an uncertain one more often than a sure one, where they are mixed', async () => {
    const library = temporaryLibrary()
    const doubts = [0.1, 0.4, 0.2, 0.3]
    const ids = new Map<number, string>()
    for (const [seed, spleen] of doubts.entries()) {
      ids.set(spleen, await labelled(library, seed, { doubt: { spleen, liver: spleen / 2 } }))
    }
    await labelled(library, 9)
    const doubtful = (doubt: number): string => ids.get(doubt) ?? ''
    const drawn = (at: number, ...not: string[]) => nextCase(library, 'mixed', { random: () => at, not })
    // Odds of 12, 6, 4 and 3 in 25.
    expect(drawn(0)).toEqual({ caseId: ids.get(0.4), structure: 'spleen', value: 0.4 })
    const places = Array.from({ length: 25 }, (_, n) => drawn((n + 0.5) / 25)?.value)
    expect([0.4, 0.3, 0.2, 0.1].map((doubt) => places.filter((value) => value === doubt).length)).toEqual([12, 6, 4, 3])
    expect(drawn(0, doubtful(0.4))?.caseId).toBe(doubtful(0.3))
    expect(drawn(0.999_999)?.caseId).toBe(ids.get(0.1))
  })

  it('is the volume that no other case has', async () => {
    const library = temporaryLibrary()
    for (const [seed, count] of [20, 21, 22, 23, 24].entries()) await labelled(library, seed, { ids: livers(count) })
    const huge = await labelled(library, 10, { ids: livers(150) })
    expect(nextCase(library, 'implausible')).toMatchObject({ caseId: huge, structure: 'liver' })
    setStatus(library, huge, 'liver', 'accepted')
    expect(nextCase(library, 'implausible')?.caseId).not.toBe(huge)
  })

  it('is none where nothing is left to review', async () => {
    const library = temporaryLibrary()
    for (const strategy of ['first', 'random', 'uncertain', 'mixed', 'structures'] as const) {
      expect(nextCase(library, strategy)).toBeNull()
    }
    await labelled(library, 1)
    expect(nextCase(library, 'disagreement')?.value).toBeNull()
    expect(nextCase(library, 'mixed')?.value).toBeNull()
  })
})

describe('what is said of a case', () => {
  it('is on record: comments, flags, rejections and reopening, each with who and when', async () => {
    const library = temporaryLibrary()
    const id = await labelled(library, 1)
    addNote(library, id, { kind: 'comment', text: ' a cyst? ', structure: 'liver' })
    addNote(library, id, { kind: 'flag', text: '' })
    expect(getCase(library, id).facts).toMatchObject({ comments: 1, flagged: true })
    addNote(library, id, { kind: 'unflag', text: '' })
    rejectStructure(library, id, 'spleen', 'it is the stomach')
    setStatus(library, id, 'liver', 'corrected')
    expect(reopenCase(library, id, 'asked by the referrer')).toEqual(['liver'])
    expect(listCases(library)[0]).toMatchObject({
      statuses: { liver: 'unreviewed', spleen: 'rejected' },
      facts: { comments: 1, flagged: false },
    })
    expect(allNotes(library, id).map(({ kind, structure, text, author }) => [kind, structure, text, author])).toEqual([
      ['comment', 'liver', 'a cyst?', 'reader'],
      ['flag', null, '', 'reader'],
      ['unflag', null, '', 'reader'],
      ['reject', 'spleen', 'it is the stomach', 'reader'],
      ['reopen', 'liver', 'asked by the referrer', 'reader'],
    ])
    expect(listAudit(library, { subject: id }).map(({ action }) => action)).toContain('reopen')
    expect(() => addNote(library, id, { kind: 'comment', text: ' ' })).toThrow('needs a few words')
    expect(() => rejectStructure(library, id, 'liver', '')).toThrow('needs a few words')
    expect(getCase(library, id).statuses['liver']).toBe('unreviewed')
    expect(() => reopenCase(library, id, 'again')).toThrow('nothing verified')
    expect(() => library.database.run('DELETE FROM notes')).toThrow('append-only')
  })
})

describe('a held-out case', () => {
  it('is opened again, rejected and read a second time by arbiters alone, where roles are on', async () => {
    const anna = temporaryLibrary({ user: 'anna' })
    const bert: Library = { ...anna, user: 'bert' }
    const id = await labelled(anna, 1, { ids: { 0: 1 } })
    setStatus(anna, id, 'liver', 'accepted')
    setRole(anna, id, 'hold-out')
    setMember(anna, 'anna', 'administrator')
    expect(() => reopenCase(bert, id, 'why not')).toThrow('bert may not open it again')
    expect(() => rejectStructure(bert, id, 'liver', 'why not')).toThrow('bert may not reject liver')
    await expect(askSecondReading(bert, id, 'why not')).rejects.toThrow('that takes an arbiter')
    expect(getCase(anna, id).statuses.liver).toBe('accepted')
    // What nobody verified is not scored anyway.
    rejectStructure(bert, id, 'spleen', 'it is the stomach')
    setMember(anna, 'bert', 'arbiter')
    expect(reopenCase(bert, id, 'the capsule')).toEqual(['liver'])
  })
})

describe('roles', () => {
  it('are off until somebody names an administrator, and then refuse on record', async () => {
    const library = temporaryLibrary({ user: 'anna' })
    expect(() => setMember(library, 'bert', 'reader')).toThrow('no administrator')
    expect(listMembers(library)).toEqual([])
    setMember(library, 'anna', 'administrator')
    setMember(library, 'bert', 'arbiter')
    const bert: Library = { ...library, user: 'bert' }
    expect(() => setMember(bert, 'bert', 'administrator')).toThrow('bert may not change roles')
    expect(listAudit(library)[0]).toMatchObject({ who: 'bert', action: 'refused' })
    await expect(arbitrate({ ...library, user: 'new' }, 'x', {}, 'y')).rejects.toThrow('may not arbitrate')
    await expect(arbitrate(bert, 'x', {}, 'y')).rejects.toThrow('no case x')
    expect(() => setMember(library, 'anna', null)).toThrow('no administrator')
    setMember(library, 'bert', null)
    setMember(library, 'anna', null)
    expect(listMembers(library)).toEqual([])
  })

  it('are turned off by an administrator, for all at once', () => {
    const library = temporaryLibrary({ user: 'anna' })
    setMember(library, 'anna', 'administrator')
    setMember(library, 'bert', 'arbiter')
    expect(() => turnRolesOff({ ...library, user: 'bert' })).toThrow('bert may not turn roles off')
    turnRolesOff(library)
    expect(listMembers(library)).toEqual([])
    expect(ownRole({ ...library, user: 'bert' })).toBeNull()
    expect(listAudit(library)[0]).toMatchObject({ who: 'anna', action: 'role', outcome: 'roles are off' })
  })
})

describe('an onlooker', () => {
  it('reads beside the owner and writes nothing; that another owner was refused is on record', async () => {
    const owner = temporaryLibrary({ user: 'anna' })
    await labelled(owner, 1)
    const onlooker = temporaryLibrary({ access: 'onlooker' }, owner.root)
    expect(listCases(onlooker)).toHaveLength(1)
    expect(() => setStatus(onlooker, listCases(owner)[0].id, 'liver', 'accepted')).toThrow('for reading only')
    expect(() => openLibrary(owner.root, { user: 'bert' })).toThrow('is open already by anna')
    expect(listAudit(owner)[0]).toMatchObject({ who: 'bert', action: 'refused' })
  })

  it('makes no library where there is none', () => {
    expect(() => openLibrary('/nowhere/at all', { access: 'onlooker' })).toThrow('there is no library in')
  })
})
