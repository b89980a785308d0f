import { join } from 'node:path'
import { mkdir } from 'node:fs/promises'
import { applyAffine, columnOf, type Vec3 } from '../../../shared/geometry/affine'
import { writeFileAtomic } from '../atomicFile'
import { reorient } from '../canonical'
import { spacing, type Volume } from '../volume'
import { decimal, decimals, dicomTime, encodeDicom } from './encode'
import { newUid, uidOfText } from './uids'
import { flipLps, times } from './vector'

export interface SeriesOptions {
  readonly patientName?: string
  readonly patientId?: string
  readonly studyDescription?: string
  readonly seriesDescription?: string
  /** The same text gives the same UIDs; without it they are new each time. */
  readonly uidSeed?: string
  readonly when?: Date
}

const CT_IMAGE_STORAGE = '1.2.840.10008.5.1.4.1.1.2'

/** A CT volume (HU) as CT Image Storage slices, explicit little endian, from the feet up, turned to LPS. */
export function encodeCtSeries(volume: Volume<Int16Array>, options: SeriesOptions = {}): Uint8Array[] {
  const { dims, affine, data } = reorient(volume, 'LPS')
  const [columns, rows, count] = dims
  const [dx, dy, dz] = spacing({ dims, affine })
  const direction = (axis: 0 | 1, length: number): Vec3 => flipLps(times(columnOf(affine, axis), 1 / length))
  const uid = (part: string): string => (options.uidSeed === undefined ? newUid() : uidOfText(options.uidSeed + part))
  const [study, series, frame] = [uid('study'), uid('series'), uid('frame of reference')]
  const { date, time } = dicomTime(options.when ?? new Date())
  const size = rows * columns
  return Array.from({ length: count }, (_, k) => {
    const pixels = data.slice(k * size, (k + 1) * size)
    return encodeDicom({
      SOPClassUID: CT_IMAGE_STORAGE,
      SOPInstanceUID: uid(`slice ${k}`),
      ImageType: ['ORIGINAL', 'PRIMARY', 'AXIAL'],
      PatientName: options.patientName ?? 'Anonymous',
      PatientID: options.patientId ?? 'ANON',
      PatientBirthDate: '',
      PatientSex: '',
      PatientPosition: 'HFS',
      StudyInstanceUID: study,
      StudyDate: date,
      StudyTime: time,
      StudyID: '1',
      StudyDescription: options.studyDescription ?? 'CT abdomen',
      AccessionNumber: '',
      ReferringPhysicianName: '',
      SeriesInstanceUID: series,
      SeriesNumber: '1',
      SeriesDescription: options.seriesDescription ?? 'CT abdomen',
      Modality: 'CT',
      BodyPartExamined: 'ABDOMEN',
      Manufacturer: 'Emend',
      ManufacturerModelName: 'Emend',
      FrameOfReferenceUID: frame,
      PositionReferenceIndicator: '',
      AcquisitionNumber: '1',
      InstanceNumber: String(k + 1),
      ContentDate: date,
      ContentTime: time,
      KVP: '120',
      ImagePositionPatient: decimals(flipLps(applyAffine(affine, [0, 0, k]))),
      ImageOrientationPatient: decimals([...direction(0, dx), ...direction(1, dy)]),
      PixelSpacing: decimals([dy, dx]),
      SliceThickness: decimal(dz),
      SamplesPerPixel: 1,
      PhotometricInterpretation: 'MONOCHROME2',
      Rows: rows,
      Columns: columns,
      BitsAllocated: 16,
      BitsStored: 16,
      HighBit: 15,
      PixelRepresentation: 1,
      RescaleIntercept: '0',
      RescaleSlope: '1',
      RescaleType: 'HU',
      WindowCenter: '40',
      WindowWidth: '400',
      PixelData: pixels.buffer,
      _vrMap: { PixelData: 'OW' },
    })
  })
}

/** Writes a CT series into `folder`, made where it is missing, as 0001.dcm, 0002.dcm, ...; returns the paths. */
export async function writeDicomSeries(
  folder: string,
  volume: Volume<Int16Array>,
  options: SeriesOptions = {},
): Promise<string[]> {
  await mkdir(folder, { recursive: true })
  const paths: string[] = []
  for (const [k, bytes] of encodeCtSeries(volume, options).entries()) {
    const path = join(folder, `${String(k + 1).padStart(4, '0')}.dcm`)
    await writeFileAtomic(path, bytes)
    paths.push(path)
  }
  return paths
}
