import dcmjs, { type Dataset } from 'dcmjs'
import { uidOfText } from './uids'

export const EXPLICIT_LITTLE_ENDIAN = '1.2.840.10008.1.2.1'
/** Its lengths have 32 bits throughout: for text beyond the 64 kB that explicit lengths of decimal strings can say. */
export const IMPLICIT_LITTLE_ENDIAN = '1.2.840.10008.1.2'
const EMEND_IMPLEMENTATION = uidOfText('Emend')

/** A DICOM file in little endian, UTF-8, from attributes by keyword. */
export function encodeDicom(
  dataset: Dataset & { readonly SOPClassUID: string; readonly SOPInstanceUID: string },
  transferSyntax: typeof EXPLICIT_LITTLE_ENDIAN | typeof IMPLICIT_LITTLE_ENDIAN = EXPLICIT_LITTLE_ENDIAN,
): Uint8Array {
  const { DicomMetaDictionary, DicomDict } = dcmjs.data
  const meta = DicomMetaDictionary.denaturalizeDataset({
    FileMetaInformationVersion: Uint8Array.of(0, 1).buffer,
    MediaStorageSOPClassUID: dataset.SOPClassUID,
    MediaStorageSOPInstanceUID: dataset.SOPInstanceUID,
    TransferSyntaxUID: transferSyntax,
    ImplementationClassUID: EMEND_IMPLEMENTATION,
    ImplementationVersionName: 'EMEND',
  })
  const file = new DicomDict(meta)
  file.dict = DicomMetaDictionary.denaturalizeDataset({ SpecificCharacterSet: 'ISO_IR 192', ...dataset })
  return new Uint8Array(file.write())
}

/** A number as a decimal string of at most 16 characters, as DICOM's DS wants it. */
export function decimal(value: number): string {
  for (let digits = 15; digits > 0; digits--) {
    const text = String(Number(value.toPrecision(digits)))
    if (text.length <= 16) return text
  }
  return value.toExponential(6)
}

export const decimals = (values: readonly number[]): string[] => values.map(decimal)

/** Date and time as DA and TM. */
export function dicomTime(when: Date): { date: string; time: string } {
  const [day, clock] = when.toISOString().split('T')
  return { date: day.replaceAll('-', ''), time: clock.slice(0, 8).replaceAll(':', '') }
}
