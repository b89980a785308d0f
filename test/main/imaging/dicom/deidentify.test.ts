import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { writeDicomSeries } from '../../../../src/main/imaging/dicom/ctSeries'
import { deidentify } from '../../../../src/main/imaging/dicom/deidentify'
import { encodeStructureSet } from '../../../../src/main/imaging/dicom/rtstructWriter'
import { encodeSegmentation } from '../../../../src/main/imaging/dicom/seg'
import type { DicomSource } from '../../../../src/main/imaging/dicom/source'
import { readImages } from '../../../../src/main/imaging/import/readImages'
import type { ImportedVolume } from '../../../../src/main/imaging/import/result'
import type { Volume } from '../../../../src/main/imaging/volume'
import { commandExists, python, pythonHas, dciodvfyErrors } from '../../../peers'
import { sampleLabelled } from '../labelledSample'

const folder = mkdtempSync(join(tmpdir(), 'emend-deidentify-'))
afterAll(() => rmSync(folder, { recursive: true }))

describe('an import without its patient', () => {
  let imported: ImportedVolume
  let source: DicomSource
  /** Everything that could lead back to the patient. */
  let identifying: string[]

  beforeAll(async () => {
    const { structures, ...sample } = sampleLabelled()
    expect(structures).not.toEqual([])
    await writeDicomSeries(join(folder, 'ct'), (await sample.image()) as Volume<Int16Array>, {
      patientName: 'Quintus^Hildegard',
      patientId: 'MRN-4711',
      studyDescription: 'Abdomen of Quintus',
      seriesDescription: 'portal, Hildegard',
    })
    imported = (await readImages([join(folder, 'ct')])).volumes[0]
    if (!imported.dicom) throw new Error('no source')
    source = imported.dicom
    identifying = [
      ...['Quintus', 'Hildegard', 'MRN-4711', source.identity.studyDate],
      ...[source.identity.studyInstanceUid, source.seriesInstanceUid, source.frameOfReferenceUid],
      ...source.slices.map(({ sopInstanceUid }) => sopInstanceUid),
    ]
    expect(identifying.every((text) => text.length > 5)).toBe(true)
  })

  it('keeps nothing that leads back, and the voxels and their places as they are', () => {
    const { volume, ...rest } = deidentify(imported, 'key')
    const kept = JSON.stringify(rest)
    for (const text of identifying) expect(kept).not.toContain(text)
    expect(volume).toBe(imported.volume)
    expect(rest.dicom?.slices.map(({ position }) => position)).toEqual(source.slices.map(({ position }) => position))
    expect(rest.dicom?.slices[0].sopClassUid).toBe(source.slices[0].sopClassUid)
  })

  it('gives the same pseudonym and UIDs by the same key, others by another', () => {
    const by = (key: string): DicomSource | undefined => deidentify(imported, key).dicom
    expect(by('a')).toEqual(by('a'))
    expect(by('a')?.identity.patientId).not.toBe(by('b')?.identity.patientId)
    expect(by('a')?.seriesInstanceUid).not.toBe(by('b')?.seriesInstanceUid)
    expect(new Set(by('a')?.slices.map(({ sopInstanceUid }) => sopInstanceUid)).size).toBe(source.slices.length)
    expect(by('a')?.seriesInstanceUid).toMatch(/^2\.25\.\d{1,39}$/)
  })

  it('warns of text in the pixels', () => {
    expect(deidentify(imported, 'key').warnings).toEqual(imported.warnings)
    const warned = (change: Partial<DicomSource>): string[] =>
      deidentify({ ...imported, dicom: { ...source, ...change } }, 'key').warnings
    expect(warned({ burnedInAnnotation: true }).at(-1)).toMatch(/burned-in/)
    expect(warned({ modality: 'US' }).at(-1)).toMatch(/modality US often have text/)
  })

  it('leaves nothing of the patient in what is exported', () => {
    const { dicom, volume } = deidentify(imported, 'key')
    const { structures, labels } = sampleLabelled()
    const onGrid = { ...volume, data: labels.data }
    const files = {
      'seg.dcm': encodeSegmentation(dicom, onGrid, structures),
      'labelmap.dcm': encodeSegmentation(dicom, onGrid, structures, { type: 'LABELMAP' }),
      'rtstruct.dcm': encodeStructureSet(dicom, onGrid, structures),
    }
    for (const [name, bytes] of Object.entries(files)) {
      const text = Buffer.from(bytes).toString('latin1')
      for (const word of identifying) if (word !== source.identity.studyDate) expect(text).not.toContain(word)
      const path = join(folder, name)
      writeFileSync(path, bytes)
      if (name !== 'labelmap.dcm' && commandExists('dciodvfy')) {
        expect(dciodvfyErrors(path)).toEqual([])
      }
      if (!pythonHas('pydicom')) continue
      const script = `import sys,json,pydicom
d=pydicom.dcmread(sys.argv[1]); print(json.dumps([d.PatientIdentityRemoved,d.StudyDate,str(d.PatientName)==d.PatientID,d.DeidentificationMethodCodeSequence[0].CodeValue]))`
      expect(JSON.parse(python(script, path))).toEqual(['YES', '', true, '113100'])
    }
  })
})
