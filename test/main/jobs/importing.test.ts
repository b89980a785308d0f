import { mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { writeDicomSeries } from '../../../src/main/imaging/dicom/ctSeries'
import { saveNifti } from '../../../src/main/imaging/nifti'
import { importImages, importSet, importSources } from '../../../src/main/jobs/importing'
import { listAudit } from '../../../src/main/library/audit'
import { getCase, listCases, readCaseSource } from '../../../src/main/library/cases'
import { setAlwaysDeidentifies } from '../../../src/main/library/deidentification'
import type { Library } from '../../../src/main/library/library'
import { EmendError } from '../../../src/shared/errors'
import { unwatched } from '../../../src/shared/progress'
import { temporaryLibrary } from '../library/fixtures'
import { temporaryFolder } from '../../temporaryFolder'
import { smallCt, smallLabels } from '../library/samples'

/** Everything that lies in a library's folder, unpacked where it is packed. */
function contentsOf(root: string): string {
  const files = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((name) => {
    return statSync(join(root, name)).isFile()
  })
  return files
    .map((name) => {
      const bytes = readFileSync(join(root, name))
      return name + (name.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('latin1')
    })
    .join('\n')
}

async function study(): Promise<string> {
  const folder = join(temporaryFolder(), 'Quintus Hildegard')
  await writeDicomSeries(folder, smallCt(), { patientName: 'Quintus^Hildegard', patientId: 'MRN-4711' })
  return folder
}

describe('an import without identity', () => {
  it('leaves no trace of the patient in the library, be it asked for or the setting', async () => {
    const folder = await study()
    for (const way of ['asked', 'setting'] as const) {
      const library = temporaryLibrary()
      if (way === 'setting') await setAlwaysDeidentifies(library, true)
      const context = { library, work: unwatched, devices: [], changed: () => undefined }
      const outcome = await importImages([folder], context, way === 'asked' ? { withoutIdentity: true } : {})
      expect(outcome).toBe('1 case added')
      const [{ id }] = listCases(library)
      const { dicom } = await readCaseSource(library, id)
      expect(dicom?.identity.patientName).toMatch(/^ANON-[0-9a-f]{12}$/)
      expect(getCase(library, id).title).not.toContain('Quintus')
      expect(contentsOf(library.root)).not.toMatch(/Quintus|Hildegard|MRN-4711/)
    }
  })

  it('keeps the patient where nobody asked otherwise, and where the setting is overruled', async () => {
    const folder = await study()
    const library = temporaryLibrary()
    await setAlwaysDeidentifies(library, true)
    const context = { library, work: unwatched, devices: [], changed: () => undefined }
    await importImages([folder], context, { withoutIdentity: false })
    const [{ id }] = listCases(library)
    expect((await readCaseSource(library, id)).dicom?.identity.patientId).toBe('MRN-4711')
  })

  it('keeps a patient’s series together, by a secret of the library', async () => {
    const library = temporaryLibrary()
    const context = { library, work: unwatched, devices: [], changed: () => undefined }
    const root = temporaryFolder()
    for (const seed of [1, 2]) {
      await writeDicomSeries(join(root, String(seed)), smallCt(seed), { patientId: 'MRN-4711' })
      await importImages([join(root, String(seed))], context, { withoutIdentity: true })
    }
    const sources = await Promise.all(listCases(library).map(({ id }) => readCaseSource(library, id)))
    expect(sources).toHaveLength(2)
    expect(new Set(sources.map(({ dicom }) => dicom?.identity.patientId)).size).toBe(1)
  })

  it('names no file in what it says of those that it skips', async () => {
    const library = temporaryLibrary()
    const context = { library, work: unwatched, devices: [], changed: () => undefined }
    const folder = await study()
    const whole = readFileSync(join(folder, readdirSync(folder)[0]))
    writeFileSync(join(folder, 'Quintus.nii'), new Uint8Array(400).fill(1))
    writeFileSync(join(folder, 'Quintus.dcm'), whole.subarray(0, 300))
    writeFileSync(join(folder, 'Hildegard.nii.gz'), Uint8Array.of(0x1f, 0x8b, 8, 0, 1, 2, 3))
    symlinkSync('/nowhere', join(folder, 'gone'))
    const { outcome, skipped } = await importSources([folder], context, { withoutIdentity: true })
    expect(skipped).toHaveLength(3)
    expect(outcome + JSON.stringify(skipped)).not.toMatch(/Quintus|Hildegard/)
  })

  it('names no file in what it says of a failure', async () => {
    const library = temporaryLibrary()
    const context = { library, work: unwatched, devices: [], changed: () => undefined }
    const empty = join(temporaryFolder(), 'Quintus.dcm')
    await expect(importImages([empty], context, { withoutIdentity: true })).rejects.toThrow(/^(?!.*Quintus)/)
  })
})

describe('a data set among what is imported', () => {
  async function dataset(): Promise<string> {
    const folder = join(temporaryFolder(), 'Set of ours')
    for (const part of ['imagesTr', 'labelsTr']) mkdirSync(join(folder, part), { recursive: true })
    await saveNifti(join(folder, 'imagesTr', 'Quintus_0000.nii.gz'), smallCt(7))
    await saveNifti(join(folder, 'labelsTr', 'Quintus.nii.gz'), smallLabels({ 4: 1 }))
    writeFileSync(join(folder, 'dataset.json'), JSON.stringify({ labels: { background: 0, liver: 1 } }))
    return folder
  }

  it('brings its labels along, for review or as verified, beside the images', async () => {
    const [folder, other] = [await dataset(), join(temporaryFolder(), 'alone.nii.gz')]
    await saveNifti(other, smallCt(8))
    for (const verified of [false, true]) {
      const library = temporaryLibrary()
      const told: string[] = []
      const changed = (ids: readonly string[]): void => void told.push(...ids)
      const outcome = await importImages([folder, other], { library, work: unwatched, devices: [], changed }, { verified }) // prettier-ignore
      expect(outcome).toBe(
        `data set Set of ours: 1 case with ${verified ? 'verified labels' : 'labels for review'}; 1 case added`,
      )
      const cases = listCases(library)
      expect(told.sort()).toEqual(cases.map(({ id }) => id).sort())
      const { statuses, revision } = cases.find(({ title }) => title.includes('Quintus'))!
      expect([statuses, revision === null]).toEqual([verified ? { liver: 'accepted' } : {}, false])
    }
  })

  it('loses its names where the import is without identity', async () => {
    const library = temporaryLibrary()
    const context = { library, work: unwatched, devices: [], changed: () => undefined }
    expect(await importImages([await dataset()], context, { withoutIdentity: true })).not.toContain('ours')
    expect(contentsOf(library.root)).not.toContain('Quintus')
    expect(listCases(library)).toHaveLength(1)
  })
})

describe('an import that fails', () => {
  const contextOf = (library: Library) => ({ library, work: unwatched, devices: [], changed: () => undefined })

  it('is on record with its reason', async () => {
    const library = temporaryLibrary()
    const folder = temporaryFolder()
    writeFileSync(join(folder, 'notes.txt'), 'no image')
    await expect(importImages([folder], contextOf(library))).rejects.toThrow('no image in')
    expect(listAudit(library)).toMatchObject([
      { action: 'import', outcome: expect.stringMatching(/^failed: no image in/) },
    ])
    await expect(importSet(folder, contextOf(library))).rejects.toThrow(EmendError)
    expect(listAudit(library).map(({ action }) => action)).toEqual(['import', 'import'])
  })

  it('is on record without the names of files where identity is hidden', async () => {
    const library = temporaryLibrary()
    await setAlwaysDeidentifies(library, true)
    const folder = join(temporaryFolder(), 'Quintus Hildegard')
    for (const part of ['imagesTr', 'labelsTr']) mkdirSync(join(folder, part), { recursive: true })
    writeFileSync(join(folder, 'dataset.json'), '{}')
    await expect(importSet(folder, contextOf(library))).rejects.toThrow(EmendError)
    await expect(importImages([folder], contextOf(library))).rejects.toThrow(EmendError)
    const [last, before] = listAudit(library)
    expect([last, before].map(({ action, outcome }) => [action, outcome.slice(0, 6)])).toEqual(Array(2).fill(['import', 'failed'])) // prettier-ignore
    expect(contentsOf(library.root)).not.toMatch(/Quintus|Hildegard/)
  })
})
