import { looksLikeDicom, parseDicom, type Attributes } from '../dicom/attributes'
import { instanceFrom } from '../dicom/instance'
import { canDecode } from '../dicom/pixels'
import { segmentationFrom } from '../dicom/segReader'
import { structureSetFrom } from '../dicom/structureSet'
import type { Handler } from './handler'
import { START_LENGTH, type Source } from './source'

/** A DICOM file: its header is kept, its pixels are read once the series is known. */
export const dicom: Handler = async (source, start) => {
  if (!looksLikeDicom(start)) return null
  const header = await headerOf(source, start)
  const modality = header.text('x00080060')
  if (modality === 'RTSTRUCT') return { kind: 'labels', labels: structureSetFrom(header, source) }
  if (modality === 'SEG') {
    const labels = segmentationFrom(header, source)
    return 'reason' in labels ? { kind: 'skipped', reason: labels.reason } : { kind: 'labels', labels }
  }
  const instance = instanceFrom(header, source)
  if ('reason' in instance) return { kind: 'skipped', reason: instance.reason }
  const { transferSyntax } = instance.pixels
  if (!canDecode(transferSyntax)) {
    return { kind: 'skipped', reason: `compressed in a way that Emend cannot read (${transferSyntax})` }
  }
  return { kind: 'instance', instance }
}

/** Mostly the beginning of the file holds it whole, up to the pixels; else the file is read. */
async function headerOf(source: Source, start: Uint8Array): Promise<Attributes> {
  if (start.length >= START_LENGTH) {
    try {
      const header = parseDicom(start, source.name, 'pixels')
      if (header.has('x7fe00010')) return header
    } catch {
      // Cut within an element: the whole file tells whether that is damage.
    }
  }
  return parseDicom(start.length < START_LENGTH ? start : await source.read(), source.name, 'pixels')
}
