import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { describe, expect, it } from 'vitest'
import { addCase } from '../../../src/main/library/cases'
import { appendJournal, hasUnsavedEdits, readJournal, replaceJournal } from '../../../src/main/library/journal'
import type { Library } from '../../../src/main/library/library'
import { libraryPaths } from '../../../src/main/library/paths'
import { addRevision } from '../../../src/main/library/revisions'
import { temporaryLibrary } from './fixtures'
import { newCase, smallLabels } from './samples'

const bytes = (text: string): Uint8Array => Buffer.from(text)

async function caseWithRevision(): Promise<{ library: Library; caseId: string; revision: string; path: string }> {
  const library = temporaryLibrary()
  const { id: caseId } = await addCase(library, newCase())
  const { id: revision } = await revise(library, caseId, null)
  return { library, caseId, revision, path: libraryPaths.journal(library.root, caseId) }
}

function revise(library: Library, caseId: string, parent: string | null) {
  return addRevision(library, { caseId, parent, origin: 'reader', model: null, statuses: {}, edited: [], labels: smallLabels() }) // prettier-ignore
}

async function textsOf(library: Library, caseId: string): Promise<string[] | null> {
  const journal = await readJournal(library, caseId)
  return journal && journal.edits.map((edit) => Buffer.from(edit).toString())
}

describe('the journal of a case', () => {
  it('has the edits in their order, and none before the first', async () => {
    const { library, caseId, revision } = await caseWithRevision()
    expect(await readJournal(library, caseId)).toBeNull()
    expect(hasUnsavedEdits(library, caseId)).toBe(false)
    await appendJournal(library, caseId, revision, [bytes('one')])
    expect(hasUnsavedEdits(library, caseId)).toBe(true)
    await appendJournal(library, caseId, revision, [bytes(''), bytes('three')])
    expect(await textsOf(library, caseId)).toEqual(['one', '', 'three'])
  })

  it('cut off anywhere, still has every edit that was whole', async () => {
    const { library, caseId, revision, path } = await caseWithRevision()
    await appendJournal(library, caseId, revision, [bytes('first')])
    const afterFirst = readFileSync(path).length
    await appendJournal(library, caseId, revision, [bytes('second')])
    const whole = readFileSync(path)
    for (let length = afterFirst; length < whole.length; length++) {
      writeFileSync(path, whole.subarray(0, length))
      expect(await textsOf(library, caseId)).toEqual(['first'])
    }
    const damaged = Buffer.from(whole)
    damaged[whole.length - 1] ^= 1
    writeFileSync(path, damaged)
    expect(await textsOf(library, caseId)).toEqual(['first'])
  })

  it('is set aside, not deleted, where another revision became current', async () => {
    const { library, caseId, revision, path } = await caseWithRevision()
    await appendJournal(library, caseId, revision, [bytes('edit')])
    await revise(library, caseId, revision)
    expect(await readJournal(library, caseId)).toBeNull()
    expect(readdirSync(dirname(path)).filter((name) => /^journal\.\d+\.aside$/.test(name))).toHaveLength(1)
  })

  it('takes no edit that stands on another revision than those before it', async () => {
    const { library, caseId, revision } = await caseWithRevision()
    await appendJournal(library, caseId, revision, [bytes('edit')])
    await expect(appendJournal(library, caseId, 'other', [bytes('edit')])).rejects.toThrow('another revision')
    expect(await textsOf(library, caseId)).toEqual(['edit'])
  })

  it('holds what is left after a save, and is gone where nothing is', async () => {
    const { library, caseId, revision, path } = await caseWithRevision()
    await appendJournal(library, caseId, revision, [bytes('saved')])
    await appendJournal(library, caseId, revision, [bytes('later')])
    const { id } = await revise(library, caseId, revision)
    await replaceJournal(library, caseId, { parent: id, edits: [bytes('later')] })
    expect(await readJournal(library, caseId)).toMatchObject({ parent: id })
    expect(await textsOf(library, caseId)).toEqual(['later'])
    await replaceJournal(library, caseId, { parent: id, edits: [] })
    expect(readdirSync(dirname(path))).not.toContain('journal')
  })
})
