import type { Dataset } from 'dcmjs'
import { EmendError } from '../../../shared/errors'
import { affineOf, applyAffine, invertAffine, type Vec3 } from '../../../shared/geometry/affine'
import { orientationOf } from '../../../shared/geometry/orientation'
import type { Code } from '../../../shared/labels/schema'
import { reorient } from '../canonical'
import type { LabelMap } from '../volume'
import { decimal, decimals, dicomTime, encodeDicom, newUid, uidOfText } from './encode'
import { labOfHex } from './labColor'
import type { DicomSource, SourceSlice } from './source'
import { cross, dot, flipLps } from './vector'

/** How a segment came about, as DICOM has it: by an algorithm, by one and then a human's correction, or by hand. */
export type AlgorithmType = 'AUTOMATIC' | 'SEMIAUTOMATIC' | 'MANUAL'

export interface Segment {
  /** Its value in the label map. */
  readonly id: number
  readonly label: string
  readonly category: Code
  readonly type: Code
  readonly modifier?: Code
  readonly algorithmType: AlgorithmType
  /** Needed unless manual: the model's name and version. */
  readonly algorithmName?: string
  /** '#rrggbb' */
  readonly color: string
}

export interface SegOptions {
  readonly seriesDescription?: string
  /** Who answers for the content, as a DICOM person name. */
  readonly creator?: string
  readonly softwareVersion?: string
  readonly when?: Date
}

const SEGMENTATION_STORAGE = '1.2.840.10008.5.1.4.1.1.66.4'

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
  options: SegOptions = {},
): Uint8Array {
  if (!source) {
    throw new EmendError('the image did not come from a DICOM series, so there is nothing a DICOM SEG could refer to', {
      hint: 'export NIfTI instead',
    })
  }
  if (segments.length === 0) throw new EmendError('a DICOM SEG needs at least one structure')
  const slices = slicesOnGrid(source, labels)
  const frames = framesOf(slices, segments)
  const { date, time } = dicomTime(options.when ?? new Date())
  const sopInstanceUid = newUid()
  const dimensions = uidOfText(`dimensions of ${sopInstanceUid}`)

  return encodeDicom({
    ...identity(source),
    SOPClassUID: SEGMENTATION_STORAGE,
    SOPInstanceUID: sopInstanceUid,
    SeriesInstanceUID: newUid(),
    Modality: 'SEG',
    SeriesNumber: '900',
    SeriesDescription: options.seriesDescription ?? 'Segmentation',
    SeriesDate: date,
    SeriesTime: time,
    InstanceNumber: '1',
    ContentDate: date,
    ContentTime: time,
    InstanceCreationDate: date,
    InstanceCreationTime: time,
    ContentLabel: 'SEGMENTATION',
    ContentDescription: 'Not for clinical use',
    ContentCreatorName: options.creator ?? '',
    Manufacturer: 'Emend',
    ManufacturerModelName: 'Emend',
    DeviceSerialNumber: '1',
    SoftwareVersions: options.softwareVersion ?? '0.1.0',
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

/** Patient and study, word for word from the source. */
function identity({ identity: from }: DicomSource): Dataset {
  return {
    PatientName: from.patientName,
    PatientID: from.patientId,
    PatientBirthDate: from.patientBirthDate,
    PatientSex: from.patientSex,
    StudyInstanceUID: from.studyInstanceUid,
    StudyDate: from.studyDate,
    StudyTime: from.studyTime,
    StudyID: from.studyId,
    StudyDescription: from.studyDescription || undefined,
    AccessionNumber: from.accessionNumber,
    ReferringPhysicianName: from.referringPhysician,
  }
}

/** A source slice with the labels that lie on it: a view of rows x columns. */
interface LabelledSlice {
  readonly slice: SourceSlice
  readonly labels: Uint8Array
}

/** The slice of the label map that lies on each source slice; for an interpolated volume, the nearest. */
function slicesOnGrid(source: DicomSource, labels: LabelMap): LabelledSlice[] {
  const [x, y] = source.orientation
  const last = source.slices[source.slices.length - 1].position
  const first = source.slices[0].position
  const k: Vec3 = source.slices.length > 1 ? [last[0] - first[0], last[1] - first[1], last[2] - first[2]] : cross(x, y)
  const ras = affineOf(flipLps(x), flipLps(y), flipLps(k), flipLps(first))
  const turned = reorient(labels, orientationOf(ras))
  const [nx, ny, nz] = turned.dims
  if (nx !== source.columns || ny !== source.rows) throw offGrid(labels)
  const toVoxel = invertAffine(turned.affine)
  return source.slices.map((slice) => {
    const at = applyAffine(toVoxel, flipLps(slice.position))
    const n = Math.round(at[2])
    if (Math.abs(at[0]) > 0.1 || Math.abs(at[1]) > 0.1 || n < 0 || n >= nz) throw offGrid(labels)
    return { slice, labels: turned.data.subarray(n * nx * ny, (n + 1) * nx * ny) }
  })
}

function offGrid({ dims }: LabelMap): EmendError {
  return new EmendError(`labels of ${dims.join(' x ')} voxels do not lie on the slices of the DICOM series`)
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

function codeItem({ value, scheme, meaning }: Code): Dataset {
  return { CodeValue: value, CodingSchemeDesignator: scheme, CodeMeaning: meaning }
}

function segmentItem(segment: Segment, index: number): Dataset {
  const { label, category, type, modifier, algorithmType, algorithmName, color } = segment
  return {
    SegmentNumber: index + 1,
    SegmentLabel: label,
    SegmentAlgorithmType: algorithmType,
    SegmentAlgorithmName: algorithmType === 'MANUAL' ? undefined : (algorithmName ?? 'Emend'),
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
            ...referenceTo(slice),
            ...(slice.frameNumber === undefined ? {} : { ReferencedFrameNumber: String(slice.frameNumber) }),
            PurposeOfReferenceCodeSequence: [
              codeItem({ value: '121322', scheme: 'DCM', meaning: 'Source image for image processing operation' }),
            ],
          },
        ],
      },
    ],
  }
}

/** Each source file once, though it may hold many frames. */
function instancesOf({ slices }: DicomSource): SourceSlice[] {
  return [...new Map(slices.map((slice) => [slice.sopInstanceUid, slice])).values()]
}

function referenceTo({ sopClassUid, sopInstanceUid }: SourceSlice): Dataset {
  return { ReferencedSOPClassUID: sopClassUid, ReferencedSOPInstanceUID: sopInstanceUid }
}
