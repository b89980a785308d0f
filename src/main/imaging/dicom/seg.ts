import type { Dataset } from 'dcmjs'
import { EmendError } from '../../../shared/errors'
import type { LabelMap } from '../volume'
import { codeItem, derivedObject, instancesOf, referenceTo, referenceToFrame, type DerivedOptions } from './derived'
import { decimal, decimals, encodeDicom, newUid, uidOfText } from './encode'
import { labOfHex } from './labColor'
import { algorithmOf, type Segment } from './segment'
import type { DicomSource, SourceSlice } from './source'
import { labelsOnSlices, type LabelledSlice } from './sourceSlices'
import { cross, dot } from './vector'

const SEGMENTATION = {
  sopClassUid: '1.2.840.10008.5.1.4.1.1.66.4',
  modality: 'SEG',
  seriesNumber: '900',
  seriesDescription: 'Segmentation',
}

/**
 * A DICOM Segmentation (BINARY) of `segments` over the slices of their source series. Segments are numbered from 1 in
 * the given order; one without a voxel keeps its description and has no frame. Slices where a segment is empty are
 * left out, as is usual.
 * @param source of the series; undefined where the image did not come from DICOM
 * @param labels on the imported volume's grid, or that grid turned to another orientation (canonical RAS)
 * @throws EmendError where there is no source, or the labels do not lie on its grid
 */
export function encodeSegmentation(
  source: DicomSource | undefined,
  labels: LabelMap,
  segments: readonly Segment[],
  options: DerivedOptions = {},
): Uint8Array {
  if (!source) {
    throw new EmendError('the image did not come from a DICOM series, so there is nothing a DICOM SEG could refer to', {
      hint: 'export NIfTI instead',
    })
  }
  if (segments.length === 0) throw new EmendError('a DICOM SEG needs at least one structure')
  const slices = labelsOnSlices(source, labels)
  const frames = framesOf(slices, segments)
  const object = derivedObject(source, SEGMENTATION, options)
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
    BitsAllocated: 1,
    BitsStored: 1,
    HighBit: 0,
    LossyImageCompression: '00',
    SegmentationType: 'BINARY',
    SegmentsOverlap: 'NO',
    Rows: source.rows,
    Columns: source.columns,
    NumberOfFrames: String(frames.length),
    DimensionOrganizationType: '3D',
    DimensionOrganizationSequence: [{ DimensionOrganizationUID: dimensions }],
    DimensionIndexSequence: [
      dimension(dimensions, 'ReferencedSegmentNumber', 0x0062000b, 0x0062000a),
      dimension(dimensions, 'ImagePositionPatient', 0x00200032, 0x00209113),
    ],
    SegmentSequence: segments.map(segmentItem),
    SharedFunctionalGroupsSequence: [sharedGroups(source)],
    PerFrameFunctionalGroupsSequence: frames.map(frameGroups),
    ReferencedSeriesSequence: [
      {
        SeriesInstanceUID: source.seriesInstanceUid,
        ReferencedInstanceSequence: instancesOf(source).map(referenceTo),
      },
    ],
    PixelData: packBits(frames, source.rows * source.columns),
    _vrMap: { PixelData: 'OB' },
  })
}

interface SegFrame {
  readonly slice: SourceSlice
  readonly labels: Uint8Array
  readonly id: number
  /** From 1. */
  readonly segmentNumber: number
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
    id: segments[segment].id,
    segmentNumber: segment + 1,
    sliceNumber: n + 1,
  })
  const frames = segments.flatMap(({ id }, segment) =>
    slices.flatMap((_, n) => (present[n][id] ? [frame(segment, n)] : [])),
  )
  return frames.length > 0 ? frames : [frame(0, 0)]
}

/** Frames one after another without a gap, the first pixel in the lowest bit (PS3.5 8.1.1), to an even length. */
function packBits(frames: readonly SegFrame[], pixels: number): ArrayBuffer {
  const bytes = Math.ceil((frames.length * pixels) / 8)
  const packed = new Uint8Array(bytes + (bytes % 2))
  let bit = 0
  for (const { labels, id } of frames) {
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
    TrackingUID: newUid(),
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

function frameGroups({ slice, segmentNumber, sliceNumber }: SegFrame): Dataset {
  return {
    FrameContentSequence: [{ DimensionIndexValues: [segmentNumber, sliceNumber] }],
    PlanePositionSequence: [{ ImagePositionPatient: decimals(slice.position) }],
    SegmentIdentificationSequence: [{ ReferencedSegmentNumber: segmentNumber }],
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
