import { unzipSync } from 'fflate'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { writeDicomSeries } from '../../../../src/main/imaging/dicom/ctSeries'
import { readImages } from '../../../../src/main/imaging/import/readImages'
import type { LabelledImage } from '../../../../src/main/imaging/labelledImage'
import { encodeReportArchive } from '../../../../src/main/imaging/report/reportArchive'
import { measureStructures } from '../../../../src/main/imaging/report/volumetry'
import type { Volume } from '../../../../src/main/imaging/volume'
import { dataPath } from '../../../data'
import { commandExists, python, pythonHas, dciodvfyErrors } from '../../../peers'
import { sampleLabelled, sampleStructures } from '../labelledSample'

const folder = mkdtempSync(join(tmpdir(), 'emend-report-'))
afterAll(() => rmSync(folder, { recursive: true }))

/** A report's content as lines 'RELATIONSHIP TYPE concept = value', indented as the tree is. */
const outline = `
import sys,json,pydicom
def code(c): return c.CodeValue+'|'+c.CodingSchemeDesignator
def lines(items,depth):
  for i in items:
    v=''
    if i.ValueType=='CODE': v=code(i.ConceptCodeSequence[0])
    elif i.ValueType=='NUM': v=str(i.MeasuredValueSequence[0].NumericValue)+' '+i.MeasuredValueSequence[0].MeasurementUnitsCodeSequence[0].CodeValue
    elif i.ValueType=='IMAGE': r=i.ReferencedSOPSequence[0]; v=r.ReferencedSOPInstanceUID+'#'+str(r.get('ReferencedSegmentNumber'))
    else: v=str(i.get('TextValue') or i.get('UID') or i.get('PersonName') or '')
    yield '  '*depth+i.RelationshipType+' '+i.ValueType+' '+code(i.ConceptNameCodeSequence[0])+' = '+v
    yield from lines(i.get('ContentSequence',[]),depth+1)
def read(p):
  d=pydicom.dcmread(p); return d,list(lines(d.ContentSequence,0))
`

describe('a structured report with its segmentation', () => {
  const [seg, report] = [join(folder, 'seg.dcm'), join(folder, 'report.dcm')]
  let labelled: LabelledImage

  beforeAll(async () => {
    const sample = sampleLabelled()
    const image = (await sample.image()) as Volume<Int16Array>
    await writeDicomSeries(join(folder, 'ct'), image, { patientName: 'Müller^Jörg' })
    const [{ volume, dicom }] = (await readImages([join(folder, 'ct')])).volumes
    const kidney = sampleStructures[1]
    const left = { value: '7771000', scheme: 'SCT', meaning: 'Left' }
    labelled = {
      ...sample,
      structures: [sampleStructures[0], { ...kidney, modifier: left }, sampleStructures[2]],
      image: async () => volume,
      dicom,
    }
    const files = unzipSync(await encodeReportArchive(labelled, { creator: 'Doe^Jane' }))
    expect(Object.keys(files)).toEqual(['seg.dcm', 'report.dcm'])
    writeFileSync(seg, files['seg.dcm'])
    writeFileSync(report, files['report.dcm'])
  })

  it.skipIf(!commandExists('dciodvfy'))('passes dciodvfy without errors', () => {
    for (const path of [seg, report]) expect(dciodvfyErrors(path)).toEqual([])
  })

  it.skipIf(!pythonHas('pydicom'))('tells of every segment of the SEG under its tracking UID', async () => {
    const script = `${outline}
s,(d,tree)=pydicom.dcmread(sys.argv[1]),read(sys.argv[2])
print(json.dumps(dict(tree=tree,sop=s.SOPInstanceUID,tracking=[x.TrackingUID for x in s.SegmentSequence],patient=str(d.PatientName),
  study=d.StudyInstanceUID==s.StudyInstanceUID,template=d.ContentTemplateSequence[0].TemplateIdentifier,
  evidence=[r.SeriesInstanceUID for r in d.CurrentRequestedProcedureEvidenceSequence[0].ReferencedSeriesSequence],
  series=[s.SeriesInstanceUID,s.ReferencedSeriesSequence[0].SeriesInstanceUID])))`
    const { tree, sop, tracking, ...rest } = JSON.parse(python(script, seg, report)) as {
      tree: string[]
      sop: string
      tracking: string[]
      evidence: string[]
      series: string[]
    }
    expect(rest).toMatchObject({ patient: 'Müller^Jörg', study: true, template: '1500', evidence: rest.series })
    const of = (concept: string): string[] =>
      tree.filter((line) => line.includes(concept)).map((line) => line.slice(line.indexOf('= ') + 2))
    expect(of('112040|DCM')).toEqual(tracking)
    expect(of('121191|DCM')).toEqual([1, 2, 3].map((n) => `${sop}#${n}`))
    expect(of('121071|DCM')).toEqual(['10200004|SCT', '78961009|SCT', '28231008|SCT'])
    const measured = await measureStructures(labelled)
    of('118565006|SCT').forEach((volume, n) => {
      expect(volume).toMatch(/ mm3$/)
      expect(parseFloat(volume)).toBeCloseTo(measured[n].volumeMl * 1000, 6)
    })
    const attenuation = of('112031|DCM').map(parseFloat)
    const [liver, spleen] = measured
    ;[liver.mean, liver.sd, spleen.mean, spleen.sd].forEach((value, n) =>
      expect(attenuation[n]).toBeCloseTo(value ?? NaN, 6),
    )
    expect(tree.some((line) => line.startsWith('      HAS CONCEPT MOD CODE 272741003|SCT = 7771000|SCT'))).toBe(true)
  })

  const example = dataPath('awkward', 'highdicom-seg', 'sr_document_with_multiple_groups.dcm')
  it.skipIf(!example || !pythonHas('pydicom'))('is built as the report of highdicom is', () => {
    const script = `${outline}
shape=lambda tree,depth: sorted(set(l.split(' = ')[0].strip() for l in tree if len(l)-len(l.lstrip())==2*depth))
(a,ours),(b,theirs)=read(sys.argv[1]),read(sys.argv[2])
root=lambda d: [d.ValueType,code(d.ConceptNameCodeSequence[0]),d.ContentTemplateSequence[0].TemplateIdentifier]
print(json.dumps(dict(roots=[root(a),root(b)],top=[shape(ours,0),shape(theirs,0)],groups=[shape(ours,1),shape(theirs,1)],
  inside=[shape(ours,2),shape(theirs,2)])))`
    const { roots, top, groups, inside } = JSON.parse(python(script, report, example ?? '')) as Record<
      string,
      string[][]
    >
    expect(roots[0]).toEqual(roots[1])
    expect(top[0]).toEqual(expect.arrayContaining(top[1]))
    expect(groups[0]).toEqual(groups[1])
    const shared = ['112039|DCM', '112040|DCM', '276214006|SCT', '121071|DCM', '363698007|SCT', '118565006|SCT']
    for (const concept of shared) {
      const line = (lines: string[]): string | undefined => lines.find((one) => one.endsWith(concept))
      expect(line(inside[0])).toBe(line(inside[1]))
    }
  })
})
