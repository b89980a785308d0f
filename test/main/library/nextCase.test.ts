import { describe, expect, it } from 'vitest'
import { addCase } from '../../../src/main/library/cases'
import type { Library } from '../../../src/main/library/library'
import { registerModel } from '../../../src/main/library/models'
import { nextCase } from '../../../src/main/library/nextCase'
import { setStatus } from '../../../src/main/library/reviews'
import { addRevision } from '../../../src/main/library/revisions'
import { strategies } from '../../../src/shared/review'
import { modelFolder, temporaryLibrary } from './fixtures'
import { newCase, smallLabels } from './samples'

const OFFERED = ['liver', 'spleen']
const AORTA = 5

/** A library whose model offers two of the fourteen structures of its schema. */
async function libraryWithModel(): Promise<Library> {
  const library = temporaryLibrary()
  await registerModel(library, modelFolder({ structures: OFFERED }), { promoted: true, verdict: 'in a test' })
  return library
}

interface Found {
  readonly ids?: Record<number, number>
  readonly doubt?: Record<string, number>
}

async function labelled(library: Library, seed: number, { ids = { 0: 1, 1: 3 }, doubt = {} }: Found = {}) {
  const { id } = await addCase(library, newCase(seed))
  const made = { caseId: id, parent: null, origin: 'model', model: 'flare@1', statuses: {}, edited: [] } as const
  await addRevision(library, { ...made, labels: smallLabels(ids), findings: { doubt, disagreement: {} } })
  return id
}

function accept(library: Library, caseId: string, names: readonly string[] = OFFERED): void {
  for (const name of names) setStatus(library, caseId, name, 'accepted')
}

/** Rows that were imported within one millisecond have no order of their own. */
function imported(library: Library, ids: readonly string[]): void {
  for (const [day, id] of ids.entries()) {
    library.database.run('UPDATE cases SET imported_at = ? WHERE id = ?', `2026-01-0${day + 1}`, id)
  }
}

describe('the next case', () => {
  it('is none in which all is decided that its model offers', async () => {
    const library = await libraryWithModel()
    const ids = [await labelled(library, 1), await labelled(library, 2), await labelled(library, 3)]
    imported(library, ids)
    accept(library, ids[0])
    setStatus(library, ids[1], 'liver', 'rejected')
    setStatus(library, ids[1], 'spleen', 'absent')
    for (const strategy of strategies) expect(nextCase(library, strategy)?.caseId).toBe(ids[2])
    expect(nextCase(library, 'structures')?.structure).toBe('liver')
    accept(library, ids[2])
    for (const strategy of strategies) expect(nextCase(library, strategy)).toBeNull()
  })

  it('is one in which somebody drew what no model offers, until that is decided, too', async () => {
    const library = await libraryWithModel()
    const id = await labelled(library, 1, { ids: { 0: 1, 5: AORTA } })
    accept(library, id)
    expect(nextCase(library, 'first')?.caseId).toBe(id)
    expect(nextCase(library, 'structures')).toEqual({ caseId: id, structure: 'aorta', value: 0 })
    setStatus(library, id, 'aorta', 'corrected')
    expect(nextCase(library, 'first')).toBeNull()
  })

  it('is not implausible by what nobody looked for, though others drew it', async () => {
    const library = await libraryWithModel()
    for (const seed of [1, 2, 3]) accept(library, await labelled(library, seed, { ids: { 0: 1, 1: 3, 2: AORTA } }))
    const plain = await labelled(library, 4)
    const without = await labelled(library, 5, { ids: { 0: 1 } })
    imported(library, [plain, without])
    expect(nextCase(library, 'implausible')).toMatchObject({ caseId: without, structure: 'spleen' })
    accept(library, without)
    expect(nextCase(library, 'implausible', { not: [plain] })?.structure).toBe('aorta')
    expect(nextCase(library, 'implausible', { not: [plain] })?.caseId).not.toBe(without)
  })

  it('may be one without labels: in its turn by age, and after all that was measured', async () => {
    const library = await libraryWithModel()
    const { id: bare } = await addCase(library, newCase(1))
    const [sure, unsure] = [
      await labelled(library, 2, { doubt: { liver: 0.1 } }),
      await labelled(library, 3, { doubt: { spleen: 0.5 } }),
    ]
    imported(library, [bare, sure, unsure])
    const next = (strategy: 'first' | 'random' | 'uncertain' | 'structures', ...not: string[]) =>
      nextCase(library, strategy, { not, random: () => 0 })
    expect(next('first')?.caseId).toBe(bare)
    expect(next('random')?.caseId).toBe(bare)
    expect(next('uncertain')).toEqual({ caseId: unsure, structure: 'spleen', value: 0.5 })
    expect(next('uncertain', unsure)?.caseId).toBe(sure)
    expect(next('uncertain', unsure, sure)).toEqual({ caseId: bare, structure: null, value: null })
    expect(next('structures')?.caseId).toBe(sure)
    expect(next('structures', unsure, sure)?.caseId).toBe(bare)
    expect(next('first', unsure, sure, bare)).toBeNull()
  })

  it('may be one to draw in, where the schema has no model', async () => {
    const library = temporaryLibrary()
    const { id } = await addCase(library, newCase(1), { schema: 'hippocampus' })
    for (const strategy of strategies) expect(nextCase(library, strategy)?.caseId).toBe(id)
    accept(library, id, ['anterior-hippocampus'])
    expect(nextCase(library, 'structures')).toMatchObject({ structure: 'posterior-hippocampus' })
    accept(library, id, ['posterior-hippocampus'])
    expect(nextCase(library, 'first')).toBeNull()
  })
})
