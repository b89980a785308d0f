import { describe, expect, it } from 'vitest'
import { listAudit } from '../../../src/main/library/audit'
import { setMember } from '../../../src/main/library/members'
import { schemaOf, setLooks } from '../../../src/main/library/looks'
import { addStructure, adoptStructures, librarySchema, structuresIn } from '../../../src/main/library/structures'
import { schemaNamed } from '../../../src/shared/labels/builtin'
import { slugOf } from '../../../src/shared/labels/siteStructures'
import { temporaryLibrary } from './fixtures'

const psoas = { title: 'Left psoas', color: '#aa5500', kind: 'organ', code: '83510006' } as const

describe('structures of a site', () => {
  it('come after the schema’s own, with ids that no schema uses, in this library alone', async () => {
    const library = temporaryLibrary()
    const added = addStructure(library, 'flare23', psoas)
    expect(added).toMatchObject({ id: 200, name: 'left-psoas', type: { value: '83510006', scheme: 'SCT' } })
    const cyst = { title: 'Renal cyst', color: '#112233', kind: 'lesion', code: null } as const
    expect(addStructure(library, 'flare23', cyst)).toMatchObject({
      id: 201,
      type: { value: 'RENAL-CYST', scheme: '99EMEND', meaning: 'Renal cyst' },
    })
    const { structures } = librarySchema(library, 'flare23')
    expect(structures).toHaveLength(schemaNamed('flare23').structures.length + 2)
    expect(structures.at(-2)).toEqual(added)
    expect(structuresIn(library)('flare23').slice(-2)).toEqual(['left-psoas', 'renal-cyst'])
    expect(librarySchema(temporaryLibrary(), 'flare23').structures.some(({ id }) => id >= 200)).toBe(false)
    expect(listAudit(library)[1]).toMatchObject({ action: 'schema', outcome: "has a structure 'Left psoas' (left-psoas, 200)" }) // prettier-ignore
    await setLooks(library, 'flare23', { 'left-psoas': { title: 'Psoas', color: '#aa5500' } })
    expect(schemaOf(library, 'flare23').structures.at(-2)?.title).toBe('Psoas')
  })

  it('are refused where they are there already, have no name, or the role does not allow it', () => {
    const library = temporaryLibrary({ user: 'anna' })
    addStructure(library, 'flare23', psoas)
    expect(() => addStructure(library, 'flare23', psoas)).toThrow('has a structure Left psoas already')
    expect(() => addStructure(library, 'flare23', { ...psoas, title: 'LIVER' })).toThrow('already')
    expect(() => addStructure(library, 'flare23', { ...psoas, title: '…' })).toThrow('cannot be called')
    setMember(library, 'anna', 'administrator')
    expect(() => addStructure({ ...library, user: 'bert' }, 'flare23', { ...psoas, title: 'Right psoas' })).toThrow(
      'bert may not add a structure',
    )
  })

  it('come along with a model from elsewhere, where their ids are free', () => {
    const [there, here] = [temporaryLibrary(), temporaryLibrary()]
    addStructure(there, 'flare23', psoas)
    const theirs = librarySchema(there, 'flare23')
    adoptStructures(here, theirs)
    adoptStructures(here, theirs)
    expect(librarySchema(here, 'flare23')).toEqual(theirs)
    const busy = temporaryLibrary()
    addStructure(busy, 'flare23', { ...psoas, title: 'Uterus' })
    expect(() => adoptStructures(busy, theirs)).toThrow('do not go with this library')
  })

  it('are named for files without accents and signs', () => {
    expect([slugOf(' Ösophagus (distal) '), slugOf('L5/S1'), slugOf('—')]).toEqual(['osophagus-distal', 'l5-s1', ''])
  })
})
