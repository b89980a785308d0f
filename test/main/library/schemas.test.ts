import { rmSync } from 'node:fs'
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
import { addRevision, formerRevisions, listRevisions } from '../../../src/main/library/revisions'
import { addModelLabels } from '../../../src/main/jobs/modelLabels'
import { listFindings } from '../../../src/main/library/findings'
import { verifyLibrary } from '../../../src/main/library/integrity'
import { appendJournal } from '../../../src/main/library/journal'
import { libraryPaths } from '../../../src/main/library/paths'
import { readingsAround } from '../../../src/main/library/readings'
import { askSecondReading } from '../../../src/main/library/secondReading'
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
  const drawn = { parent: null, origin: 'reader', model: null, statuses: {}, edited: [] } as const
  const byModel = { ...drawn, origin: 'model', model: 'flare@1' } as const

  it('changes for cases that the library has, to one that it has', async () => {
    const library = temporaryLibrary()
    addSchema(library, muscles)
    const { id } = await addCase(library, newCase())
    assignSchema(library, [id], 'psoas-co')
    expect(getCase(library, id).schema).toBe('psoas-co')
    expect(listSchemas(library).find(({ name }) => name === 'psoas-co')?.cases).toBe(1)
    expect(() => assignSchema(library, ['nowhere'], 'flare23')).toThrow('no case nowhere')
    expect(() => assignSchema(library, [id], 'femur')).toThrow("no label schema 'femur'")
    assignSchema(library, [id], 'psoas-co')
    expect(listAudit(library).filter(({ action, subject }) => action === 'schema' && subject === id)).toHaveLength(1)
  })

  it('changes under labels that nobody decided on: they stay in its history, and are there again when it changes back', async () => {
    const library = temporaryLibrary()
    addSchema(library, muscles)
    const { id } = await addCase(library, newCase())
    const findings = { doubt: { liver: 0.5 }, disagreement: { liver: 0.1 } }
    const liver = await addRevision(library, { ...byModel, caseId: id, labels: smallLabels({ 3: 1 }), findings })
    expect(getCase(library, id).facts?.doubt).toBe(0.5)
    assignSchema(library, [id], 'psoas-co')
    expect(getCase(library, id)).toMatchObject({ schema: 'psoas-co', revision: null, model: null, statuses: {} })
    expect(getCase(library, id).facts).toMatchObject({ doubt: null, disagreement: null })
    expect([listRevisions(library, id), listFindings(library, id)]).toEqual([[], []])
    expect(formerRevisions(library, id)).toEqual([{ ...liver, schema: 'flare23' }])
    const psoas = await addRevision(library, { ...drawn, caseId: id, labels: smallLabels({ 4: 2 }) })
    expect(listFindings(library, id).map(({ structure }) => structure)).toEqual(['left-psoas', 'right-psoas'])
    assignSchema(library, [id], 'flare23')
    expect(listRevisions(library, id)).toEqual([liver])
    expect(formerRevisions(library, id)).toEqual([{ ...psoas, schema: 'psoas-co' }])
  })

  it('stays where something is decided, read a second time, or not saved yet', async () => {
    const library = temporaryLibrary({ user: 'anna' })
    addSchema(library, muscles)
    const { id } = await addCase(library, newCase())
    const first = await addRevision(library, { ...byModel, caseId: id, labels: smallLabels({ 3: 1 }) })
    await appendJournal(library, id, first.id, [Uint8Array.of(1)])
    expect(() => assignSchema(library, [id], 'psoas-co')).toThrow('it has unsaved edits')
    const read = { ...drawn, parent: first.id, statuses: { liver: 'accepted' } } as const
    await addRevision(library, { ...read, caseId: id, labels: smallLabels({ 3: 1 }) })
    expect(() => assignSchema(library, [id], 'psoas-co')).toThrow('structures of it are decided')
    await askSecondReading(library, id, 'to compare')
    expect(() => assignSchema(library, [id], 'psoas-co')).toThrow('it is being read a second time')
    expect(getCase(library, id).schema).toBe('flare23')
  })

  it('is not another’s: labels that are made by the former one meanwhile are refused', async () => {
    const library = temporaryLibrary()
    addSchema(library, muscles)
    const { id } = await addCase(library, newCase())
    const proposal = { model: 'flare@1', offered: ['liver'], labels: smallLabels({ 3: 1 }) }
    const underWay = addModelLabels(library, id, proposal, librarySchema(library, 'flare23'))
    assignSchema(library, [id], 'psoas-co')
    await expect(underWay).rejects.toThrow('is labelled by the schema psoas-co now, these labels are by flare23')
    assignSchema(library, [id], 'flare23')
    const { id: parent } = await addModelLabels(library, id, proposal, librarySchema(library, 'flare23'))
    assignSchema(library, [id], 'psoas-co')
    const late = addRevision(library, { ...drawn, caseId: id, parent, labels: smallLabels({ 3: 1 }) })
    await expect(late).rejects.toThrow('these labels are by flare23')
  })

  it('has no reader who only read it by the former one', async () => {
    const library = temporaryLibrary({ user: 'anna' })
    addSchema(library, muscles)
    const { id } = await addCase(library, newCase())
    await addRevision(library, { ...drawn, caseId: id, labels: smallLabels({ 3: 1 }) })
    assignSchema(library, [id], 'psoas-co')
    expect(getCase(library, id).reader).toBeNull()
    const { id: revision } = await addRevision(library, { ...byModel, caseId: id, labels: smallLabels({ 3: 1 }) })
    expect(readingsAround(library, id, revision).first.readers).toEqual([])
  })

  it('does not hide labels from who verifies the library', async () => {
    const library = temporaryLibrary()
    addSchema(library, muscles)
    const { id } = await addCase(library, newCase())
    const { id: revision } = await addRevision(library, { ...byModel, caseId: id, labels: smallLabels({ 3: 1 }) })
    assignSchema(library, [id], 'psoas-co')
    expect(await verifyLibrary(library)).toMatchObject({ revisions: 1, faults: [] })
    rmSync(libraryPaths.labels(library.root, id, revision))
    expect((await verifyLibrary(library)).faults).toMatchObject([{ kind: 'labels', subject: id }])
  })
})
