import { EmendError } from '../../../shared/errors'
import type { Code } from '../../../shared/labels/schema'
import type { Attributes } from './attributes'
import { framesOf, pixelFormatOf, type ByteSource, type Frame } from './instance'
import type { LabelObject, Region } from './labelObject'
import { PixelReader } from './pixels'
import { SegPainter } from './segPainter'

/** Pixel values of a BINARY frame, a FRACTIONAL one, and a LABELMAP one mean 0/1, a share, and segment numbers. */
type SegKind = 'BINARY' | 'FRACTIONAL' | 'LABELMAP'

interface SegFrame {
  readonly frame: Frame
  /** Undefined in a LABELMAP, whose frames hold all segments. */
  readonly segment: number | undefined
}

const BACKGROUND = '125040'

/**
 * A DICOM Segmentation from its header: BINARY, FRACTIONAL (a voxel is in from half of the maximum up) or LABELMAP
 * (Supplement 243), in any transfer syntax that Emend decodes.
 * @returns the object, or in one line why it cannot lie on an image
 */
export function segmentationFrom(header: Attributes, source: ByteSource): LabelObject | { readonly reason: string } {
  const places = framesOf(header)
  if (!places) return { reason: 'a segmentation (SEG) without positions in the patient' }
  const type = header.text('x00620001')
  const kind: SegKind | null = type === 'BINARY' || type === 'FRACTIONAL' || type === 'LABELMAP' ? type : null
  const format = pixelFormatOf(header)
  if (!kind || 'reason' in format) return { reason: `a segmentation (SEG) of an unknown kind (${type})` }
  const frames = segmentsOfFrames(header, places, kind)
  if (!frames) return { reason: 'a segmentation (SEG) whose frames do not say their segment' }
  const maximum = header.short('x0062000e') ?? 255
  const padding = kind === 'LABELMAP' ? header.short('x00280120') : undefined
  const series = header.item('x00081115')
  return {
    kind: 'SEG',
    name: source.name,
    description: header.text('x0008103e'),
    seriesInstanceUid: series?.text('x0020000e') ?? '',
    frameOfReferenceUid: header.text('x00200052'),
    sopInstanceUids: new Set(series?.items('x0008114a').map((item) => item.text('x00081155'))),
    regions: header.items('x00620002').flatMap(regionOf),
    paint: async (grid, image, ids) => {
      const reader = new PixelReader(await source.read(), format, source.name)
      const painter = new SegPainter(grid, image, places[0])
      for (const [number, id] of orderOf(ids, kind)) {
        const idOf = kind === 'LABELMAP' ? labelsByValue(ids, padding) : inside(id, kind, maximum)
        for (const { frame, segment } of frames) {
          if (kind !== 'LABELMAP' && segment !== number) continue
          painter.paint(frame, format.columns, bytesOf(await reader.frame(frame.index), source.name), idOf)
        }
      }
      return { labels: painter.finished(), overlapping: painter.overlapping, outside: painter.outside }
    },
  }
}

/** A LABELMAP is painted in one go: its segments cannot overlap. */
function orderOf(ids: ReadonlyMap<number, number>, kind: SegKind): [number, number][] {
  return kind === 'LABELMAP' ? [...ids].slice(0, 1) : [...ids]
}

/** The label of each pixel value of one segment's frames. */
function inside(id: number, kind: 'BINARY' | 'FRACTIONAL', maximum: number): Uint8Array {
  return new Uint8Array(256).fill(id, kind === 'BINARY' ? 1 : Math.max(1, Math.ceil(maximum / 2)))
}

/** The label of each segment number. */
function labelsByValue(ids: ReadonlyMap<number, number>, padding: number | undefined): Uint8Array {
  const labels = new Uint8Array(256)
  for (const [value, label] of ids) if (value < 256 && value !== padding) labels[value] = label
  return labels
}

/** A LABELMAP of more than 255 segments is the only one with wider pixels. */
function bytesOf(pixels: ArrayLike<number>, name: string): Uint8Array {
  if (pixels instanceof Uint8Array) return pixels
  return Uint8Array.from(pixels, (value) => {
    if (value < 0 || value > 255) throw new EmendError(`${name} has more than 255 segments`)
    return value
  })
}

function segmentsOfFrames(header: Attributes, places: readonly Frame[], kind: SegKind): SegFrame[] | null {
  if (kind === 'LABELMAP') return places.map((frame) => ({ frame, segment: undefined }))
  const shared = header.item('x52009229')?.item('x0062000a')
  const groups = header.items('x52009230')
  const frames = places.map((frame) => ({
    frame,
    segment: (groups[frame.index]?.item('x0062000a') ?? shared)?.short('x0062000b'),
  }))
  return frames.every(({ segment }) => segment !== undefined) ? frames : null
}

function regionOf(item: Attributes): Region[] {
  const number = item.short('x00620004') ?? 0
  const typeItem = item.item('x0062000f')
  const type = typeItem && codeFrom(typeItem)
  if (type?.value === BACKGROUND) return []
  const modifierItem = typeItem?.item('x00620011')
  return [{ number, label: item.text('x00620005'), type, modifier: modifierItem && codeFrom(modifierItem) }]
}

/** A code sequence item; undefined where it has no value. */
export function codeFrom(item: Attributes): Code | undefined {
  const value = item.text('x00080100') || item.text('x00080119') || item.text('x00080120')
  return value === '' ? undefined : { value, scheme: item.text('x00080102'), meaning: item.text('x00080104') }
}
