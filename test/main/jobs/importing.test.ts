import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { writeDicomSeries } from '../../../src/main/imaging/dicom/ctSeries'
import { encodeSegmentation } from '../../../src/main/imaging/dicom/seg'
import { readImages } from '../../../src/main/imaging/import/readImages'
import { importImages } from '../../../src/main/jobs/importing'
import { caseGrid, listCases } from '../../../src/main/library/cases'
import { listRevisions, readRevision } from '../../../src/main/library/revisions'
import { restoreLabels } from '../../../src/main/imaging/canonical'
import { EmendError } from '../../../src/shared/errors'
import { schemaNamed } from '../../../src/shared/labels/builtin'
import { structureNamed, type Structure } from '../../../src/shared/labels/schema'
import { unwatched } from '../../../src/shared/progress'
import { temporaryFolder, temporaryLibrary } from '../library/fixtures'
import { smallCt } from '../library/samples'

const schema = schemaNamed('flare23')

/** A series of 16 x 12 x 6 voxels with a SEG of liver and left kidney beside it. */
async function labelledStudy() {
  const folder = temporaryFolder()
  await writeDicomSeries(folder, smallCt(3, [16, 12, 6]), { uidSeed: 'labelled' })
  const [{ volume, dicom }] = (await readImages([folder])).volumes
  const [liver, kidney] = ['liver', 'left-kidney'].map((name) => structureNamed(schema, name))
  const data = new Uint8Array(volume.data.length).fill(liver.id, 200, 500).fill(kidney.id, 700, 760)
  const segment = (structure: Structure) => ({ ...structure, label: structure.title, algorithmType: 'MANUAL' }) as const
  const bytes = encodeSegmentation(dicom, { ...volume, data }, [liver, kidney].map(segment))
  writeFileSync(join(folder, 'labels.dcm'), bytes)
  return { folder, volume, data }
}

function context() {
  const library = temporaryLibrary()
  return { library, work: unwatched, devices: [], changed: () => undefined }
}

describe('importImages', () => {
  it('brings the labels of a study along, as an unreviewed revision of origin import', async () => {
    const { folder, volume, data } = await labelledStudy()
    const job = context()
    const outcome = await importImages([folder], job)
    expect(outcome).toBe('1 case added; labels of liver, left-kidney')
    const [row] = listCases(job.library)
    expect(row.statuses).toEqual({})
    const [revision, ...others] = listRevisions(job.library, row.id)
    expect(others).toEqual([])
    expect(revision).toMatchObject({ origin: 'import', parent: null, model: null })
    const labels = await readRevision(job.library, row.id, revision.id)
    expect(labels.dims).toEqual(caseGrid(job.library, row.id).dims)
    expect(restoreLabels(labels, volume).data).toEqual(data)
  })

  it('leaves the labels of a case alone that has some', async () => {
    const { folder } = await labelledStudy()
    const job = context()
    await importImages([folder], job)
    expect(await importImages([folder], job)).toBe('0 cases added, 1 in the library already')
    expect(listRevisions(job.library, listCases(job.library)[0].id)).toHaveLength(1)
  })

  it("follows the table of names in the library's folder, and refuses a broken one before it adds anything", async () => {
    const { folder } = await labelledStudy()
    const job = context()
    const table = join(job.library.root, 'structure-names.json')
    writeFileSync(table, '{"spleen": {"names": ["liver"]}, "-": {"codes": ["SCT:64033007+7771000"]}}')
    expect(await importImages([folder], job)).toBe('1 case added; labels of spleen; not matched: Left kidney')
    const other = context()
    writeFileSync(join(other.library.root, 'structure-names.json'), 'nonsense')
    await expect(importImages([folder], other)).rejects.toThrow(EmendError)
    expect(listCases(other.library)).toEqual([])
  })
})
