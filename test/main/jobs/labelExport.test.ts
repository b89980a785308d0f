import { describe, expect, it } from 'vitest'
import { commandExists, python, pythonHas, dciodvfyErrors } from '../../peers'
import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { exportFormatNames, exportFormats } from '../../../src/shared/exportFormats'
import { exportLabels, structuresOf, withoutEmpty } from '../../../src/main/jobs/labelExport'
import { addSample } from '../../../src/main/jobs/sample'
import { addCase, caseGrid, listCases, readCaseSource } from '../../../src/main/library/cases'
import { listAudit } from '../../../src/main/library/audit'
import { addRevision } from '../../../src/main/library/revisions'
import { restoreLabels, toCanonical } from '../../../src/main/imaging/canonical'
import { schemaNamed } from '../../../src/shared/labels/builtin'
import { unwatched } from '../../../src/shared/progress'
import { temporaryLibrary } from '../library/fixtures'
import { temporaryFolder } from '../../temporaryFolder'
import { newCase, smallCt, smallLabels } from '../library/samples'

const schema = schemaNamed('flare23')
const [liver, spleen, aorta] = [1, 3, 5]

/** A library with a small sample study as a DICOM case, labelled by a model and reviewed. */
async function reviewedSample() {
  const library = temporaryLibrary()
  const context = { library, work: unwatched, devices: [], changed: () => undefined }
  await addSample(context, () => toCanonical(smallCt(1, [24, 20, 9]), 'CT').volume)
  const [{ id: caseId }] = listCases(library)
  const grid = caseGrid(library, caseId)
  const data = new Uint8Array(24 * 20 * 9)
  data.fill(liver, 500, 900).fill(spleen, 1000, 1200).fill(aorta, 2000, 2100)
  await addRevision(library, {
    caseId,
    parent: null,
    origin: 'reader',
    model: 'flare@3',
    statuses: { liver: 'corrected', spleen: 'rejected', gallbladder: 'absent' },
    edited: ['liver'],
    labels: { ...grid, data },
  })
  return { library, caseId, labels: { ...grid, data } }
}

describe('structuresOf', () => {
  const types = (statuses: Parameters<typeof structuresOf>[2], model: string | null) =>
    structuresOf(Uint8Array.from([liver, spleen, aorta]), schema, statuses, model).map((s) => [s.id, s.algorithmType])

  it('says who drew each structure', () => {
    expect(types({ liver: 'accepted', spleen: 'corrected' }, 'flare@1')).toEqual([
      [liver, 'AUTOMATIC'],
      [spleen, 'SEMIAUTOMATIC'],
      [aorta, 'AUTOMATIC'],
    ])
    expect(types({ liver: 'corrected' }, null).map(([, type]) => type)).toEqual(['MANUAL', 'MANUAL', 'MANUAL'])
  })

  it('keeps an absent structure as an empty segment, leaves out rejected ones and those that nobody spoke of', () => {
    const ids = types({ gallbladder: 'absent', spleen: 'rejected' }, 'flare@1').map(([id]) => id)
    expect(ids).toEqual([liver, aorta, 9])
  })
})

describe('withoutEmpty', () => {
  it('empties what is absent or rejected', () => {
    const labels = Uint8Array.from([liver, spleen, aorta, 255])
    expect([...withoutEmpty(labels, schema, { liver: 'absent', aorta: 'rejected' })]).toEqual([0, spleen, 0, 255])
  })
})

describe('exportLabels', () => {
  it.skipIf(!pythonHas('pydicom', 'numpy'))('writes a DICOM SEG that others read back voxel by voxel', async () => {
    const { library, caseId, labels } = await reviewedSample()
    const path = join(temporaryFolder(), 'labels.dcm')
    await exportLabels(library, caseId, { format: 'dicom-seg', path }, schema)
    const script = `
import pydicom, json, sys
d = pydicom.dcmread(sys.argv[1])
frames = d.pixel_array.reshape(-1, d.Rows, d.Columns)
voxels = {}
for f, g in zip(frames, d.PerFrameFunctionalGroupsSequence):
    n = int(g.SegmentIdentificationSequence[0].ReferencedSegmentNumber)
    voxels[n] = voxels.get(n, 0) + int(f.sum())
print(json.dumps({
  'series': d.SeriesDescription, 'content': d.ContentDescription, 'creator': str(d.ContentCreatorName),
  'segments': [[s.SegmentLabel, s.SegmentAlgorithmType, voxels.get(int(s.SegmentNumber), 0)] for s in d.SegmentSequence],
}))`
    expect(JSON.parse(python(script, path))).toEqual({
      series: 'Emend labels, not for clinical use',
      content: 'Not for clinical use',
      creator: 'reader',
      segments: [
        ['Liver', 'SEMIAUTOMATIC', 400],
        ['Aorta', 'AUTOMATIC', 100],
        ['Gallbladder', 'AUTOMATIC', 0],
      ],
    })
    expect(restoreLabels(labels, (await readCaseSource(library, caseId)).canonical).data).toHaveLength(24 * 20 * 9)
    expect(listAudit(library)[0]).toMatchObject({ action: 'export', subject: caseId })
    if (commandExists('dciodvfy')) expect(dciodvfyErrors(path)).toEqual([])
  })

  it('writes every format there is, and only what is asked for', async () => {
    const { library, caseId } = await reviewedSample()
    const folder = temporaryFolder()
    for (const format of exportFormatNames) {
      const path = join(folder, `all.${format}.${exportFormats[format].extensions[0]}`)
      await exportLabels(library, caseId, { format, path }, schema)
      expect(statSync(path).size).toBeGreaterThan(60)
    }
    const path = join(folder, 'liver.csv')
    await exportLabels(library, caseId, { format: 'csv', path, structures: ['liver'] }, schema)
    expect(readFileSync(path, 'utf8').trimEnd().split('\r\n')).toHaveLength(2)
    const wrong = exportLabels(library, caseId, { format: 'csv', path, structures: ['tail'] }, schema)
    await expect(wrong).rejects.toThrow('no structure tail')
  })

  it('refuses a DICOM SEG of an image that was no DICOM', async () => {
    const library = temporaryLibrary()
    const { id: caseId } = await addCase(library, newCase())
    await addRevision(library, {
      caseId,
      parent: null,
      origin: 'reader',
      model: null,
      statuses: {},
      edited: [],
      labels: smallLabels({ 1: liver }),
    })
    const path = join(temporaryFolder(), 'labels.dcm')
    await expect(exportLabels(library, caseId, { format: 'dicom-seg', path }, schema)).rejects.toThrow(
      'is no DICOM series',
    )
    expect(listAudit(library, { subject: caseId })[0]).toMatchObject({ action: 'export', outcome: expect.stringMatching(/^failed: .*no DICOM/) }) // prettier-ignore
  })
})
