import type { Dataset } from 'dcmjs'
import { EmendError } from '../../../shared/errors'
import type { LabelMap } from '../volume'
import { codeItem, derivedObject, instancesOf, referenceTo, referenceToFrame, type DerivedOptions } from './derived'
import { decimal, decimals, encodeDicom } from './encode'
import { newUid, uidOfText } from './uids'
import { labOfHex } from './labColor'
import { algorithmOf, type Segment } from './segment'
import type { DicomSource, SourceSlice } from './source'
import { labelsOnSlices, type LabelledSlice } from './sourceSlices'
import { cross, dot } from './vector'

/** Segmentation Storage, and Label Map Segmentation Storage (Supplement 243). */
export const sopClasses = { BINARY: '1.2.840.10008.5.1.4.1.1.66.4', LABELMAP: '1.2.840.10008.5.1.4.1.1.66.7' } as const

const SEGMENTATION = {
  modality: 'SEG',
  seriesNumber: '900',
  seriesDescription: 'Segmentation',
}

export interface SegmentationOptions extends DerivedOptions {
  readonly type?: keyof typeof sopClasses
}

/**
 * A DICOM Segmentation of `segments` over the slices of their source series. Segments are numbered from 1 in the given
 * order; one without a voxel keeps its description. BINARY, which every reader knows, has a frame of one bit a pixel for
 * each segment on each slice that it touches; LABELMAP has a frame of segment numbers, 0 for background, for each slice
 * that any segment touches.
 * @param source of the series; undefined where the image did not come from DICOM
 * @param labels on the imported volume's grid, or that grid turned to another orientation (canonical RAS)
 * @throws EmendError where there is no source, or the labels do not lie on its grid
 */
export function encodeSegmentation(
  source: DicomSource | undefined,
  labels: LabelMap,
  segments: readonly Segment[],
  { type = 'BINARY', ...options }: SegmentationOptions = {},
): Uint8Array {
  if (!source) {
    throw new EmendError('the image did not come from a DICOM series, so there is nothing a DICOM SEG could refer to', {
      hint: 'export NIfTI instead',
    })
  }
  if (segments.length === 0) throw new EmendError('a DICOM SEG needs at least one structure')
  const slices = labelsOnSlices(source, labels)
  const binary = type === 'BINARY'
  const frames = binary ? framesOf(slices, segments) : slicesTouched(slices, segments)
  const pixels = source.rows * source.columns
  const object = derivedObject(source, { ...SEGMENTATION, sopClassUid: sopClasses[type] }, options)
  const dimensions = uidOfText(`dimensions of ${object.SOPInstanceUID}`)

  return encodeDicom({
    ...object,
    InstanceNumber: '1',
    ContentDate: object.InstanceCreationDate,
    ContentTime: object.InstanceCreationTime,
    ContentLabel: 'SEGMENTATION',
    ContentDescription: 'Not for clinical use',
    ContentCreatorName: options.creator ?? '',
    FrameOfReferenceUID: source.frameOfReferenceUid,
    PositionReferenceIndicator: '',
    ImageType: ['DERIVED', 'PRIMARY'],
    SamplesPerPixel: 1,
    PhotometricInterpretation: 'MONOCHROME2',
    PixelRepresentation: 0,
    BitsAllocated: binary ? 1 : 8,
    BitsStored: binary ? 1 : 8,
    HighBit: binary ? 0 : 7,
    ...(binary ? {} : { PixelPaddingValue: 0 }),
    LossyImageCompression: '00',
    SegmentationType: type,
    SegmentsOverlap: 'NO',
    Rows: source.rows,
    Columns: source.columns,
    NumberOfFrames: String(frames.length),
    DimensionOrganizationType: '3D',
    DimensionOrganizationSequence: [{ DimensionOrganizationUID: dimensions }],
    DimensionIndexSequence: [
      ...(binary ? [dimension(dimensions, 'ReferencedSegmentNumber', 0x0062000b, 0x0062000a)] : []),
      dimension(dimensions, 'ImagePositionPatient', 0x00200032, 0x00209113),
    ],
    SegmentSequence: [...(binary ? [] : [backgroundItem]), ...segments.map(segmentItem)],
    SharedFunctionalGroupsSequence: [sharedGroups(source)],
    PerFrameFunctionalGroupsSequence: frames.map(frameGroups),
    ReferencedSeriesSequence: [
      {
        SeriesInstanceUID: source.seriesInstanceUid,
        ReferencedInstanceSequence: instancesOf(source).map(referenceTo),
      },
    ],
    PixelData: binary ? packBits(frames, pixels) : segmentNumbers(frames, segments, pixels),
    _vrMap: { PixelData: 'OB', PixelPaddingValue: 'US' },
  })
}

interface SegFrame {
  readonly slice: SourceSlice
  readonly labels: Uint8Array
  /** The one segment that the frame is of, numbered from 1; undefined where it shows them all. */
  readonly segment?: { readonly id: number; readonly number: number }
  readonly sliceNumber: number
}

/** One frame for each segment on each slice that it touches; one blank frame where there is no voxel at all. */
function framesOf(slices: readonly LabelledSlice[], segments: readonly Segment[]): SegFrame[] {
  const present = slices.map(({ labels }) => {
    const seen = new Uint8Array(256)
    for (let n = 0; n < labels.length; n++) seen[labels[n]] = 1
    return seen
  })
  const frame = (segment: number, n: number): SegFrame => ({
    slice: slices[n].slice,
    labels: slices[n].labels,
    segment: { id: segments[segment].id, number: segment + 1 },
    sliceNumber: n + 1,
  })
  const frames = segments.flatMap(({ id }, segment) =>
    slices.flatMap((_, n) => (present[n][id] ? [frame(segment, n)] : [])),
  )
  return frames.length > 0 ? frames : [frame(0, 0)]
}

/** One frame for each slice that any segment touches; one blank frame where there is none. */
function slicesTouched(slices: readonly LabelledSlice[], segments: readonly Segment[]): SegFrame[] {
  const wanted = new Set(segments.map(({ id }) => id))
  const frames = slices.map(({ slice, labels }, n): SegFrame => ({ slice, labels, sliceNumber: n + 1 }))
  const touched = frames.filter(({ labels }) => labels.some((id) => wanted.has(id)))
  return touched.length > 0 ? touched : frames.slice(0, 1)
}

/** One byte a pixel, frame after frame, to an even length: the number of its segment. */
function segmentNumbers(frames: readonly SegFrame[], segments: readonly Segment[], pixels: number): ArrayBuffer {
  const numberOf = new Uint8Array(256)
  segments.forEach(({ id }, n) => (numberOf[id] = n + 1))
  const bytes = new Uint8Array(frames.length * pixels + ((frames.length * pixels) % 2))
  let at = 0
  for (const { labels } of frames) for (const id of labels) bytes[at++] = numberOf[id]
  return bytes.buffer
}

/** What a label map's pixels of value 0 are. */
const backgroundItem: Dataset = {
  SegmentNumber: 0,
  SegmentLabel: 'Background',
  SegmentAlgorithmType: 'MANUAL',
  SegmentedPropertyCategoryCodeSequence: [
    codeItem({ value: '309825002', scheme: 'SCT', meaning: 'Spatial and Relational Concept' }),
  ],
  SegmentedPropertyTypeCodeSequence: [codeItem({ value: '125040', scheme: 'DCM', meaning: 'Background' })],
  RecommendedDisplayCIELabValue: labOfHex('#000000'),
}

/** Frames one after another without a gap, the first pixel in the lowest bit (PS3.5 8.1.1), to an even length. */
function packBits(frames: readonly SegFrame[], pixels: number): ArrayBuffer {
  const bytes = Math.ceil((frames.length * pixels) / 8)
  const packed = new Uint8Array(bytes + (bytes % 2))
  let bit = 0
  for (const { labels, segment } of frames) {
    const id = segment?.id
    for (let n = 0; n < pixels; n++, bit++) if (labels[n] === id) packed[bit >>> 3] |= 1 << (bit & 7)
  }
  return packed.buffer
}

function dimension(organisation: string, label: string, pointer: number, group: number): Dataset {
  return {
    DimensionOrganizationUID: organisation,
    DimensionIndexPointer: pointer,
    FunctionalGroupPointer: group,
    DimensionDescriptionLabel: label,
  }
}

function segmentItem(segment: Segment, index: number): Dataset {
  const { label, category, type, modifier, algorithmType, color } = segment
  return {
    SegmentNumber: index + 1,
    SegmentLabel: label,
    SegmentAlgorithmType: algorithmType,
    SegmentAlgorithmName: algorithmOf(segment),
    SegmentedPropertyCategoryCodeSequence: [codeItem(category)],
    SegmentedPropertyTypeCodeSequence: [
      {
        ...codeItem(type),
        ...(modifier ? { SegmentedPropertyTypeModifierCodeSequence: [codeItem(modifier)] } : {}),
      },
    ],
    RecommendedDisplayCIELabValue: labOfHex(color),
    TrackingID: label,
    TrackingUID: segment.trackingUid ?? newUid(),
  }
}

function sharedGroups(source: DicomSource): Dataset {
  const gap = evenGap(source)
  return {
    PlaneOrientationSequence: [{ ImageOrientationPatient: decimals(source.orientation.flat()) }],
    PixelMeasuresSequence: [
      {
        SliceThickness: decimal(source.sliceThickness),
        ...(gap === null ? {} : { SpacingBetweenSlices: decimal(gap) }),
        PixelSpacing: decimals([source.pixelSpacing[1], source.pixelSpacing[0]]),
      },
    ],
  }
}

/** Distance of the slices along their normal where it is the same throughout. */
function evenGap({ slices, orientation }: DicomSource): number | null {
  const heights = slices.map(({ position }) => dot(position, cross(...orientation)))
  if (heights.length < 2) return null
  const mean = (heights[heights.length - 1] - heights[0]) / (heights.length - 1)
  return heights.every((height, n) => Math.abs(height - heights[0] - n * mean) < 0.02 * mean) ? mean : null
}

function frameGroups({ slice, segment, sliceNumber }: SegFrame): Dataset {
  return {
    FrameContentSequence: [{ DimensionIndexValues: segment ? [segment.number, sliceNumber] : [sliceNumber] }],
    PlanePositionSequence: [{ ImagePositionPatient: decimals(slice.position) }],
    ...(segment ? { SegmentIdentificationSequence: [{ ReferencedSegmentNumber: segment.number }] } : {}),
    DerivationImageSequence: [
      {
        DerivationCodeSequence: [codeItem({ value: '113076', scheme: 'DCM', meaning: 'Segmentation' })],
        SourceImageSequence: [
          {
            ...referenceToFrame(slice),
            PurposeOfReferenceCodeSequence: [
              codeItem({ value: '121322', scheme: 'DCM', meaning: 'Source image for image processing operation' }),
            ],
          },
        ],
      },
    ],
  }
}
