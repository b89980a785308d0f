import { describe, expect, it } from 'vitest'
import { listAudit } from '../../../src/main/library/audit'
import { addCase, getCase } from '../../../src/main/library/cases'
import { setMember } from '../../../src/main/library/members'
import {
  currentModel,
  previousModel,
  registerBuiltInModel,
  registerModel,
  useModel,
} from '../../../src/main/library/models'
import { assignSchema, listSchemas, schemaInUse, useSchema } from '../../../src/main/library/schemas'
import {
  addSchema,
  addStructure,
  adoptStructures,
  joinStructures,
  librarySchema,
} from '../../../src/main/library/structures'
import { addRevision } from '../../../src/main/library/revisions'
import { modelFolder, temporaryLibrary } from './fixtures'
import { newCase, smallLabels } from './samples'

const structure = (title: string, color = '#aa5500') => ({ title, color, kind: 'organ', code: null }) as const
const muscles = { title: 'Psoas & co.', structures: [structure('Left psoas'), structure('Right psoas', '#00aa55')] }

describe('a schema of a site’s own', () => {
  it('has its structures numbered from 1, takes more, and is on record', () => {
    const library = temporaryLibrary()
    const made = addSchema(library, muscles)
    expect(made).toMatchObject({ name: 'psoas-co', title: 'Psoas & co.' })
    expect(made.structures.map(({ id, name }) => [id, name])).toEqual([
      [1, 'left-psoas'],
      [2, 'right-psoas'],
    ])
    expect(addStructure(library, 'psoas-co', structure('Iliacus')).id).toBe(3)
    expect(librarySchema(library, 'psoas-co').structures).toHaveLength(3)
    expect(listSchemas(library).at(-1)).toMatchObject({ name: 'psoas-co', cases: 0, inUse: false, ships: false })
    expect(listAudit(library).map(({ outcome }) => outcome)).toContain("is a schema of this site: 'Psoas & co.'")
  })

  it('is refused where its name or a structure’s is taken, or the role does not allow it', () => {
    const library = temporaryLibrary({ user: 'anna' })
    addSchema(library, muscles)
    expect(() => addSchema(library, muscles)).toThrow('there is a schema psoas-co already')
    expect(() => addSchema(library, { ...muscles, title: 'FLARE23' })).toThrow('there is a schema flare23 already')
    expect(() => addSchema(library, { ...muscles, title: '…' })).toThrow('cannot be called')
    const twice = { title: 'Twice', structures: [structure('One'), structure('one')] }
    expect(() => addSchema(library, twice)).toThrow('has a structure one already')
    // Of what was refused nothing stays.
    expect(listSchemas(library).map(({ name }) => name)).not.toContain('twice')
    setMember(library, 'anna', 'administrator')
    expect(() => addSchema({ ...library, user: 'bert' }, { ...muscles, title: 'Other' })).toThrow('may not make a schema') // prettier-ignore
  })

  it('comes along with a model or a data set from elsewhere', () => {
    const theirs = addSchema(temporaryLibrary(), muscles)
    const [adopting, joining] = [temporaryLibrary(), temporaryLibrary()]
    adoptStructures(adopting, theirs)
    expect(librarySchema(adopting, 'psoas-co')).toEqual(theirs)
    addSchema(joining, { ...muscles, structures: [structure('Right psoas')] })
    expect([...joinStructures(joining, theirs)]).toEqual([[1, 2], [2, 1]]) // prettier-ignore
    expect(librarySchema(joining, 'psoas-co').structures.map(({ name }) => name)).toEqual(['right-psoas', 'left-psoas'])
    expect(() => librarySchema(temporaryLibrary(), 'psoas-co')).toThrow("no label schema 'psoas-co'")
  })
})

describe('the schema in use', () => {
  it('is that of the model used last, until somebody chooses', async () => {
    const library = temporaryLibrary()
    expect(schemaInUse(library)).toBe('flare23')
    await registerBuiltInModel(library, modelFolder({ name: 'hippo', schema: 'hippocampus' }))
    expect(schemaInUse(library)).toBe('hippocampus')
    addSchema(library, muscles)
    useSchema(library, 'psoas-co')
    expect([schemaInUse(library), currentModel(library)]).toEqual(['psoas-co', null])
    expect(currentModel(library, 'hippocampus')).toMatchObject({ name: 'hippo', version: 1 })
    expect(() => useSchema(library, 'femur')).toThrow("no label schema 'femur'")
    // A model that comes with an update is not put in place of the one that is still to be made.
    await registerBuiltInModel(library, modelFolder({ name: 'other', schema: 'hippocampus' }))
    expect(schemaInUse(library)).toBe('psoas-co')
  })

  it('has a model of its own, and each its own way back', async () => {
    const library = temporaryLibrary()
    await registerBuiltInModel(library, modelFolder({ name: 'hippo', schema: 'hippocampus' }))
    await registerBuiltInModel(library, modelFolder({ name: 'abdomen', schema: 'flare23' }))
    expect(currentModel(library)).toMatchObject({ name: 'hippo' })
    useModel(library, 'abdomen', 1, 'to try')
    expect([schemaInUse(library), currentModel(library)?.name]).toEqual(['flare23', 'abdomen'])
    expect(previousModel(library)).toBeNull()
    useSchema(library, 'hippocampus')
    expect(currentModel(library)).toMatchObject({ name: 'hippo', version: 1 })
  })

  it('stays in use where the gate promotes a model of another, and goes with one that a person chooses', async () => {
    const library = temporaryLibrary()
    await registerBuiltInModel(library, modelFolder({ name: 'hippo', schema: 'hippocampus' }))
    await registerBuiltInModel(library, modelFolder({ name: 'abdomen', schema: 'flare23' }))
    useModel(library, 'abdomen', 1, 'to try')
    const made = modelFolder({ name: 'hippo', schema: 'hippocampus', version: 2 })
    await registerModel(library, made, { promoted: true, verdict: 'better' })
    expect([schemaInUse(library), currentModel(library)?.name]).toEqual(['flare23', 'abdomen'])
    expect(currentModel(library, 'hippocampus')).toMatchObject({ name: 'hippo', version: 2 })
    useModel(library, 'hippo', 1, 'the older one')
    expect([schemaInUse(library), currentModel(library)?.version]).toEqual(['hippocampus', 1])
  })
})

describe('the schema of a case', () => {
  it('changes while the case has no labels, and not after', async () => {
    const library = temporaryLibrary()
    addSchema(library, muscles)
    const id = (await addCase(library, newCase())).id
    assignSchema(library, [id], 'psoas-co')
    expect(getCase(library, id).schema).toBe('psoas-co')
    expect(listSchemas(library).find(({ name }) => name === 'psoas-co')?.cases).toBe(1)
    const drawn = { parent: null, origin: 'reader', model: null, statuses: {}, edited: [] } as const
    await addRevision(library, { caseId: id, ...drawn, labels: smallLabels({ 3: 1 }) })
    expect(() => assignSchema(library, [id], 'flare23')).toThrow('has labels by the schema psoas-co')
    expect(() => assignSchema(library, ['nowhere'], 'flare23')).toThrow('no case nowhere')
    expect(() => assignSchema(library, [id], 'femur')).toThrow("no label schema 'femur'")
    assignSchema(library, [id], 'psoas-co')
  })
})
