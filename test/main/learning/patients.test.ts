import { expect, it } from 'vitest'
import { patientsOf } from '../../../src/main/learning/patients'
import { addCase, listCases } from '../../../src/main/library/cases'
import type { Library } from '../../../src/main/library/library'
import { temporaryLibrary } from '../library/fixtures'
import { newCase } from '../library/samples'

async function add(library: Library, n: number, patientId: string, studyInstanceUid = ''): Promise<string> {
  const made = newCase()
  const data = (made.volume.data as Int16Array).slice()
  data[0] = n
  const dicom = { identity: { patientId, studyInstanceUid } } as never
  return (await addCase(library, { ...made, volume: { ...made.volume, data }, dicom })).id
}

it('a patient’s cases go together, else a study’s, and whoever is not known stands alone', async () => {
  const library = temporaryLibrary()
  const [jane, again] = [await add(library, 1, 'P1', '1.2'), await add(library, 2, ' P1', '1.3')]
  const [arterial, venous] = [await add(library, 3, 'ANONYMOUS', '1.4'), await add(library, 4, '', '1.4')]
  const alone = [await add(library, 5, '0000'), await add(library, 6, 'Anon'), await add(library, 7, '')]
  const pseudonyms = [await add(library, 8, 'ANON-12ab'), await add(library, 9, 'ANON-34cd')]
  const patients = await patientsOf(library, listCases(library))
  expect(patients.get(jane)).toBe(patients.get(again))
  expect(patients.get(arterial)).toBe(patients.get(venous))
  for (const id of alone) expect(patients.get(id)).toBe(id)
  expect(new Set([jane, arterial, ...alone, ...pseudonyms].map((id) => patients.get(id))).size).toBe(7)
})

it('what most cases share tells no patient apart', async () => {
  const library = temporaryLibrary()
  const ids = [1, 2, 3].map((n) => add(library, n, 'TEST'))
  await Promise.all([...ids, add(library, 4, 'P1')])
  const patients = await patientsOf(library, listCases(library))
  expect(new Set(patients.values()).size).toBe(4)
})
