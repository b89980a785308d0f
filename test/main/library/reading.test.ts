import { writeFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { addCase } from '../../../src/main/library/cases'
import type { Library } from '../../../src/main/library/library'
import { libraryPaths } from '../../../src/main/library/paths'
import { readReading, writeReading } from '../../../src/main/library/reading'
import { setStatus } from '../../../src/main/library/reviews'
import { askSecondReading } from '../../../src/main/library/secondReading'
import { emptyReading, type Reading } from '../../../src/shared/reading'
import { temporaryLibrary } from './fixtures'
import { label } from './labelling'
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

describe('the measurements of a case that is read a second time', () => {
  const ruler = (id: string, to = 6): Reading['measurements'][number] => {
    return { id, kind: 'ruler', plane: 'axial', points: [[1, 2, 3], [4, to, 3]] } // prettier-ignore
  }
  const withRulers = (...measurements: Reading['measurements']): Reading => ({ measurements, alignments: {} })
  /** A second reading of a case whose liver was verified. */
  async function askForSecond(library: Library, caseId: string): Promise<void> {
    await label(library, caseId, { statuses: { liver: 'accepted' } })
    await askSecondReading(library, caseId, 'teaching')
  }
  const pause = (): Promise<void> => new Promise((settle) => setTimeout(settle, 2))

  it('show nothing of the first reader, nor of what others drew meanwhile, until the second reading is complete', async () => {
    const anna = temporaryLibrary({ user: 'anna' })
    const [bert, clara] = ['bert', 'clara'].map((user): Library => ({ ...anna, user }))
    const { id } = await addCase(anna, newCase())
    const seenBy = async (library: Library): Promise<string[]> =>
      (await readReading(library, id)).measurements.map((one) => one.id)
    await writeReading(clara, id, withRulers(ruler('before')))
    await writeReading(bert, id, { ...(await readReading(bert, id)), alignments: { prior: [0, 1, 2] } })
    await pause()
    setStatus(anna, id, 'liver', 'accepted')
    await pause()
    const drawn = await readReading(anna, id)
    await writeReading(anna, id, { ...drawn, measurements: [...drawn.measurements, ruler('by anna')] })
    await writeReading(clara, id, withRulers(ruler('meanwhile')))
    await askForSecond(anna, id)

    expect(await seenBy(anna)).toEqual(['before', 'by anna', 'meanwhile'])
    expect(await seenBy(bert)).toEqual(['before'])
    // What is hidden from bert stays as it is, whatever the window sends.
    await writeReading(bert, id, withRulers(ruler('by bert'), ruler('by anna', 9)), ['by anna', 'meanwhile'])
    expect(await seenBy(bert)).toEqual(['before', 'by bert'])
    expect((await readReading(anna, id)).measurements).toContainEqual(ruler('by anna'))

    setStatus(bert, id, 'liver', 'accepted')
    expect(await seenBy(bert)).toEqual(['before', 'by anna', 'meanwhile', 'by bert'])
    // A window that was opened while they were hidden does not take them away.
    await writeReading(bert, id, withRulers(ruler('before')), ['by bert'])
    expect(await seenBy(bert)).toEqual(['before', 'by anna', 'meanwhile'])
  })

  it('are nobody’s, and hidden, where a former version wrote them down without a name', async () => {
    const anna = temporaryLibrary({ user: 'anna' })
    const { id } = await addCase(anna, newCase())
    const former = { format: 'emend-reading/1', ...withRulers(ruler('former')) }
    writeFileSync(libraryPaths.reading(anna.root, id), JSON.stringify(former))
    setStatus(anna, id, 'liver', 'accepted')
    await askForSecond(anna, id)
    const bert: Library = { ...anna, user: 'bert' }
    expect((await readReading(bert, id)).measurements).toEqual([])
    expect((await readReading(anna, id)).measurements).toHaveLength(1)
  })

  it('are no more than a file takes', async () => {
    const library = temporaryLibrary()
    const { id } = await addCase(library, newCase())
    const many = (from: number, count: number): Reading =>
      withRulers(...Array.from({ length: count }, (_, n) => ruler(`m${from + n}`)))
    await writeReading(library, id, many(0, 600))
    await expect(writeReading(library, id, many(600, 401))).rejects.toThrow('has 1000 measurements already')
    expect((await readReading(library, id)).measurements).toHaveLength(600)
  })
})
