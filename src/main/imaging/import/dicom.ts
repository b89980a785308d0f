import { looksLikeDicom, parseDicom } from '../dicom/attributes'
import { instanceFrom } from '../dicom/instance'
import { canDecode } from '../dicom/pixels'
import type { Handler } from './handler'

/** A DICOM file: its header is kept, its pixels are read again once the series is known. */
export const dicom: Handler = async (source) => {
  const bytes = await source.read()
  if (!looksLikeDicom(bytes)) return null
  const instance = instanceFrom(parseDicom(bytes, source.name, 'pixels'), source)
  if ('reason' in instance) return { kind: 'skipped', reason: instance.reason }
  const { transferSyntax } = instance.pixels
  if (!canDecode(transferSyntax)) {
    return { kind: 'skipped', reason: `compressed in a way that Emend cannot read (${transferSyntax})` }
  }
  return { kind: 'instance', instance }
}
