import { describe, expect, it } from 'vitest'
import { listAudit } from '../../../src/main/library/audit'
import { addCase, getCase, listCases, setRole } from '../../../src/main/library/cases'
import { openLibrary, type Library } from '../../../src/main/library/library'
import { listMembers, ownRole, setMember, turnRolesOff } from '../../../src/main/library/members'
import { nextCase } from '../../../src/main/library/nextCase'
import { addNote, rejectStructure, reopenCase } from '../../../src/main/library/notes'
import { setStatus } from '../../../src/main/library/reviews'
import { siteStatistics } from '../../../src/main/library/statistics'
import { addRevision, listRevisions, readRevision } from '../../../src/main/library/revisions'
import { readingsOf } from '../../../src/main/library/readings'
import { arbitrate, askSecondReading, compareReadings, visibleHistory } from '../../../src/main/library/secondReading'
import { allNotes, visibleNotes } from '../../../src/main/library/visibleNotes'
import type { Statuses } from '../../../src/shared/labels/status'
import { temporaryLibrary } from './fixtures'
import { newCase, smallLabels } from './samples'

interface Labelling {
  readonly ids?: Readonly<Record<number, number>>
  readonly model?: string
  readonly statuses?: Statuses
  readonly doubt?: Readonly<Record<string, number>>
  readonly disagreement?: Readonly<Record<string, number>>
}

async function label(library: Library, caseId: string, labelling: Labelling, origin: 'model' | 'reader' = 'model') {
  return addRevision(library, {
    caseId,
    parent: getCase(library, caseId).revision,
    origin,
    model: labelling.model ?? 'flare@1',
    statuses: labelling.statuses ?? {},
    edited: [],
    labels: smallLabels(labelling.ids),
    findings: { doubt: labelling.doubt ?? {}, disagreement: labelling.disagreement ?? {} },
  })
}

async function labelled(library: Library, seed: number, labelling: Labelling = {}): Promise<string> {
  const { id } = await addCase(library, newCase(seed))
  await label(library, id, labelling)
  return id
}

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

describe('a second reading', () => {
  it('is blind, is compared with the first, and settled structure by structure', async () => {
    const anna = temporaryLibrary({ user: 'anna' })
    const id = await labelled(anna, 1, { ids: { 0: 1, 1: 3 } })
    await expect(askSecondReading(anna, id, 'teaching')).rejects.toThrow('nobody has read')
    const first = await label(anna, id, { ids: { 0: 1, 2: 1, 1: 3 }, statuses: { liver: 'corrected' } }, 'reader')
    setStatus(anna, id, 'spleen', 'accepted')

    const shown = await askSecondReading(anna, id, 'teaching')
    expect((await readRevision(anna, id, shown.id)).data).toEqual(smallLabels({ 0: 1, 1: 3 }).data)
    expect(getCase(anna, id)).toMatchObject({ revision: shown.id, facts: { reading: 'second' } })
    expect(Object.values(getCase(anna, id).statuses).filter((status) => status !== 'unreviewed')).toEqual([])
    await expect(askSecondReading(anna, id, 'again')).rejects.toThrow('already')
    await expect(compareReadings(anna, id)).rejects.toThrow('no two readings')

    const bert: Library = { ...anna, user: 'bert' }
    const seenBy = (library: Library): { ids: string[]; authors: string[] } => {
      const { revisions, reviews: all } = visibleHistory(library, id)
      const reviews = all.filter(({ status }) => status !== 'unreviewed')
      return { ids: revisions.map((one) => one.id), authors: [...new Set(reviews.map(({ author }) => author))] }
    }
    expect(seenBy(anna)).toMatchObject({ ids: expect.arrayContaining([first.id, shown.id]) as string[] })
    expect(seenBy(bert).ids).not.toContain(first.id)
    expect(seenBy(bert)).toMatchObject({ ids: expect.arrayContaining([shown.id]) as string[], authors: [] })
    await label(bert, id, { ids: { 0: 1, 1: 3, 3: 3 }, statuses: { liver: 'accepted', spleen: 'corrected' } }, 'reader')
    expect(getCase(anna, id).facts?.reading).toBe('arbitrate')
    expect(seenBy(bert)).toEqual(seenBy(anna))
    expect(readingsOf(anna, id)).toMatchObject({
      first: { readers: ['anna'], revision: first.id, statuses: { liver: 'corrected', spleen: 'accepted' } },
      second: { readers: ['bert'], statuses: { liver: 'accepted', spleen: 'corrected' } },
    })
    const agreement = await compareReadings(anna, id)
    expect(agreement.get('liver')).toEqual({ dsc: 2 / 3, first: 2, second: 1, differing: 1 })

    const clara: Library = { ...anna, user: 'clara' }
    await expect(arbitrate(clara, id, { spleen: 'second' }, 'the capsule is seen')).rejects.toThrow(
      'differ in liver, and',
    )
    const settled = await arbitrate(clara, id, { liver: 'first', spleen: 'second' }, 'the capsule is seen')
    expect((await readRevision(anna, id, settled.id)).data).toEqual(smallLabels({ 0: 1, 2: 1, 1: 3, 3: 3 }).data)
    expect(getCase(anna, id)).toMatchObject({
      reader: 'clara',
      statuses: { liver: 'corrected', spleen: 'corrected' },
      facts: { reading: null },
    })
    expect(listRevisions(anna, id)).toHaveLength(5)
    await expect(arbitrate(clara, id, {}, 'again')).rejects.toThrow('no two readings')
  })
})

describe('who may read a case a second time', () => {
  it('sees nothing of the first reading until theirs is complete: no words, no name, no figures', async () => {
    const anna = temporaryLibrary({ user: 'anna' })
    const bert: Library = { ...anna, user: 'bert' }
    const clara: Library = { ...anna, user: 'clara' }
    const id = await labelled(anna, 1, { ids: { 0: 1, 1: 3 } })
    addNote(clara, id, { kind: 'comment', text: 'is it a cyst?' })
    await new Promise((settle) => setTimeout(settle, 2))
    await addRevision(anna, {
      caseId: id,
      parent: getCase(anna, id).revision,
      origin: 'reader',
      model: 'flare@1',
      statuses: { liver: 'corrected' },
      edited: ['liver'],
      labels: smallLabels({ 0: 1, 2: 1, 1: 3 }),
      efforts: [{ structure: 'liver', voxels: 1, seconds: 5, dsc: 0.5 }],
    })
    addNote(anna, id, { kind: 'comment', text: 'not a cyst' })
    addNote(clara, id, { kind: 'comment', text: 'anna is right' })
    addNote(anna, id, { kind: 'flag', text: '' })
    await askSecondReading(anna, id, 'the liver is doubtful')

    const seen = (library: Library) => {
      const [{ reader, readers, facts }] = listCases(library)
      const texts = visibleNotes(library, id).map(({ text }) => text)
      return { reader, readers: readers?.toSorted(), score: facts?.score, comments: facts?.comments, flagged: facts?.flagged, texts } // prettier-ignore
    }
    const all = { reader: 'anna', readers: ['anna'], score: 0.5, comments: 3, flagged: true }
    expect(seen(anna)).toMatchObject(all)
    expect(siteStatistics(anna).readers).toMatchObject([{ name: 'anna' }])
    const nothing = { reader: null, readers: [], score: null, comments: 1, flagged: false, texts: ['is it a cyst?'] }
    expect(seen(bert)).toEqual(nothing)
    expect(getCase(bert, id)).toEqual(listCases(bert)[0])
    expect(siteStatistics(bert)).toEqual({ readers: [], models: [] })
    addNote(bert, id, { kind: 'comment', text: 'a cyst indeed' })
    expect(seen(bert)).toEqual({ ...nothing, comments: 2, texts: ['is it a cyst?', 'a cyst indeed'] })

    setStatus(bert, id, 'liver', 'accepted')
    expect(seen(bert)).toMatchObject({ ...all, reader: 'bert', readers: ['anna', 'bert'], comments: 4 })
    expect(seen(bert).texts).toEqual(seen(anna).texts)
    expect(
      siteStatistics(bert)
        .readers.map(({ name }) => name)
        .sort(),
    ).toEqual(['anna', 'bert'])
  })
})

describe('a second reading of who only accepts', () => {
  const people = (): { anna: Library; bert: Library; clara: Library } => {
    const anna = temporaryLibrary({ user: 'anna' })
    return { anna, bert: { ...anna, user: 'bert' }, clara: { ...anna, user: 'clara' } }
  }

  it('counts on both sides, and is complete once all that the first verified is decided', async () => {
    const { anna, bert, clara } = people()
    const id = await labelled(anna, 1, { ids: { 0: 1, 1: 3 } })
    const { revision: proposal } = getCase(anna, id)
    setStatus(bert, id, 'liver', 'accepted')
    setStatus(bert, id, 'spleen', 'accepted')
    const shown = await askSecondReading(clara, id, 'teaching')

    setStatus(anna, id, 'liver', 'accepted')
    expect(getCase(anna, id).facts?.reading).toBe('second')
    await expect(compareReadings(anna, id)).rejects.toMatchObject({ hint: expect.stringContaining('spleen') as string })
    // What the first reader says now is no second reading.
    setStatus(bert, id, 'spleen', 'accepted')
    expect(getCase(anna, id).facts?.reading).toBe('second')
    setStatus(anna, id, 'spleen', 'rejected')
    expect(getCase(anna, id).facts?.reading).toBe('arbitrate')
    expect(readingsOf(anna, id)).toEqual({
      first: { readers: ['bert'], revision: proposal, statuses: { liver: 'accepted', spleen: 'accepted' } },
      second: { readers: ['anna'], revision: shown.id, statuses: { liver: 'accepted', spleen: 'rejected' } },
      open: [],
    })
    expect((await compareReadings(anna, id)).get('liver')?.dsc).toBe(1)
    await arbitrate(clara, id, { spleen: 'first' }, 'the first is right')
    expect(getCase(anna, id)).toMatchObject({ statuses: { liver: 'accepted', spleen: 'accepted' }, facts: { reading: null } }) // prettier-ignore
  })

  it('takes what came verified with an import for read by nobody', async () => {
    const library = temporaryLibrary()
    const { id } = await addCase(library, newCase())
    const imported = { caseId: id, parent: null, origin: 'import', model: null, edited: [] } as const
    await addRevision(library, { ...imported, statuses: { liver: 'accepted' }, labels: smallLabels() })
    await expect(askSecondReading(library, id, 'teaching')).rejects.toThrow('nobody has read')
  })

  it('shows nothing of the first reader, whose masks lie in what a later model said', async () => {
    const { anna } = people()
    const id = await labelled(anna, 1, { ids: { 0: 1, 1: 3 } })
    await label(anna, id, { ids: { 5: 1, 1: 3 }, statuses: { liver: 'corrected' } }, 'reader')
    await label(anna, id, { ids: { 5: 1, 6: 3 }, statuses: { liver: 'corrected' }, model: 'flare@2' })
    const shown = await askSecondReading(anna, id, 'teaching')
    expect(shown).toMatchObject({ origin: 'model', model: 'flare@1' })
    expect((await readRevision(anna, id, shown.id)).data).toEqual(smallLabels({ 0: 1, 1: 3 }).data)
    expect(readingsOf(anna, id)?.first).toMatchObject({ readers: ['anna'], statuses: { liver: 'corrected' } })
  })

  it('shows a proposal without the masks of a reader where every proposal lies under some', async () => {
    const { anna } = people()
    const { id } = await addCase(anna, newCase())
    await label(anna, id, { ids: { 5: 1 }, statuses: { liver: 'corrected' } }, 'reader')
    await label(anna, id, { ids: { 5: 1, 6: 3 }, statuses: { liver: 'corrected' } })
    const shown = await askSecondReading(anna, id, 'teaching')
    expect((await readRevision(anna, id, shown.id)).data).toEqual(smallLabels({ 6: 3 }).data)
  })

  it('is offered to others than the first reader, and to neither once there are two', async () => {
    const { anna, bert, clara } = people()
    const id = await labelled(anna, 1, { ids: { 0: 1 }, doubt: { liver: 0.5 } })
    setStatus(anna, id, 'liver', 'accepted')
    await askSecondReading(anna, id, 'teaching')
    for (const strategy of ['first', 'random', 'uncertain', 'mixed', 'implausible', 'structures'] as const) {
      expect(nextCase(anna, strategy)).toBeNull()
      expect(nextCase(bert, strategy)?.caseId).toBe(id)
    }
    setStatus(bert, id, 'liver', 'corrected')
    expect(nextCase(bert, 'first')).toBeNull()
    expect(nextCase(clara, 'first')?.caseId).toBe(id)
  })

  it('is settled by no reader of it where roles are on, and not where somebody changes the case meanwhile', async () => {
    const { anna, bert, clara } = people()
    const id = await labelled(anna, 1, { ids: { 0: 1 } })
    setStatus(anna, id, 'liver', 'accepted')
    await askSecondReading(anna, id, 'teaching')
    setStatus(bert, id, 'liver', 'accepted')
    setMember(anna, 'anna', 'administrator')
    setMember(anna, 'bert', 'arbiter')
    setMember(anna, 'clara', 'arbiter')
    await expect(arbitrate(anna, id, {}, 'mine')).rejects.toThrow('one of the readings is theirs')
    await expect(arbitrate(bert, id, {}, 'mine')).rejects.toThrow('one of the readings is theirs')
    expect(listAudit(anna)[0]).toMatchObject({ who: 'bert', action: 'refused', subject: id })

    const late = arbitrate(clara, id, {}, 'both say so')
    setStatus(bert, id, 'liver', 'rejected')
    await expect(late).rejects.toThrow('was changed meanwhile')
    expect(getCase(anna, id)).toMatchObject({ statuses: { liver: 'rejected' }, facts: { reading: 'arbitrate' } })
    turnRolesOff(anna)
    await arbitrate(bert, id, { liver: 'second' }, 'alone here')
    expect(getCase(anna, id).facts?.reading).toBeNull()
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
