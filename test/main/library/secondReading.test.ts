import { describe, expect, it } from 'vitest'
import { listAudit } from '../../../src/main/library/audit'
import { addCase, getCase, listCases } from '../../../src/main/library/cases'
import type { Library } from '../../../src/main/library/library'
import { setMember, turnRolesOff } from '../../../src/main/library/members'
import { nextCase } from '../../../src/main/library/nextCase'
import { addNote } from '../../../src/main/library/notes'
import { setStatus } from '../../../src/main/library/reviews'
import { siteStatistics } from '../../../src/main/library/statistics'
import { addRevision, listRevisions, readRevision } from '../../../src/main/library/revisions'
import { readingsOf } from '../../../src/main/library/readings'
import { arbitrate, askSecondReading, compareReadings, visibleHistory } from '../../../src/main/library/secondReading'
import { visibleNotes } from '../../../src/main/library/visibleNotes'
import { temporaryLibrary } from './fixtures'
import { label, labelled } from './labelling'
import { newCase, smallLabels } from './samples'

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
