import { writeFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { addCase } from '../../../src/main/library/cases'
import { libraryPaths } from '../../../src/main/library/paths'
import { addRevision, type NewRevision } from '../../../src/main/library/revisions'
import { readUncertainty } from '../../../src/main/library/uncertainty'
import { temporaryLibrary } from './fixtures'
import { newCase, smallLabels } from './samples'

async function libraryWithCase() {
  const library = temporaryLibrary()
  const { id: caseId } = await addCase(library, newCase())
  const add = (extra: Partial<NewRevision>) =>
    addRevision(library, {
      caseId,
      parent: null,
      origin: 'model',
      model: 'flare@1',
      statuses: {},
      edited: [],
      labels: smallLabels({ 3: 1 }),
      ...extra,
    })
  return { library, caseId, add }
}

describe('the uncertainty of a revision', () => {
  it('is that of the model whose labels it goes back to', async () => {
    const { library, caseId, add } = await libraryWithCase()
    const first = await add({ uncertainty: Uint8Array.of(1, 2, 3) })
    const edited = await add({ parent: first.id, origin: 'reader' })
    const again = await add({ parent: edited.id })
    expect([...((await readUncertainty(library, caseId, first.id)) ?? [])]).toEqual([1, 2, 3])
    expect([...((await readUncertainty(library, caseId, edited.id)) ?? [])]).toEqual([1, 2, 3])
    expect(await readUncertainty(library, caseId, again.id)).toBeNull()
  })

  it('is told as damaged where it is', async () => {
    const { library, caseId, add } = await libraryWithCase()
    const { id } = await add({ uncertainty: Uint8Array.of(1) })
    writeFileSync(libraryPaths.uncertainty(library.root, caseId, id), 'no gzip')
    await expect(readUncertainty(library, caseId, id)).rejects.toThrow('is damaged')
    await expect(readUncertainty(library, caseId, 'none')).rejects.toThrow('has no label revision')
  })
})
