import { existsSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { restoreLabels, toCanonical } from '../../../src/main/imaging/canonical'
import type { DicomSource } from '../../../src/main/imaging/dicom/source'
import { loadNifti } from '../../../src/main/imaging/nifti'
import { orientation } from '../../../src/main/imaging/volume'
import {
  addCase,
  caseGrid,
  getCase,
  listCases,
  readCaseImage,
  readCaseSource,
  setRole,
} from '../../../src/main/library/cases'
import { listAudit } from '../../../src/main/library/audit'
import { libraryPaths } from '../../../src/main/library/paths'
import { temporaryLibrary } from './fixtures'
import { newCase, smallCt } from './samples'

/** As it comes back from JSON, which knows no -0. */
const plain = <T>(value: T): T => JSON.parse(JSON.stringify(value)) as T

const dicom: DicomSource = {
  identity: {
    patientName: 'Doe^Jane',
    patientId: '4711',
    patientBirthDate: '19500101',
    patientSex: 'F',
    studyInstanceUid: '1.2.3',
    studyDate: '20260102',
    studyTime: '0304',
    studyId: '1',
    studyDescription: 'Abdomen',
    accessionNumber: '12',
    referringPhysician: 'Roe',
  },
  seriesInstanceUid: '1.2.3.4',
  frameOfReferenceUid: '1.2.3.5',
  modality: 'CT',
  rows: 6,
  columns: 7,
  pixelSpacing: [0.7, 0.8],
  orientation: [
    [1, 0, 0],
    [0, 1, 0],
  ],
  sliceThickness: 2.5,
  slices: [{ sopClassUid: '1.2.840.10008.5.1.4.1.1.2', sopInstanceUid: '1.2.3.4.1', position: [0, 0, 0] }],
}

describe('addCase', () => {
  it('keeps the canonical image, readable by other tools, and the way back to the original grid', async () => {
    const library = temporaryLibrary()
    const { id, added } = await addCase(library, newCase())
    expect(added).toBe(true)

    const canonical = toCanonical(smallCt(), 'CT').volume
    const image = await readCaseImage(library, id)
    expect(orientation(image)).toBe('RAS')
    expect(image.data).toEqual(canonical.data)
    expect(image).toMatchObject(plain({ dims: canonical.dims, affine: canonical.affine }))
    expect(caseGrid(library, id)).toEqual(plain({ dims: canonical.dims, affine: canonical.affine }))
    const file = await loadNifti(libraryPaths.image(library.root, id))
    expect(file.volume.data).toEqual(canonical.data)

    const { canonical: map } = await readCaseSource(library, id)
    const labels = { dims: image.dims, affine: image.affine, data: Uint8Array.from(image.data, (hu) => hu & 1) }
    const restored = restoreLabels(labels, map)
    expect(restored.affine).toEqual(smallCt().affine)
    expect(restored.data).toEqual(Uint8Array.from(smallCt().data, (hu) => hu & 1))
  })

  it('recognises an image that is there already by its content, not by its description', async () => {
    const library = temporaryLibrary()
    const first = await addCase(library, newCase(1, 'Venous'))
    const again = await addCase(library, newCase(1, 'Another name'))
    const other = await addCase(library, newCase(2, 'Venous'))
    expect(again).toEqual({ id: first.id, added: false, removed: false })
    expect(other.id).not.toBe(first.id)
    expect(listCases(library)).toHaveLength(2)
    expect(listAudit(library, { subject: first.id }).map((entry) => entry.outcome)).toEqual([
      'in the library already',
      'added',
    ])
  })

  it('adds an image once when two imports of it run at the same time', async () => {
    const library = temporaryLibrary()
    const results = await Promise.all([addCase(library, newCase()), addCase(library, newCase())])
    expect(results.map((result) => result.added).sort()).toEqual([false, true])
    expect(listCases(library)).toHaveLength(1)
  })

  it('shows a row with the warnings of import and conversion, and a title without patient data', async () => {
    const library = temporaryLibrary()
    const volume = smallCt()
    const clipped = { ...volume, data: Float32Array.from(volume.data, (hu, at) => (at ? hu : 1e6)) }
    const { id } = await addCase(library, { ...newCase(), volume: clipped, warnings: ['uneven spacing'], dicom })
    const row = getCase(library, id)
    expect(row.title).toBe(`Abdomen 2.5 mm · ${id.slice(0, 4)}`)
    expect(row.spacing.map((mm) => Number(mm.toFixed(9)))).toEqual([0.7, 0.8, 2.5])
    expect(row).toMatchObject({ dims: [7, 6, 5], role: 'work', revision: null, statuses: {}, schema: 'flare23' })
    expect(row.warnings[0]).toBe('uneven spacing')
    expect(row.warnings.length).toBeGreaterThan(1)
    expect(JSON.stringify(row)).not.toContain('Doe')
    expect((await readCaseSource(library, id)).dicom).toEqual(dicom)
  })

  it('takes up the folder that a killed import left', async () => {
    const library = temporaryLibrary()
    const { id } = await addCase(library, newCase())
    library.database.run('DELETE FROM cases')
    expect(existsSync(libraryPaths.image(library.root, id))).toBe(true)
    expect(await addCase(library, newCase())).toEqual({ id, added: true, removed: false })
    expect(readFileSync(libraryPaths.source(library.root, id), 'utf8')).toContain('emend-source/1')
  })
})

describe('the worklist', () => {
  it('names a case that the library lacks', () => {
    expect(() => getCase(temporaryLibrary(), 'abc')).toThrow('the library has no case abc')
  })

  it('moves a case to the hold-out', async () => {
    const library = temporaryLibrary()
    const { id } = await addCase(library, newCase())
    setRole(library, id, 'hold-out')
    expect(getCase(library, id).role).toBe('hold-out')
  })
})
