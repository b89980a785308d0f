import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { exportDataset, importDataset } from '../../../src/main/jobs/datasetExchange'
import { saveNifti } from '../../../src/main/imaging/nifti'
import { listAudit } from '../../../src/main/library/audit'
import { readDataset } from '../../../src/main/learning/dataset'
import { addCase, getCase, listCases } from '../../../src/main/library/cases'
import { setAlwaysDeidentifies } from '../../../src/main/library/deidentification'
import { appendJournal } from '../../../src/main/library/journal'
import { setMember } from '../../../src/main/library/members'
import { setStatus } from '../../../src/main/library/reviews'
import { addRevision, readRevision } from '../../../src/main/library/revisions'
import { addStructure, librarySchema } from '../../../src/main/library/structures'
import { emptyTrash, removeCase } from '../../../src/main/library/trash'
import { schemaNamed } from '../../../src/shared/labels/builtin'
import { structureNamed } from '../../../src/shared/labels/schema'
import { temporaryLibrary } from '../library/fixtures'
import { temporaryFolder } from '../../temporaryFolder'
import { newCase, smallLabels } from '../library/samples'

describe('a data set', () => {
  it('takes what is verified from one library to another', async () => {
    const library = temporaryLibrary()
    const [{ id: read }, { id: bare }] = [await addCase(library, newCase(1)), await addCase(library, newCase(2))]
    await addRevision(library, {
      caseId: read,
      parent: null,
      origin: 'model',
      model: 'flare@1',
      statuses: {},
      edited: [],
      labels: smallLabels({ 0: 1, 1: 3, 2: 4 }),
    })
    setStatus(library, read, 'liver', 'accepted')
    setStatus(library, read, 'spleen', 'absent')
    const folder = join(temporaryFolder(), 'set')
    expect(await exportDataset(library, listCases(library), folder)).toEqual({ labelled: 1, unlabelled: 1 })
    expect(JSON.parse(readFileSync(join(folder, 'dataset.json'), 'utf8'))).toMatchObject({
      schema: 'flare23',
      numTraining: 1,
      annotated: { [read]: ['liver', 'spleen'] },
    })
    const set = await readDataset(folder)
    expect(set.unlabelled.map(({ id }) => id)).toEqual([bare])
    expect((await set.cases[0].load()).labels.data).toEqual(smallLabels({ 0: 1 }).data)
    await expect(exportDataset(library, listCases(library), folder)).rejects.toThrow('is not empty')
    await expect(exportDataset(library, [], join(folder, 'x'))).rejects.toThrow('no case')

    const other = temporaryLibrary()
    expect(await importDataset(other, folder, { verified: true })).toEqual({
      labelled: 1,
      unlabelled: 1,
      known: 0,
      refused: 0,
      schema: 'flare23',
    })
    // The same images have the same ids everywhere.
    const row = getCase(other, read)
    expect(row.statuses).toMatchObject({ liver: 'accepted', spleen: 'absent' })
    expect((await readRevision(other, read, row.revision!)).data).toEqual(smallLabels({ 0: 1 }).data)
    expect(await importDataset(other, folder, { verified: false })).toMatchObject({ known: 2 })
    expect(getCase(other, read).revision).toBe(row.revision)
  })

  it('tells which cases are of one patient, by numbers alone', async () => {
    const library = temporaryLibrary()
    const add = async (seed: number, patientId: string): Promise<string> => {
      const dicom = { identity: { patientId, studyInstanceUid: '' } } as never
      const { id } = await addCase(library, { ...newCase(seed), dicom })
      const revision = { caseId: id, parent: null, origin: 'reader', model: null, edited: ['liver'] } as const
      await addRevision(library, { ...revision, statuses: { liver: 'corrected' }, labels: smallLabels({ 0: 1 }) })
      return id
    }
    const [jane, other, again] = [await add(1, 'JANE-1'), await add(2, 'JOHN-2'), await add(3, 'JANE-1')]
    await add(4, 'JACK-4')
    const folder = join(temporaryFolder(), 'set')
    await exportDataset(library, listCases(library), folder)
    const patients = new Map((await readDataset(folder)).cases.map(({ id, patient }) => [id, patient]))
    expect(patients.get(again)).toBe(patients.get(jane))
    expect(patients.get(other)).not.toBe(patients.get(jane))
    expect([...patients.values()].every((mark) => /^[1-3]$/.test(mark ?? ''))).toBe(true)
    expect(readFileSync(join(folder, 'dataset.json'), 'utf8')).not.toMatch(/JANE|JOHN|JACK/)
  })

  it('from elsewhere is read by a schema that is made of its labels, once', async () => {
    const folder = join(temporaryFolder(), 'Legs')
    for (const part of ['imagesTr', 'labelsTr']) mkdirSync(join(folder, part), { recursive: true })
    const { volume } = newCase(1)
    await saveNifti(join(folder, 'imagesTr', 'one_0000.nii.gz'), volume)
    await saveNifti(join(folder, 'labelsTr', 'one.nii.gz'), smallLabels({ 0: 4, 1: 7 }))
    const labels = { background: 0, femur_left: 4, 'bone tumor': 7 }
    writeFileSync(join(folder, 'dataset.json'), JSON.stringify({ channel_names: { '0': 'T1' }, labels }))
    const library = temporaryLibrary()
    expect(await importDataset(library, folder, { verified: true })).toMatchObject({ labelled: 1, known: 0 })
    const { structures } = librarySchema(library, 'legs')
    expect(structures.map(({ id, name, title, kind }) => [id, name, title, kind])).toEqual([
      [4, 'femur-left', 'Femur left', 'organ'],
      [7, 'bone-tumor', 'Bone tumor', 'lesion'],
    ])
    const [row] = listCases(library)
    expect(row).toMatchObject({ schema: 'legs', modality: 'MR', statuses: { 'femur-left': 'accepted' } })
    const { data } = await readRevision(library, row.id, row.revision!)
    expect(data.filter((id) => id > 0).toSorted()).toEqual(Uint8Array.of(4, 7))
    expect(await importDataset(library, folder, { verified: true, schema: 'legs' })).toMatchObject({ known: 1 })
    expect(librarySchema(library, 'legs').structures).toEqual(structures)
  })

  it("brings a site's own structures along, whatever their ids are where it comes in", async () => {
    const library = temporaryLibrary()
    const psoas = { title: 'Left psoas muscle', color: '#aa3355', kind: 'organ', code: '83510006' } as const
    const { id, name } = addStructure(library, 'flare23', psoas)
    const { id: drawn } = await addCase(library, newCase(1))
    const labels = smallLabels({ 0: 1, 5: id, 6: id })
    const revision = { caseId: drawn, parent: null, origin: 'reader', model: null, edited: [name], labels } as const
    await addRevision(library, { ...revision, statuses: { liver: 'accepted', [name]: 'corrected' } })
    const folder = join(temporaryFolder(), 'set')
    await exportDataset(library, listCases(library), folder)
    const set = await readDataset(folder)
    expect(structureNamed(set.schema, name)).toMatchObject({ id, title: psoas.title, type: { value: psoas.code } })

    const empty = temporaryLibrary()
    await importDataset(empty, folder, { verified: true })
    expect(structureNamed(librarySchema(empty, 'flare23'), name)).toEqual(structureNamed(set.schema, name))
    const row = getCase(empty, drawn)
    expect(row.statuses).toEqual({ liver: 'accepted', [name]: 'accepted' })
    expect((await readRevision(empty, drawn, row.revision!)).data).toEqual(labels.data)

    // Here another structure has the id already, and the same one comes under an id of its own.
    const other = temporaryLibrary()
    addStructure(other, 'flare23', { ...psoas, title: 'Right psoas muscle', code: '83509001' })
    await importDataset(other, folder, { verified: true })
    const there = structureNamed(librarySchema(other, 'flare23'), name).id
    expect(there).not.toBe(id)
    const came = getCase(other, drawn)
    expect(came.statuses).toEqual({ liver: 'accepted', [name]: 'accepted' })
    expect((await readRevision(other, drawn, came.revision!)).data).toEqual(
      smallLabels({ 0: 1, 5: there, 6: there }).data,
    )
    await importDataset(other, folder, { verified: true })
    expect(librarySchema(other, 'flare23').structures.filter((one) => one.name === name)).toHaveLength(1)
  })

  it('has a case that is here without labels labelled by its schema, and leaves one that is just being drawn by another', async () => {
    const folder = await hippocampusSet()
    const library = temporaryLibrary()
    const { id } = await addCase(library, newCase(1))
    expect(await importDataset(library, folder, { verified: true })).toMatchObject({
      labelled: 1,
      known: 1,
      refused: 0,
    })
    const row = getCase(library, id)
    const [{ name }] = librarySchema(library, 'hippocampus').structures
    expect([row.schema, row.statuses[name]]).toEqual(['hippocampus', 'accepted'])
    expect((await readRevision(library, id, row.revision!)).data.filter((label) => label > 0)).toEqual(Uint8Array.of(1))

    const other = temporaryLibrary()
    await addCase(other, newCase(1))
    await appendJournal(other, id, null, [Uint8Array.of(1)])
    expect(await importDataset(other, folder, { verified: true })).toMatchObject({ labelled: 0, refused: 1 })
    expect(getCase(other, id)).toMatchObject({ schema: 'flare23', revision: null })
    expect(listAudit(other, { subject: id })[0].outcome).toMatch(
      /^labels by the schema hippocampus not taken: .*it has unsaved edits/,
    )
  })

  it('labels by its schema what came anew after its labels by another went with the trash', async () => {
    const library = temporaryLibrary()
    const { id } = await addCase(library, newCase(1))
    const drawn = { caseId: id, parent: null, origin: 'reader', model: null, statuses: {}, edited: [] } as const
    await addRevision(library, { ...drawn, labels: smallLabels({ 0: 1 }) })
    removeCase(library, id)
    await emptyTrash(library, new Date().toISOString())
    expect(await importDataset(library, await hippocampusSet(), { verified: true })).toMatchObject({ labelled: 1 })
    expect(getCase(library, id).schema).toBe('hippocampus')
  })

  it('brings no names where the library hides identity, unless it is told to', async () => {
    const folder = await hippocampusSet('Miller-John')
    const [library, told] = [temporaryLibrary(), temporaryLibrary()]
    for (const one of [library, told]) await setAlwaysDeidentifies(one, true)
    await importDataset(library, folder, { verified: false })
    expect(JSON.stringify(listCases(library))).not.toContain('Miller')
    await importDataset(told, folder, { verified: false, withoutIdentity: false })
    expect(listCases(told)[0].title).toContain('Miller')
  })

  it('counts as verified by an administrator alone where roles are on; others import it for review', async () => {
    const folder = await hippocampusSet()
    const library = temporaryLibrary({ user: 'anna' })
    setMember(library, 'anna', 'administrator')
    const bert = { ...library, user: 'bert' }
    await expect(importDataset(bert, folder, { verified: true })).rejects.toThrow(
      'bert may not import labels as verified',
    )
    expect([listCases(library), listAudit(library)[0]]).toMatchObject([[], { who: 'bert', action: 'refused' }])
    expect(await importDataset(bert, folder, { verified: false })).toMatchObject({ labelled: 1 })
  })

  it('that could not be written is on record', async () => {
    const library = temporaryLibrary()
    await addCase(library, newCase(1))
    const folder = temporaryFolder()
    writeFileSync(join(folder, 'thesis.docx'), '')
    await expect(exportDataset(library, listCases(library), folder)).rejects.toThrow('is not empty')
    expect(listAudit(library)[0]).toMatchObject({
      action: 'export',
      outcome: expect.stringMatching(/^failed: .*is not empty/),
    })
  })
})

/** A data set of one case, whose first structure has one voxel. */
async function hippocampusSet(name = 'one'): Promise<string> {
  const folder = join(temporaryFolder(), 'set')
  for (const part of ['imagesTr', 'labelsTr']) mkdirSync(join(folder, part), { recursive: true })
  await saveNifti(join(folder, 'imagesTr', `${name}_0000.nii.gz`), newCase(1).volume)
  await saveNifti(join(folder, 'labelsTr', `${name}.nii.gz`), smallLabels({ 0: 1 }))
  const { structures } = schemaNamed('hippocampus')
  const labels = { background: 0, ...Object.fromEntries(structures.map(({ name, id }) => [name, id])) }
  writeFileSync(
    join(folder, 'dataset.json'),
    JSON.stringify({ schema: 'hippocampus', channel_names: { '0': 'T1' }, labels }),
  )
  return folder
}
