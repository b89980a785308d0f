import PdfDocument from 'pdfkit'
import { NOT_FOR_CLINICAL_USE, type LabelledImage } from '../labelledImage'
import { reportPictures, type ReportPicture } from './reportPictures'
import { measureStructures, valueUnit, type MeasuredStructure } from './volumetry'

const MARGIN = 42
const ink = '#1b1f24'
const faint = '#6a737d'

/**
 * A report for people on a page of A4 (more where there are many structures): one slice of each plane with the labels,
 * a table of what was measured, and where it comes from. The patient is named only where `identified` asks for it.
 */
export async function encodePdfReport(labelled: LabelledImage): Promise<Uint8Array> {
  const pictures = await reportPictures(labelled)
  const measured = await measureStructures(labelled)
  const { provenance } = labelled
  const title = titleOf(labelled)
  const pdf = new PdfDocument({
    size: 'A4',
    margin: MARGIN,
    bufferPages: true,
    info: {
      Title: latin(title),
      Author: latin(provenance.author),
      Subject: NOT_FOR_CLINICAL_USE,
      Creator: 'Emend',
      CreationDate: provenance.when,
    },
  })
  const bytes = collected(pdf)
  pdf.font('Helvetica-Bold').fontSize(16).fillColor(ink).text(latin(title), MARGIN, MARGIN)
  pdf.font('Helvetica').fontSize(9).fillColor(faint)
  for (const line of patientLines(labelled)) pdf.text(latin(line), MARGIN, pdf.y + 2)
  drawPictures(pdf, pictures)
  drawTable(pdf, measured, valueUnit(labelled))
  drawLines(pdf, provenanceLines(labelled))
  drawFooters(pdf)
  pdf.end()
  return bytes
}

function titleOf({ modality, provenance: { caseId } }: LabelledImage): string {
  return caseId === null ? `Labels of a ${modality}` : `Labels of ${modality} case ${caseId.slice(0, 8)}`
}

/** What identifies the patient: nothing unless it was asked for. */
function patientLines({ identified, title, dicom }: LabelledImage): string[] {
  if (!identified) return []
  if (!dicom) return [title]
  const { patientName, patientId, patientBirthDate, studyDate, studyDescription } = dicom.identity
  const patient = [patientName.replaceAll('^', ' ').trim(), patientId, patientBirthDate && `born ${patientBirthDate}`]
  return [patient, [studyDescription || title, studyDate]].map((parts) => parts.filter(Boolean).join(', '))
}

function drawPictures(pdf: PdfDocument, pictures: readonly ReportPicture[]): void {
  const gap = 10
  const width = (pdf.page.width - 2 * MARGIN - gap * (pictures.length - 1)) / pictures.length
  const top = pdf.y + 14
  const height = Math.min(230, Math.max(...pictures.map((one) => (width * one.height) / one.width)))
  pictures.forEach((picture, n) => {
    const left = MARGIN + n * (width + gap)
    const below = top + Math.min(height, (width * picture.height) / picture.width) + 3
    pdf.image(picture.png, left, top, { fit: [width, height] })
    pdf.fontSize(8).fillColor(faint).text(picture.plane, left, below, { width, lineBreak: false })
  })
  pdf.y = top + height + 24
}

interface Column {
  readonly title: string
  readonly width: number
  readonly align: 'left' | 'right'
  readonly cell: (row: MeasuredStructure) => string
}

function columnsOf(unit: string): Column[] {
  const number = (value: number | null | undefined, digits: number): string =>
    value === null || value === undefined ? '' : value.toFixed(digits)
  return [
    { title: 'Structure', width: 150, align: 'left', cell: ({ structure }) => structure.label },
    { title: 'Status', width: 74, align: 'left', cell: ({ structure }) => structure.status },
    { title: 'Volume, mL', width: 62, align: 'right', cell: ({ volumeMl }) => number(volumeMl, 1) },
    { title: `Mean, ${unit}`, width: 62, align: 'right', cell: ({ mean }) => number(mean, 0) },
    { title: 'SD', width: 42, align: 'right', cell: ({ sd }) => number(sd, 0) },
    {
      title: 'Extent R-L x A-P x S-I, mm',
      width: 112,
      align: 'right',
      cell: ({ extentMm }) => extentMm?.map((mm) => mm.toFixed(0)).join(' x ') ?? '',
    },
  ]
}

const ROW = 16

function drawTable(pdf: PdfDocument, measured: readonly MeasuredStructure[], unit: string): void {
  const columns = columnsOf(unit)
  const row = (cells: readonly string[], y: number): void => {
    let x = MARGIN + 14
    columns.forEach(({ width, align }, n) => {
      pdf.text(latin(cells[n]), x, y, { width: width - 6, align, lineBreak: false })
      x += width
    })
  }
  const header = (): void => {
    pdf.font('Helvetica-Bold').fontSize(8).fillColor(faint)
    row(
      columns.map(({ title }) => title),
      pdf.y,
    )
    pdf.font('Helvetica').fontSize(9).fillColor(ink)
  }
  let y = pdf.y
  header()
  y += ROW
  for (const one of measured) {
    if (y + ROW > pdf.page.height - MARGIN - 24) {
      pdf.addPage()
      pdf.y = MARGIN
      header()
      y = MARGIN + ROW
    }
    pdf.fillColor(one.structure.color).rect(MARGIN, y, 8, 8).fill().fillColor(ink)
    row(
      columns.map(({ cell }) => cell(one)),
      y,
    )
    y += ROW
  }
  pdf.y = y + 12
}

function provenanceLines({
  structures,
  provenance: { caseId, revision, model, author, when },
}: LabelledImage): string[] {
  const verified = structures.filter(({ status }) => status !== 'unreviewed').length
  return [
    `${verified} of ${structures.length} structures were reviewed. Extent is from edge to edge of the outermost voxels; SD is of the voxels' values.`,
    `Labels: ${model === null ? 'drawn by hand' : `proposed by ${model}`}${revision === null ? '' : `, revision ${revision}`}${caseId === null ? '' : ` of case ${caseId}`}.`,
    `Written by ${author} with Emend, ${when.toISOString().slice(0, 16).replace('T', ' ')} UTC.`,
  ]
}

function drawLines(pdf: PdfDocument, lines: readonly string[]): void {
  const width = pdf.page.width - 2 * MARGIN
  pdf.font('Helvetica').fontSize(8).fillColor(faint)
  if (pdf.y + 14 * lines.length > pdf.page.height - MARGIN - 24) {
    pdf.addPage()
    pdf.y = MARGIN
  }
  for (const line of lines) pdf.text(latin(line), MARGIN, pdf.y + 2, { width })
}

function drawFooters(pdf: PdfDocument): void {
  const { start, count } = pdf.bufferedPageRange()
  for (let page = start; page < start + count; page++) {
    pdf.switchToPage(page)
    // The footer lies in the margin, where text would else begin another page.
    pdf.page.margins.bottom = 0
    const y = pdf.page.height - MARGIN + 8
    pdf.font('Helvetica-Bold').fontSize(9).fillColor(ink).text(NOT_FOR_CLINICAL_USE, MARGIN, y, { lineBreak: false })
    pdf
      .font('Helvetica')
      .fillColor(faint)
      .text(`${page - start + 1} / ${count}`, MARGIN, y, { width: pdf.page.width - 2 * MARGIN, align: 'right' })
  }
}

/** The fonts that every PDF reader has know Latin-1 alone. */
function latin(text: string): string {
  return text.normalize('NFC').replace(/[^\x20-\x7e\xa0-\xff]/g, '?')
}

function collected(pdf: PdfDocument): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  return new Promise((resolve, reject) => {
    pdf.on('data', (chunk) => chunks.push(chunk))
    pdf.on('end', () => resolve(Buffer.concat(chunks)))
    pdf.on('error', reject)
  })
}
