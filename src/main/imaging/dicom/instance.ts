import type { Vec3 } from '../../../shared/geometry/affine'
import type { Attributes } from './attributes'

/** Where a file's bytes come from: a folder or an archive. They are read for the header, and once more for the pixels. */
export interface ByteSource {
  /** How people find it: its path, or `archive.zip/inner/path`. */
  readonly name: string
  readonly read: () => Promise<Uint8Array>
  /** Fills `target` from byte `offset` on, where that is cheaper than to read all; resolves to how many bytes came. */
  readonly fill?: (target: Uint8Array, offset: number) => Promise<number>
}

/** What decoding pixels needs to know. */
export interface PixelFormat {
  readonly transferSyntax: string
  readonly rows: number
  readonly columns: number
  readonly frames: number
  readonly bitsAllocated: number
  readonly bitsStored: number
  readonly highBit: number
  readonly signed: boolean
}

/** Bytes of a file. */
export interface BytePlace {
  readonly offset: number
  readonly length: number
}

/** One plane of pixels and where it lies; a single-frame file has one. Directions and positions in DICOM's LPS mm. */
export interface Frame {
  readonly index: number
  readonly position: Vec3
  /** Unit vector along which the column index grows, and that of the row index. */
  readonly orientation: readonly [Vec3, Vec3]
  /** Distance of columns (along a row) and of rows, mm. */
  readonly pixelSpacing: readonly [number, number]
  readonly thickness: number | undefined
  readonly slope: number
  readonly intercept: number
  readonly traits: Traits
}

/**
 * What tells volumes apart that share a series. '' where the file does not say; a multi-frame file says it for each
 * frame.
 */
export interface Traits {
  /** StackID of a multi-frame file. */
  readonly stack: string
  /** Temporal position. */
  readonly time: string
  /** Contrast phase. */
  readonly phase: string
  /** Echo time, ms. */
  readonly echo: string
  /** Diffusion weighting, s/mm2. */
  readonly diffusion: string
  /** Image (or frame) type, all values with '\\' between them. */
  readonly imageType: string
  /** Acquisition number. */
  readonly acquisition: string
  /** Reconstruction kernel. */
  readonly kernel: string
  /** Tube voltage, kV. */
  readonly voltage: string
  /** Delay after the heart's R wave, ms. */
  readonly trigger: string
}

/** Identity that a derived object (a SEG) has to repeat. Empty text where the source says nothing. */
export interface PatientAndStudy {
  readonly patientName: string
  readonly patientId: string
  readonly patientBirthDate: string
  readonly patientSex: string
  readonly studyInstanceUid: string
  readonly studyDate: string
  readonly studyTime: string
  readonly studyId: string
  readonly studyDescription: string
  readonly accessionNumber: string
  readonly referringPhysician: string
}

export interface Instance {
  readonly source: ByteSource
  readonly sopClassUid: string
  readonly sopInstanceUid: string
  readonly identity: PatientAndStudy
  readonly seriesInstanceUid: string
  readonly seriesNumber: string
  readonly seriesDescription: string
  readonly modality: string
  readonly frameOfReferenceUid: string
  readonly instanceNumber: number
  /** How the patient lay on the table: 'HFS', head first supine. */
  readonly patientPosition: string
  readonly pixels: PixelFormat
  /** Where the pixel data lie in the file, as far as the header tells. */
  readonly pixelPlace?: BytePlace
  /** Stored values of pixels outside the scanner's field of view, lowest and highest. */
  readonly padding: readonly [number, number] | undefined
  /** Whether text is part of the pixels, as the file says. */
  readonly burnedIn: boolean
  readonly frames: readonly Frame[]
}

/** What people call the objects that are no images. */
const otherObjects: Readonly<Record<string, string>> = {
  RTSTRUCT: 'contours (RTSTRUCT)',
  SEG: 'a segmentation (SEG)',
  SR: 'a report (SR)',
  RTPLAN: 'a treatment plan (RTPLAN)',
  RTDOSE: 'a dose (RTDOSE)',
  REG: 'a registration (REG)',
  PR: 'a presentation state (PR)',
  KO: 'a key object selection (KO)',
  ANN: 'annotations (ANN)',
  DOC: 'a document (DOC)',
}

const DICOMDIR = '1.2.840.10008.1.3.10'
const SECONDARY_CAPTURE = '1.2.840.10008.5.1.4.1.1.7'

/** The image in a parsed header, or in one line why there is none that can be placed in a patient. */
export function instanceFrom(header: Attributes, source: ByteSource): Instance | { readonly reason: string } {
  const modality = header.text('x00080060')
  const sopClassUid = header.text('x00080016') || header.text('x00020002')
  const other = otherObjects[modality]
  if (sopClassUid === DICOMDIR) return { reason: 'an index of other files (DICOMDIR)' }
  if (other) return { reason: `${other}, not an image` }
  const rows = header.short('x00280010') ?? 0
  const columns = header.short('x00280011') ?? 0
  if (rows === 0 || columns === 0) return { reason: 'a DICOM object without pixels' }
  const colours = (header.short('x00280002') ?? 1) !== 1 || header.text('x00280004') === 'PALETTE COLOR'
  if (colours) return { reason: 'a colour image' }
  if (`${sopClassUid}.`.startsWith(`${SECONDARY_CAPTURE}.`)) return { reason: 'a screen capture' }
  if (header.texts('x00080008').includes('LOCALIZER')) return { reason: 'a localizer (scout)' }
  if (header.has('x00283000')) return { reason: 'an image whose values need a lookup table' }
  if (!header.has('x7fe00010')) return { reason: 'an image without integer pixels' }

  const frames = framesOf(header)
  if (!frames) return { reason: `a ${modality || 'flat'} image without position and orientation in the patient` }
  const pixels = pixelFormatOf(header)
  if ('reason' in pixels) return pixels
  if (pixels.bitsAllocated === 1) return { reason: 'an image with 1 bit a pixel' }
  return {
    source,
    sopClassUid,
    sopInstanceUid: header.text('x00080018'),
    identity: identityOf(header),
    seriesInstanceUid: header.text('x0020000e'),
    seriesNumber: header.text('x00200011'),
    seriesDescription: header.text('x0008103e'),
    modality: modality || 'OT',
    frameOfReferenceUid: header.text('x00200052'),
    instanceNumber: header.number('x00200013') ?? 0,
    patientPosition: header.text('x00185100'),
    pixels,
    pixelPlace: pixelPlaceOf(header),
    padding: paddingOf(header, pixels.signed),
    burnedIn: header.text('x00280301') === 'YES',
    frames,
  }
}

/** How a file with pixels stores them, or in one line why Emend does not read them. */
export function pixelFormatOf(header: Attributes): PixelFormat | { readonly reason: string } {
  const bitsAllocated = header.short('x00280100') ?? 16
  const bitsStored = header.short('x00280101') ?? bitsAllocated
  if (![1, 8, 16, 32].includes(bitsAllocated) || bitsStored < 1 || bitsStored > bitsAllocated) {
    return { reason: `an image with ${bitsStored} of ${bitsAllocated} bits a pixel` }
  }
  return {
    transferSyntax: header.text('x00020010') || '1.2.840.10008.1.2',
    rows: header.short('x00280010') ?? 0,
    columns: header.short('x00280011') ?? 0,
    frames: header.number('x00280008') ?? 1,
    bitsAllocated,
    bitsStored,
    highBit: header.short('x00280102') ?? bitsStored - 1,
    signed: header.short('x00280103') === 1,
  }
}

function pixelPlaceOf({ dataSet }: Attributes): BytePlace | undefined {
  const element = dataSet.elements['x7fe00010']
  return element.hadUndefinedLength ? undefined : { offset: element.dataOffset, length: element.length }
}

/** One value, or all from PixelPaddingValue to PixelPaddingRangeLimit, whichever is the lower. */
function paddingOf(header: Attributes, signed: boolean): readonly [number, number] | undefined {
  const at = (tag: string): number | undefined => (signed ? header.signedShort(tag) : header.short(tag))
  const value = at('x00280120')
  if (value === undefined) return undefined
  const limit = at('x00280121') ?? value
  return [Math.min(value, limit), Math.max(value, limit)]
}

function identityOf(header: Attributes): PatientAndStudy {
  return {
    patientName: header.text('x00100010'),
    patientId: header.text('x00100020'),
    patientBirthDate: header.text('x00100030'),
    patientSex: header.text('x00100040'),
    studyInstanceUid: header.text('x0020000d'),
    studyDate: header.text('x00080020'),
    studyTime: header.text('x00080030'),
    studyId: header.text('x00200010'),
    studyDescription: header.text('x00081030'),
    accessionNumber: header.text('x00080050'),
    referringPhysician: header.text('x00080090'),
  }
}

/** The places of all frames, or null where one cannot be placed. */
export function framesOf(header: Attributes): Frame[] | null {
  const count = header.number('x00280008') ?? 1
  const perFrame = header.items('x52009230')
  if (perFrame.length === 0) {
    const frame = count === 1 ? frameFrom([header], header, 0) : null
    return frame ? [frame] : null
  }
  const shared = header.items('x52009229')
  const frames = perFrame.slice(0, count).map((group, index) => frameFrom([group, ...shared], header, index))
  return frames.length === count && frames.every((frame) => frame !== null) ? frames : null
}

/**
 * One frame's place from functional groups (its own before the shared ones), where each macro is a sequence of one
 * item, or from a plain header that holds the same attributes at its root.
 */
function frameFrom(groups: readonly Attributes[], header: Attributes, index: number): Frame | null {
  const macro = (tag: string): Attributes | undefined =>
    groups.map((group) => group.item(tag)).find((found) => found !== undefined)
  const position = (macro('x00209113') ?? header).numbers('x00200032')
  const cosines = (macro('x00209116') ?? header).numbers('x00200037')
  const measures = macro('x00289110') ?? header
  const spacing = measures.numbers('x00280030')
  const transformation = macro('x00289145') ?? header
  const [x, y] = [unit(cosines.slice(0, 3)), unit(cosines.slice(3, 6))]
  if (position.length !== 3 || !x || !y || spacing.length !== 2 || spacing.some((mm) => mm <= 0)) return null
  return {
    index,
    position: [position[0], position[1], position[2]],
    orientation: [x, y],
    pixelSpacing: [spacing[1], spacing[0]],
    thickness: measures.number('x00180050'),
    slope: transformation.number('x00281053') ?? 1,
    intercept: transformation.number('x00281052') ?? 0,
    traits: traitsOf(macro, header),
  }
}

function traitsOf(macro: (tag: string) => Attributes | undefined, header: Attributes): Traits {
  const content = macro('x00209111')
  const frameType = (macro('x00189329') ?? macro('x00189226'))?.text('x00089007')
  const said = (value: number | undefined): string | undefined => (value === undefined ? undefined : String(value))
  return {
    stack: content?.text('x00209056') ?? '',
    time: said(content?.long('x00209128')) ?? header.text('x00200100'),
    phase: (macro('x00189341') ?? header.item('x00189341') ?? header).text('x00189344'),
    echo: said(macro('x00189114')?.double('x00189082')) ?? header.text('x00180081'),
    diffusion: said(macro('x00189117')?.double('x00189087') ?? header.double('x00189087')) ?? '',
    imageType: frameType || header.text('x00080008'),
    acquisition: said(content?.short('x00209156')) ?? header.text('x00200012'),
    kernel: (macro('x00189314') ?? header).text('x00181210'),
    voltage: (macro('x00189325') ?? header).text('x00180060'),
    trigger: said(macro('x00189118')?.double('x00209153')) ?? header.text('x00181060'),
  }
}

function unit(v: readonly number[]): Vec3 | null {
  const length = v.length === 3 ? Math.hypot(...v) : 0
  // A direction far from unit length is no direction cosine but damage.
  return Math.abs(length - 1) < 0.05 ? [v[0] / length, v[1] / length, v[2] / length] : null
}
