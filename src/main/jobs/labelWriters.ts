import type { ExportFormat } from '../../shared/contract'
import { EmendError } from '../../shared/errors'
import { exportFormats } from '../../shared/exportFormats'
import type { DerivedOptions } from '../imaging/dicom/derived'
import { writeFileAtomic } from '../imaging/atomicFile'
import { NOT_FOR_CLINICAL_USE, type LabelledImage } from '../imaging/labelledImage'
import { encodeMeshes, encodeOneMesh, type MeshFormat } from '../imaging/mesh/meshFiles'
import { encodeNifti, gzip } from '../imaging/nifti'
import { encodeSegNrrd } from '../imaging/segNrrd'
import { encodeVolumetryCsv, encodeVolumetryJson } from '../imaging/report/volumetry'

type Encoded = Uint8Array | string

/** From a labelled image to a file's bytes; `path` only says which of a format's endings was chosen. */
type Encode = (labelled: LabelledImage, path: string) => Encoded | Promise<Encoded>

/** Writers of DICOM and PDF come with large libraries, which are loaded only when one is asked for. */
const encoders: Readonly<Record<ExportFormat, Encode>> = {
  nifti: ({ labels }, path) => (/\.gz$/i.test(path) ? gzip(encodeNifti(labels)) : encodeNifti(labels)),
  'dicom-seg': segmentation('BINARY'),
  'dicom-labelmap': segmentation('LABELMAP'),
  'seg-nrrd': encodeSegNrrd,
  rtstruct: async (labelled) => {
    const { encodeStructureSet } = await import('../imaging/dicom/rtstructWriter')
    return encodeStructureSet(labelled.dicom, labelled.labels, labelled.structures, dicomOptions(labelled))
  },
  stl: meshes('stl'),
  obj: meshes('obj'),
  ply: meshes('ply'),
  csv: encodeVolumetryCsv,
  json: encodeVolumetryJson,
  pdf: async (labelled) => (await import('../imaging/report/pdfReport')).encodePdfReport(labelled),
  'dicom-sr': async (labelled) => {
    const { encodeReportArchive } = await import('../imaging/report/reportArchive')
    return encodeReportArchive(labelled, dicomOptions(labelled))
  },
}

function segmentation(type: 'BINARY' | 'LABELMAP'): Encode {
  return async (labelled) => {
    const { encodeSegmentation } = await import('../imaging/dicom/seg')
    const options = { ...dicomOptions(labelled), type }
    return encodeSegmentation(labelled.dicom, labelled.labels, labelled.structures, options)
  }
}

function meshes(format: MeshFormat): Encode {
  return (labelled, path) => (/\.zip$/i.test(path) ? encodeMeshes(labelled, format) : encodeOneMesh(labelled, format))
}

function dicomOptions({ provenance, dicom }: LabelledImage): DerivedOptions {
  return {
    seriesDescription: `Emend labels, ${NOT_FOR_CLINICAL_USE.toLowerCase()}`,
    // Who annotates at a site can say where the patient was.
    creator: dicom?.deidentified ? undefined : provenance.author,
    when: provenance.when,
  }
}

/**
 * Writes labels to `path`, whole or not at all.
 * @throws EmendError where the format cannot say it, as a DICOM SEG of an image that was no DICOM
 */
export async function writeLabels(labelled: LabelledImage, format: ExportFormat, path: string): Promise<void> {
  await writeFileAtomic(path, await encoders[format](labelled, path))
}

/** @throws EmendError where the format refers to DICOM slices and the image has none; before work of minutes. */
export function requireSource(format: ExportFormat, dicom: unknown, name: string): void {
  if (!exportFormats[format].needsDicom || dicom) return
  throw new EmendError(`${name} is no DICOM series, which a ${exportFormats[format].title} has to refer to`, {
    hint: 'write NIfTI instead: .nii.gz',
  })
}
