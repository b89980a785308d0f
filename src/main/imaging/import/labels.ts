import { EmendError } from '../../../shared/errors'
import type { LabelObject } from '../dicom/labelObject'
import { dicom } from './dicom'
import type { ImportedVolume, SkippedSource } from './result'
import { fileSource } from './source'

/**
 * Gives every SEG and RTSTRUCT to the volume that it labels: the one with most of the images that it references, of its
 * series, or else the only one in its frame of reference.
 * @returns the volumes, and the objects whose series is not here
 */
export function withLabels(
  volumes: readonly ImportedVolume[],
  objects: readonly LabelObject[],
): { volumes: ImportedVolume[]; alone: SkippedSource[] } {
  const labelsOf = new Map<ImportedVolume, LabelObject[]>()
  const alone: SkippedSource[] = []
  for (const object of objects) {
    const volume = volumeOf(object, volumes)
    if (volume) labelsOf.set(volume, [...(labelsOf.get(volume) ?? []), object])
    else alone.push({ path: object.name, reason: `${titles[object.kind]} of a series that is not here` })
  }
  return {
    volumes: volumes.map((volume) => {
      const labels = labelsOf.get(volume)
      return labels ? { ...volume, labels } : volume
    }),
    alone,
  }
}

const titles = { SEG: 'a segmentation (SEG)', RTSTRUCT: 'contours (RTSTRUCT)' } as const

function volumeOf(object: LabelObject, volumes: readonly ImportedVolume[]): ImportedVolume | undefined {
  const ofSeries = volumes.filter(({ dicom }) => dicom && dicom.seriesInstanceUid === object.seriesInstanceUid)
  if (ofSeries.length > 0) {
    const covered = ofSeries.map((volume) => coverage(object, volume))
    return ofSeries[covered.indexOf(Math.max(...covered))]
  }
  const inSpace = volumes.filter(({ dicom }) => dicom && dicom.frameOfReferenceUid === object.frameOfReferenceUid)
  return object.frameOfReferenceUid !== '' && inSpace.length === 1 ? inSpace[0] : undefined
}

/** How many of the images that it references are slices of the volume. */
function coverage({ sopInstanceUids }: LabelObject, { dicom }: ImportedVolume): number {
  return dicom?.slices.filter(({ sopInstanceUid }) => sopInstanceUids.has(sopInstanceUid)).length ?? 0
}

/** The SEG or RTSTRUCT in a file. @throws EmendError where it is neither, or cannot lie on an image */
export async function loadLabelObject(path: string): Promise<LabelObject> {
  const source = fileSource(path)
  const handled = await dicom(source, await source.start())
  if (handled?.kind === 'labels') return handled.labels
  const why = handled?.kind === 'skipped' ? `: ${handled.reason}` : ''
  throw new EmendError(`${path} is no DICOM SEG or RTSTRUCT${why}`)
}
