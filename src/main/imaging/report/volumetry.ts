import { measureLabels, nothingMeasured, type Measurement } from '../../../shared/voxels/volumetry'
import { reorient } from '../canonical'
import { NOT_FOR_CLINICAL_USE, type LabelledImage, type LabelledStructure } from '../labelledImage'

export interface MeasuredStructure extends Measurement {
  readonly structure: LabelledStructure
}

/** Every structure measured over the image, in the order of the structures; an empty one has 0 voxels. */
export async function measureStructures(labelled: LabelledImage): Promise<MeasuredStructure[]> {
  const image = reorient(await labelled.image(), 'RAS')
  const labels = reorient(labelled.labels, 'RAS')
  const measured = measureLabels(labels.data, image.data, labels)
  return labelled.structures.map((structure) => ({ structure, ...(measured.get(structure.id) ?? nothingMeasured) }))
}

/** The unit of the image's values: HU of a CT, else whatever the scanner stored. */
export function valueUnit({ modality }: LabelledImage): string {
  return modality === 'CT' ? 'HU' : 'stored value'
}

const columns = [
  'case',
  'revision',
  'model',
  'structure',
  'title',
  'status',
  'voxels',
  'volume_ml',
  'mean',
  'sd',
  'value_unit',
  'extent_right_left_mm',
  'extent_back_front_mm',
  'extent_foot_head_mm',
  'note',
] as const

/**
 * One row a structure, with a header (RFC 4180, UTF-8, points as decimal marks). Every row says where it comes from, so
 * that the tables of many cases can be put one below the other. Cells are empty where there is nothing to measure.
 */
export async function encodeVolumetryCsv(labelled: LabelledImage): Promise<string> {
  const { caseId, revision, model } = labelled.provenance
  const rows = (await measureStructures(labelled)).map(({ structure, voxels, volumeMl, mean, sd, extentMm }) => [
    caseId ?? '',
    revision ?? '',
    model ?? '',
    structure.name,
    structure.label,
    structure.status,
    String(voxels),
    fixed(volumeMl, 4),
    fixed(mean, 2),
    fixed(sd, 2),
    valueUnit(labelled),
    ...[0, 1, 2].map((axis) => fixed(extentMm?.[axis] ?? null, 2)),
    NOT_FOR_CLINICAL_USE,
  ])
  return [columns, ...rows].map((row) => `${row.map(cell).join(',')}\r\n`).join('')
}

function cell(text: string): string {
  // A spreadsheet takes what begins with these for a formula.
  const safe = /^[=+@]/.test(text) ? `'${text}` : text
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}

/** The same as a document: provenance once, numbers as numbers, null where there is nothing to measure. */
export async function encodeVolumetryJson(labelled: LabelledImage): Promise<string> {
  const { caseId, revision, model, author, when } = labelled.provenance
  const structures = (await measureStructures(labelled)).map(({ structure, voxels, volumeMl, mean, sd, extentMm }) => ({
    name: structure.name,
    title: structure.label,
    code: structure.type,
    status: structure.status,
    drawnBy: structure.algorithmType,
    voxels,
    volumeMl: rounded(volumeMl, 4),
    mean: rounded(mean, 3),
    sd: rounded(sd, 3),
    extentMm: extentMm && {
      rightLeft: rounded(extentMm[0], 3),
      backFront: rounded(extentMm[1], 3),
      footHead: rounded(extentMm[2], 3),
    },
  }))
  const document = {
    format: 'emend-volumetry/1',
    note: NOT_FOR_CLINICAL_USE,
    provenance: { case: caseId, revision, model, author, when: when.toISOString() },
    valueUnit: valueUnit(labelled),
    structures,
  }
  return `${JSON.stringify(document, null, 2)}\n`
}

const fixed = (value: number | null, digits: number): string => (value === null ? '' : value.toFixed(digits))

const rounded = (value: number | null, digits: number): number | null =>
  value === null ? null : Number(value.toFixed(digits))
