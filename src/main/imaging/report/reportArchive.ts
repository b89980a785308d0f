import { zipSync } from 'fflate'
import { EmendError } from '../../../shared/errors'
import type { DerivedOptions } from '../dicom/derived'
import { newUid } from '../dicom/uids'
import { encodeMeasurementReport } from '../dicom/measurementReport'
import { encodeSegmentation, sopClasses } from '../dicom/seg'
import type { LabelledImage } from '../labelledImage'
import { measureStructures } from './volumetry'

/**
 * A zip archive of `report.dcm`, a structured report of every structure's volume, and `seg.dcm`, the DICOM SEG whose
 * segments it refers to: both go to the archive together.
 * @throws EmendError where the image did not come from DICOM
 */
export async function encodeReportArchive(labelled: LabelledImage, options: DerivedOptions): Promise<Uint8Array> {
  const { dicom, labels } = labelled
  if (!dicom) throw new EmendError('the image did not come from a DICOM series, which a report would refer to')
  const measured = (await measureStructures(labelled)).map(({ structure, ...measurement }) => ({
    segment: { ...structure, trackingUid: newUid() },
    measurement,
  }))
  const seg = { sopClassUid: sopClasses.BINARY, sopInstanceUid: newUid(), seriesInstanceUid: newUid() }
  const segments = measured.map(({ segment }) => segment)
  return zipSync({
    'seg.dcm': encodeSegmentation(dicom, labels, segments, { ...options, ...seg }),
    'report.dcm': encodeMeasurementReport(dicom, seg, measured, {
      ...options,
      seriesDescription: 'Emend measurements, not for clinical use',
    }),
  })
}
