import { writeFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { addCase } from '../../../src/main/library/cases'
import { libraryPaths } from '../../../src/main/library/paths'
import { readReading, writeReading } from '../../../src/main/library/reading'
import { emptyReading, type Reading } from '../../../src/shared/reading'
import { temporaryLibrary } from './fixtures'
import { newCase } from './samples'

const reading: Reading = {
  measurements: [{ id: 'm1', kind: 'ruler', plane: 'axial', points: [[1, 2, 3], [4, 5, 3]] }], // prettier-ignore
  alignments: { other: [0, -4, 12.5] },
}

describe('what is noted of a case', () => {
  it('is nothing at first, and comes back as it was written', async () => {
    const library = temporaryLibrary()
    const { id } = await addCase(library, newCase())
    expect(await readReading(library, id)).toEqual(emptyReading)
    await writeReading(library, id, reading)
    expect(await readReading(library, id)).toEqual(reading)
  })

  it('is refused where the file is damaged, or the case unknown', async () => {
    const library = temporaryLibrary()
    const { id } = await addCase(library, newCase())
    writeFileSync(libraryPaths.reading(library.root, id), '{"format":"other"}')
    await expect(readReading(library, id)).rejects.toThrow('is damaged')
    await expect(writeReading(library, 'none', reading)).rejects.toThrow('no case')
  })
})
