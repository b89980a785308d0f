import { describe, expect, it } from 'vitest'
import { addCase, getCase, listCases } from '../../../src/main/library/cases'
import type { Library } from '../../../src/main/library/library'
import { registerModel } from '../../../src/main/library/models'
import { offersIn } from '../../../src/main/library/reviewedCases'
import { setStatus } from '../../../src/main/library/reviews'
import { addRevision } from '../../../src/main/library/revisions'
import { addStructure, librarySchema } from '../../../src/main/library/structures'
import { searchCases } from '../../../src/shared/caseQuery'
import { modelFolder, temporaryLibrary } from './fixtures'
import { newCase, smallLabels } from './samples'

const AORTA = 5

async function useModel(library: Library, version: number, structures: readonly string[]): Promise<void> {
  const folder = modelFolder({ version, structures, network: `weights ${version}` })
  await registerModel(library, folder, { promoted: true, verdict: 'in a test' })
}

async function labelled(library: Library, seed: number, model: string | null, ids: Record<number, number> = {}) {
  const { id } = await addCase(library, newCase(seed))
  const origin = model === null ? 'import' : 'model'
  const made = { caseId: id, parent: null, origin, model, statuses: {}, edited: [] } as const
  await addRevision(library, { ...made, labels: smallLabels(ids) })
  return id
}

describe('the structures that a case of a library is reviewed for', () => {
  it('are those of the model that labelled it, whichever is in use now, and what is drawn or decided beyond', async () => {
    const library = temporaryLibrary()
    const schema = librarySchema(library, 'flare23').structures
    expect(schema.find(({ id }) => id === AORTA)?.name).toBe('aorta')
    await useModel(library, 1, ['liver', 'spleen'])
    await useModel(library, 2, ['liver', 'spleen', 'pancreas'])
    const [older, newer] = [await labelled(library, 1, 'flare@1'), await labelled(library, 2, 'flare@2')]
    const drawn = await labelled(library, 3, 'flare@1', { 0: AORTA, 1: 1 })
    const asked = (id: string): string[] => getCase(library, id).reviewedFor
    expect(asked(older)).toEqual(['liver', 'spleen'])
    expect(asked(newer)).toEqual(['liver', 'spleen', 'pancreas'])
    expect(asked(drawn)).toEqual(['liver', 'spleen', 'aorta'])
    setStatus(library, older, 'aorta', 'absent')
    expect(asked(older)).toEqual(['liver', 'spleen', 'aorta'])
    expect(listCases(library).map(({ reviewedFor }) => reviewedFor)).toEqual(
      listCases(library).map(({ id }) => asked(id)),
    )
  })

  it('are those of the model in use where none labelled it, and nothing counts as looked for then', async () => {
    const library = temporaryLibrary()
    await useModel(library, 1, ['liver', 'spleen'])
    const { id } = await addCase(library, newCase(1))
    const imported = await labelled(library, 2, null, { 0: AORTA })
    const elsewhere = await labelled(library, 3, 'another@7')
    const offers = offersIn(library)
    expect([id, imported, elsewhere].map((one) => getCase(library, one).reviewedFor)).toEqual([
      ['liver', 'spleen'],
      ['liver', 'spleen', 'aorta'],
      ['liver', 'spleen'],
    ])
    expect(offers({ schema: 'flare23', model: null })).toEqual({ offered: ['liver', 'spleen'], sought: [] })
    expect(offers({ schema: 'flare23', model: 'another@7' }).sought).toEqual([])
    expect(offers({ schema: 'flare23', model: 'flare@1' }).sought).toEqual(['liver', 'spleen'])
  })

  it('are all where the schema has no model, also those that the site added', async () => {
    const library = temporaryLibrary()
    addStructure(library, 'hippocampus', { title: 'Cyst', color: '#ff0000', kind: 'lesion', code: null })
    const { id } = await addCase(library, newCase(1), { schema: 'hippocampus' })
    const names = librarySchema(library, 'hippocampus').structures.map(({ name }) => name)
    expect(names).toContain('cyst')
    expect(getCase(library, id).reviewedFor).toEqual(names)
    expect(offersIn(library)({ schema: 'hippocampus', model: null }).offered).toBeNull()
  })

  it('are what a search goes by: what is left of them makes a case open', async () => {
    const library = temporaryLibrary()
    await useModel(library, 1, ['liver', 'spleen'])
    const [done, drawn] = [await labelled(library, 1, 'flare@1'), await labelled(library, 2, 'flare@1', { 0: AORTA })]
    for (const id of [done, drawn]) for (const name of ['liver', 'spleen']) setStatus(library, id, name, 'accepted')
    const structuresOf = (): string[] => librarySchema(library, 'flare23').structures.map(({ name }) => name)
    const found = (text: string): string[] => searchCases(listCases(library), text, structuresOf).map(({ id }) => id)
    expect(found('is:reviewed')).toEqual([done])
    expect(found('is:open')).toEqual([drawn])
    expect(found('open:aorta')).toEqual([drawn])
    expect(found('aorta:unreviewed')).toHaveLength(2)
    expect(found('status:unreviewed')).toEqual([drawn])
  })

  it('are none of a case whose schema the library does not know, which can still be listed', async () => {
    const library = temporaryLibrary()
    const { id } = await addCase(library, newCase(1), { schema: 'lost' })
    expect(getCase(library, id).reviewedFor).toEqual([])
    expect(listCases(library)).toHaveLength(1)
  })
})
