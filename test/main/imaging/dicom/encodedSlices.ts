import type { Dataset } from 'dcmjs'
import { encodeDicom } from '../../../../src/main/imaging/dicom/encode'

const CT_IMAGE_STORAGE = '1.2.840.10008.5.1.4.1.1.2'

/** The bytes of one 4 x 3 axial CT slice at height z, mm; `change` is what a test wants different. */
export function encodedSlice(z: number, pixels: ArrayLike<number>, change: Dataset = {}): Uint8Array {
  return encodeDicom({
    SOPClassUID: CT_IMAGE_STORAGE,
    SOPInstanceUID: `1.2.3.4.5.${Math.round(z * 100) + 100000}`,
    PatientName: 'Test',
    PatientID: 'T1',
    StudyInstanceUID: '1.2.3',
    SeriesInstanceUID: '1.2.3.4',
    FrameOfReferenceUID: '1.2.3.5',
    Modality: 'CT',
    ImageType: ['ORIGINAL', 'PRIMARY', 'AXIAL'],
    InstanceNumber: String(Math.round(z)),
    ImagePositionPatient: ['-10', '-20', String(z)],
    ImageOrientationPatient: ['1', '0', '0', '0', '1', '0'],
    PixelSpacing: ['0.8', '0.8'],
    SliceThickness: '2',
    SamplesPerPixel: 1,
    PhotometricInterpretation: 'MONOCHROME2',
    Rows: 3,
    Columns: 4,
    BitsAllocated: 16,
    BitsStored: 16,
    HighBit: 15,
    PixelRepresentation: 1,
    PixelData: Int16Array.from(pixels).buffer,
    _vrMap: { PixelData: 'OW' },
    ...change,
  })
}

/** A stack of them 2 mm apart; pixel n of slice k holds `value(k, n)`. */
export function encodedStack(
  slices: number,
  value: (k: number, n: number) => number,
  change: (k: number) => Dataset = () => ({}),
): Uint8Array[] {
  return Array.from({ length: slices }, (_, k) =>
    encodedSlice(
      2 * k,
      Array.from({ length: 12 }, (_, n) => value(k, n)),
      change(k),
    ),
  )
}
