import { describe, expect, it } from 'vitest'
import type { DicomSource } from '../../../src/main/imaging/dicom/source'
import { addCase } from '../../../src/main/library/cases'
import { seriesHere } from '../../../src/main/library/seriesHere'
import { removeCase } from '../../../src/main/library/trash'
import { temporaryLibrary } from './fixtures'
import { newCase } from './samples'

const from = (seriesInstanceUid: string): DicomSource => ({ seriesInstanceUid, identity: {} }) as DicomSource

describe('the series of an archive', () => {
  it('are known once they are cases, until those are deleted', async () => {
    const library = temporaryLibrary()
    const { id } = await addCase(library, { ...newCase(1), dicom: from('1.2.3') })
    await addCase(library, newCase(2))
    expect(seriesHere(library, ['1.2.3', '1.2.4'])).toEqual(new Set(['1.2.3']))
    removeCase(library, id)
    expect(seriesHere(library, ['1.2.3'])).toEqual(new Set())
  })

  it('are known from the next import on where a case came before that was noted, or from a file', async () => {
    const library = temporaryLibrary()
    await addCase(library, newCase(1))
    expect(await addCase(library, { ...newCase(1), dicom: from('1.2.3') })).toMatchObject({ added: false })
    expect(seriesHere(library, ['1.2.3'])).toEqual(new Set(['1.2.3']))
  })
})
