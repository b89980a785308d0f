import type { Dataset } from 'dcmjs'
import { EmendError } from '../../../shared/errors'
import type { LabelMap } from '../volume'
import { boxesOf, keyholed, traceLoops, type Loop } from './contourTracing'
import { codeItem, derivedObject, instancesOf, referenceTo, referenceToFrame, type DerivedOptions } from './derived'
import { encodeDicom, IMPLICIT_LITTLE_ENDIAN } from './encode'
import type { Segment } from './segment'
import type { DicomSource, SourceSlice } from './source'
import { labelsOnSlices } from './sourceSlices'

const STRUCTURE_SET = {
  sopClassUid: '1.2.840.10008.5.1.4.1.1.481.3',
  modality: 'RTSTRUCT',
  seriesNumber: '901',
  seriesDescription: 'Structure set',
}

/** Retired, and still what the standard has every structure set name for the study (PS3.3 C.8.8.5). */
const STUDY_CLASS = '1.2.840.10008.3.1.2.3.1'

/** A contour, and the slice that it was drawn on. */
interface Contour {
  readonly slice: SourceSlice
  readonly loop: Loop
}

/**
 * A DICOM RT Structure Set of `segments` on the slices of their source series as they were acquired: closed planar
 * contours in patient millimetres, holes by keyhole. Filling them by pixel centres gives the mask of every slice back;
 * what is lost is anything finer than that, and, where the volume was interpolated, what lay between the slices. A
 * segment without a voxel keeps its name and has no contour.
 * @param source of the series; undefined where the image did not come from DICOM
 * @param labels on the imported volume's grid, or that grid turned to another orientation (canonical RAS)
 * @throws EmendError where there is no source, or the labels do not lie on its slices
 */
export function encodeStructureSet(
  source: DicomSource | undefined,
  labels: LabelMap,
  segments: readonly Segment[],
  options: DerivedOptions = {},
): Uint8Array {
  if (!source) {
    throw new EmendError('the image did not come from a DICOM series, so there is nothing an RTSTRUCT could refer to', {
      hint: 'export NIfTI instead',
    })
  }
  if (segments.length === 0) throw new EmendError('an RTSTRUCT needs at least one structure')
  const contours = contoursOf(source, labels)
  const object = derivedObject(source, STRUCTURE_SET, options)
  const frameOfReference = source.frameOfReferenceUid

  return encodeDicom(
    {
      ...object,
      OperatorsName: options.creator ?? '',
      InstanceNumber: '1',
      FrameOfReferenceUID: frameOfReference,
      PositionReferenceIndicator: '',
      StructureSetLabel: 'Emend',
      StructureSetName: object.SeriesDescription,
      StructureSetDescription: 'Not for clinical use',
      StructureSetDate: object.InstanceCreationDate,
      StructureSetTime: object.InstanceCreationTime,
      ApprovalStatus: 'UNAPPROVED',
      ReferencedFrameOfReferenceSequence: [
        {
          FrameOfReferenceUID: frameOfReference,
          RTReferencedStudySequence: [
            {
              ReferencedSOPClassUID: STUDY_CLASS,
              ReferencedSOPInstanceUID: source.identity.studyInstanceUid,
              RTReferencedSeriesSequence: [
                {
                  SeriesInstanceUID: source.seriesInstanceUid,
                  ContourImageSequence: instancesOf(source).map(referenceTo),
                },
              ],
            },
          ],
        },
      ],
      StructureSetROISequence: segments.map((segment, n) => ({
        ROINumber: String(n + 1),
        ReferencedFrameOfReferenceUID: frameOfReference,
        ROIName: segment.label,
        ROIGenerationAlgorithm: segment.algorithmType,
        ...(segment.algorithmName === undefined ? {} : { ROIGenerationDescription: segment.algorithmName }),
      })),
      ROIContourSequence: segments.map(({ id, color }, n) => ({
        ROIDisplayColor: [1, 3, 5].map((at) => String(parseInt(color.slice(at, at + 2), 16))),
        ...contourSequence(contours.get(id) ?? [], source),
        ReferencedROINumber: String(n + 1),
      })),
      RTROIObservationsSequence: segments.map(({ type, modifier, label }, n) => ({
        ObservationNumber: String(n + 1),
        ReferencedROINumber: String(n + 1),
        ROIObservationLabel: label.slice(0, 16),
        RTROIIdentificationCodeSequence: [
          {
            ...codeItem(type),
            ...(modifier ? { SegmentedPropertyTypeModifierCodeSequence: [codeItem(modifier)] } : {}),
          },
        ],
        RTROIInterpretedType: 'ORGAN',
        ROIInterpreter: options.creator ?? '',
      })),
    },
    IMPLICIT_LITTLE_ENDIAN,
  )
}

/** The contours of every label, in the order of the slices. */
function contoursOf(source: DicomSource, labels: LabelMap): Map<number, Contour[]> {
  const contours = new Map<number, Contour[]>()
  for (const { slice, labels: on } of labelsOnSlices(source, labels)) {
    for (const [id, box] of boxesOf(on, source.columns)) {
      const found = keyholed(traceLoops(on, source.columns, id, box)).map((loop) => ({ slice, loop }))
      contours.set(id, [...(contours.get(id) ?? []), ...found])
    }
  }
  return contours
}

function contourSequence(contours: readonly Contour[], source: DicomSource): Dataset {
  if (contours.length === 0) return {}
  return {
    ContourSequence: contours.map(({ slice, loop }, n) => ({
      ContourImageSequence: [referenceToFrame(slice)],
      ContourGeometricType: 'CLOSED_PLANAR',
      NumberOfContourPoints: String(loop.length),
      ContourNumber: String(n + 1),
      ContourData: loop.flatMap((corner) => pointOf(corner, slice, source)),
    })),
  }
}

/** LPS mm of a corner, to a tenth of a micrometre. */
function pointOf(
  [column, row]: readonly [number, number],
  { position }: SourceSlice,
  { orientation: [x, y], pixelSpacing }: DicomSource,
): string[] {
  return ([0, 1, 2] as const).map((axis) => {
    const mm = position[axis] + column * pixelSpacing[0] * x[axis] + row * pixelSpacing[1] * y[axis]
    return String(Number(mm.toFixed(4)))
  })
}
