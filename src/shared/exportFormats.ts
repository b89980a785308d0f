/** The formats that labels are written in, for menus, dialogs and the command line. */

export const exportFormatNames = [
  'dicom-seg',
  'dicom-labelmap',
  'nifti',
  'seg-nrrd',
  'rtstruct',
  'stl',
  'obj',
  'ply',
  'csv',
  'json',
  'pdf',
  'dicom-sr',
] as const
export type ExportFormatName = (typeof exportFormatNames)[number]

export const exportGroups = ['Voxels', 'Contours and surfaces', 'Measurements'] as const

export interface ExportFormatInfo {
  readonly title: string
  readonly group: (typeof exportGroups)[number]
  /** One line: what it is for, and what it loses. */
  readonly says: string
  /** Endings of its files without the first point; the first is what Emend suggests. */
  readonly extensions: readonly [string, ...string[]]
  /** What its files are about, for their names: case-1a2b-labels.nii.gz. */
  readonly about: string
  /** Refers to the slices of a DICOM series, so an image from elsewhere cannot be written so. */
  readonly needsDicom?: boolean
}

export const exportFormats: Readonly<Record<ExportFormatName, ExportFormatInfo>> = {
  'dicom-seg': {
    title: 'DICOM SEG',
    group: 'Voxels',
    says: 'for a PACS: every voxel, codes, who drew what',
    extensions: ['dcm'],
    about: 'seg',
    needsDicom: true,
  },
  'dicom-labelmap': {
    title: 'DICOM SEG, label map',
    group: 'Voxels',
    says: 'the newer, smaller kind (Supplement 243); few programs read it yet',
    extensions: ['dcm'],
    about: 'labelmap',
    needsDicom: true,
  },
  nifti: {
    title: 'NIfTI',
    group: 'Voxels',
    says: 'for research: one file of label ids',
    extensions: ['nii.gz', 'nii'],
    about: 'labels',
  },
  'seg-nrrd': {
    title: 'NRRD for 3D Slicer',
    group: 'Voxels',
    says: 'every voxel, with names and colours',
    extensions: ['seg.nrrd'],
    about: 'labels',
  },
  rtstruct: {
    title: 'RTSTRUCT',
    group: 'Contours and surfaces',
    says: 'for treatment planning; lossy: contours on the slices',
    extensions: ['dcm'],
    about: 'rtstruct',
    needsDicom: true,
  },
  stl: {
    title: 'STL',
    group: 'Contours and surfaces',
    says: 'for printing; lossy: smoothed surfaces, LPS mm',
    extensions: ['zip', 'stl'],
    about: 'stl',
  },
  obj: {
    title: 'OBJ',
    group: 'Contours and surfaces',
    says: 'for 3-D programs; lossy: smoothed surfaces in colour, LPS mm',
    extensions: ['zip', 'obj'],
    about: 'obj',
  },
  ply: {
    title: 'PLY',
    group: 'Contours and surfaces',
    says: 'small and in colour; lossy: smoothed surfaces, LPS mm',
    extensions: ['zip', 'ply'],
    about: 'ply',
  },
  csv: {
    title: 'Table (CSV)',
    group: 'Measurements',
    says: 'volume, mean and SD, extent of every structure',
    extensions: ['csv'],
    about: 'volumetry',
  },
  json: {
    title: 'Table (JSON)',
    group: 'Measurements',
    says: 'the same for programs, with codes and provenance',
    extensions: ['json'],
    about: 'volumetry',
  },
  pdf: {
    title: 'Report (PDF)',
    group: 'Measurements',
    says: 'for people: three pictures and the table, without patient data',
    extensions: ['pdf'],
    about: 'report',
  },
  'dicom-sr': {
    title: 'DICOM report (TID 1500)',
    group: 'Measurements',
    says: 'a structured report of the volumes, with the DICOM SEG that it refers to',
    extensions: ['zip'],
    about: 'report',
    needsDicom: true,
  },
}

/** Whether a file name ends as one of the format's files does. */
export function endsAs(path: string, format: ExportFormatName): boolean {
  return exportFormats[format].extensions.some((extension) => path.toLowerCase().endsWith(`.${extension}`))
}

/**
 * The format that a file name's ending says: .dcm is a DICOM SEG; null for an ending of no format, and for .zip, which
 * does not say what is in it.
 */
export function formatOfPath(path: string): ExportFormatName | null {
  if (/\.dcm$/i.test(path)) return 'dicom-seg'
  if (/\.zip$/i.test(path)) return null
  return exportFormatNames.find((format) => endsAs(path, format)) ?? null
}
