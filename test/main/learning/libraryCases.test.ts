import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { addCase, listCases } from '../../../src/main/library/cases'
import { openLibrary } from '../../../src/main/library/library'
import { addRevision } from '../../../src/main/library/revisions'
import { drawnStructures } from '../../../src/main/learning/corrections'
import { verifiedCases, verifiedOnlyCase } from '../../../src/main/learning/libraryCases'
import { blobs, schema } from './blobs'

it('a verified case without pseudo-labels has its verified structures, and says that it knows no others', async () => {
  const library = openLibrary(await mkdtemp(join(tmpdir(), 'emend-cases-')), { user: 'reader' })
  const { image, labels } = blobs(3)
  const imported = { modality: 'CT', description: 'blobs', volume: image, warnings: [] }
  const { id } = await addCase(library, imported, { schema: schema.name })
  const statuses = { 'anterior-hippocampus': 'corrected', 'posterior-hippocampus': 'unreviewed' } as const
  const revision = { caseId: id, parent: null, origin: 'reader', model: null, edited: [], labels } as const
  await addRevision(library, { ...revision, statuses })
  const [verified] = verifiedCases(listCases(library), 'work', schema)
  const source = verifiedOnlyCase(library, verified, schema, 2)
  expect(source).toMatchObject({ id, annotated: ['anterior-hippocampus'], weight: 2 })
  const known = (await source.load()).labels.data
  expect(known).toEqual(labels.data.map((label) => (label === 1 ? 1 : 0)))

  const disputed = (reading: 'second' | 'arbitrate') => {
    const rows = listCases(library).map((row) => ({ ...row, facts: { ...row.facts!, reading } }))
    return [verifiedCases(rows, 'work', schema), drawnStructures(schema, rows)]
  }
  expect([...disputed('second'), ...disputed('arbitrate')]).toEqual([[], [], [], []])
  expect(drawnStructures(schema, listCases(library))).toEqual(['anterior-hippocampus'])

  const absent = { ...verified, row: { ...verified.row, statuses: { 'anterior-hippocampus': 'absent' } as const } }
  expect((await verifiedOnlyCase(library, absent, schema, 1).load()).labels.data.some((label) => label > 0)).toBe(false)
  library.close()
})
