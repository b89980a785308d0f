import { describe, expect, it } from 'vitest'
import { toCanonical } from '../../../src/main/imaging/canonical'
import { addSample, wantsSample } from '../../../src/main/jobs/sample'
import { addCase, listCases, readCaseImage, readCaseSource } from '../../../src/main/library/cases'
import { emptyTrash, removeCase } from '../../../src/main/library/trash'
import { unwatched } from '../../../src/shared/progress'
import { temporaryLibrary } from '../library/fixtures'
import { newCase, smallCt } from '../library/samples'

describe('addSample', () => {
  it('brings in the sample study as a DICOM series, once, and remembers that it did', async () => {
    const library = temporaryLibrary()
    expect(wantsSample(library)).toBe(true)
    const context = { library, work: unwatched, devices: [], changed: () => undefined }
    // The real phantom takes its time; the way into the library is the same for any image.
    const image = toCanonical(smallCt(1, [24, 20, 9]), 'CT').volume
    await addSample(context, () => image)
    await addSample(context, () => image)
    expect(wantsSample(library)).toBe(false)
    const rows = listCases(library)
    expect(rows).toHaveLength(1)
    expect(rows[0]).toMatchObject({ modality: 'CT', dims: [24, 20, 9], warnings: [] })
    expect(rows[0].title).toMatch(/^Sample: synthetic CT abdomen/)
    expect((await readCaseImage(library, rows[0].id)).data).toEqual(image.data)
    const { dicom } = await readCaseSource(library, rows[0].id)
    expect(dicom?.identity.patientName).toBe('Sample^Emend')
    expect(dicom?.slices).toHaveLength(9)
  })

  it('is not for a library that has cases, or had some', async () => {
    const library = temporaryLibrary()
    const { id } = await addCase(library, newCase())
    expect(wantsSample(library)).toBe(false)
    removeCase(library, id)
    await emptyTrash(library, new Date().toISOString())
    expect(wantsSample(library)).toBe(false)
  })
})
