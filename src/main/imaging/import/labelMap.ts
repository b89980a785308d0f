import type { LabelSchema, Structure } from '../../../shared/labels/schema'
import { matchStructure, type StructureTable } from '../../../shared/labels/structureTable'
import type { LabelObject } from '../dicom/labelObject'
import type { DicomSource } from '../dicom/source'
import { voxelCount, type Grid, type LabelMap } from '../volume'

/** Labels of other programs in terms of a schema. */
export interface ReadLabels {
  readonly labels: LabelMap
  /** Names of the structures that were matched, empty ones too. */
  readonly structures: readonly string[]
  /** Segments and regions that are none of the schema's structures. */
  readonly unmatched: readonly string[]
  readonly warnings: readonly string[]
}

/**
 * SEGs and RTSTRUCTs as one label map on an image's grid. Where they overlap, a lesion goes over an organ, and else the
 * later one over the earlier.
 * @param source the image's slices as they were acquired, where it came from DICOM
 * @param table the user's own names and codes
 * @throws EmendError where a file is damaged or lies askew to the image
 */
export async function readLabels(
  objects: readonly LabelObject[],
  grid: Grid,
  source: DicomSource | undefined,
  schema: LabelSchema,
  table: StructureTable = {},
): Promise<ReadLabels> {
  const data = new Uint8Array(voxelCount(grid.dims))
  const structures = new Set<string>()
  const unmatched: string[] = []
  const warnings: string[] = []
  let shared = 0
  for (const kind of ['organ', 'lesion'] as const) {
    for (const object of objects) {
      const matched = new Map<number, Structure>()
      for (const region of object.regions) {
        const structure = matchStructure(region, schema, table)
        if (structure?.kind === kind) matched.set(region.number, structure)
        else if (!structure && kind === 'organ') unmatched.push(region.label)
      }
      if (matched.size === 0) continue
      const ids = new Map([...matched].map(([number, { id }]) => [number, id]))
      const painted = await object.paint(grid, source, ids)
      for (const { name } of matched.values()) structures.add(name)
      if (painted.outside > 0) warnings.push(outsideWarning(object, painted.outside))
      shared += painted.overlapping + merge(data, painted.labels.data)
    }
  }
  if (shared > 0) warnings.push(`${shared} voxels belong to several structures; the last kept them, a lesion before an organ`) // prettier-ignore
  return { labels: { dims: grid.dims, affine: grid.affine, data }, structures: [...structures], unmatched, warnings }
}

/** Lays `over` on `data`; returns how many voxels held something else. */
function merge(data: Uint8Array, over: Uint8Array): number {
  let shared = 0
  for (let n = 0; n < data.length; n++) {
    if (over[n] === 0) continue
    if (data[n] !== 0 && data[n] !== over[n]) shared++
    data[n] = over[n]
  }
  return shared
}

function outsideWarning({ kind }: LabelObject, count: number): string {
  const what = kind === 'SEG' ? 'frames of the segmentation' : 'contours'
  return `${count} ${what} lie on none of the image's slices and are left out`
}
