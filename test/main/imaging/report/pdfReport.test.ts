import { inflateSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import type { DicomSource } from '../../../../src/main/imaging/dicom/source'
import type { LabelledImage } from '../../../../src/main/imaging/labelledImage'
import { encodePdfReport } from '../../../../src/main/imaging/report/pdfReport'
import { reportPictures } from '../../../../src/main/imaging/report/reportPictures'
import { axialSlice } from '../dicom/slices'
import { sampleLabelled } from '../labelledSample'

/** The texts that a report shows, in the order in which they are drawn: the strings of every TJ (PDF 32000 9.4.3). */
async function textOf(labelled: LabelledImage): Promise<string> {
  const file = Buffer.from(await encodePdfReport(labelled)).toString('latin1')
  const streams = [...file.matchAll(/\/Filter \/FlateDecode\n>>\nstream\n([\s\S]*?)\nendstream/g)].map(([, packed]) => {
    return inflateSync(Buffer.from(packed, 'latin1')).toString('latin1')
  })
  const shown = streams.flatMap((stream) => [...stream.matchAll(/\[([^\]]*)\] TJ/g)].map(([, parts]) => parts))
  return shown
    .map((parts) => [...parts.matchAll(/<([0-9a-f]*)>/g)].map(([, hex]) => Buffer.from(hex, 'hex').toString('latin1')))
    .map((parts) => parts.join(''))
    .join('|')
}

const dicom = {
  identity: { ...axialSlice([0, 0, 0]).identity, patientName: 'Müller^Jörg', patientId: 'P77', studyDate: '20260102' },
} as DicomSource

describe('the pictures of a report', () => {
  it('show each plane where most of the labels is', async () => {
    const pictures = await reportPictures(sampleLabelled())
    expect(pictures.map(({ plane }) => plane)).toEqual(['axial', 'coronal', 'sagittal'])
    for (const { png, width, height } of pictures) {
      expect([...png.subarray(1, 4)]).toEqual([0x50, 0x4e, 0x47])
      expect(Math.min(width, height)).toBeGreaterThan(20)
    }
  })
})

describe('a report as PDF', () => {
  it('begins and ends as a PDF does', async () => {
    const bytes = Buffer.from(await encodePdfReport(sampleLabelled()))
    expect(bytes.subarray(0, 5).toString()).toBe('%PDF-')
    expect(bytes.subarray(-10).toString()).toContain('%%EOF')
  })

  it('holds the table, where it comes from, and what it is not for', async () => {
    const text = await textOf(sampleLabelled())
    expect(text).toMatch(/Labels of CT case 0a1b2c3d/)
    expect(text).toMatch(/Liver\|corrected\|3\.\d\|\d+\|\d+\|18 x 18 x \d\d/)
    expect(text).toMatch(/Gallbladder\|absent\|0\.0/)
    expect(text).toMatch(/proposed by flare@3, revision r7 of case 0a1b2c3d4e5f/)
    expect(text).toMatch(/Not for clinical use\|1 \/ 1/)
  })

  it('names the patient only where that is asked for', async () => {
    const sample = { ...sampleLabelled(), title: 'Müller, liver', dicom }
    expect(await textOf(sample)).not.toMatch(/Müller|P77/)
    expect(await textOf({ ...sample, identified: true })).toMatch(/Müller Jörg, P77/)
  })

  it('goes on on another page where there are many structures', async () => {
    const sample = sampleLabelled()
    const many = Array.from({ length: 60 }, (_, n) => ({ ...sample.structures[0], label: `Structure ${n}` }))
    const text = await textOf({ ...sample, structures: many })
    expect(text).toMatch(/Structure 59/)
    expect(text.match(/Not for clinical use/g)).toHaveLength(2)
  })
})
