import type { Dataset } from 'dcmjs'
import type { Measurement } from '../../../shared/voxels/volumetry'
import { codeItem, derivedObject, instancesOf, referenceTo, type DerivedOptions } from './derived'
import { encodeDicom } from './encode'
import { uidOfText } from './uids'
import { algorithmOf, type Segment } from './segment'
import type { DicomSource } from './source'
import {
  codeValue,
  containerItem,
  dcm,
  numberValue,
  personValue,
  sct,
  segmentReference,
  templateOf,
  textValue,
  ucum,
  uidValue,
} from './srContent'

const REPORT = {
  // Enhanced SR Storage: TID 1500 without coordinates needs no more.
  sopClassUid: '1.2.840.10008.5.1.4.1.1.88.22',
  modality: 'SR',
  seriesNumber: '902',
  seriesDescription: 'Measurements',
}

/** A DICOM SEG that a report refers to. */
export interface ReferencedSeg {
  readonly sopClassUid: string
  readonly sopInstanceUid: string
  readonly seriesInstanceUid: string
}

/** A segment with what was measured of it; its place in the list, from 1, is its number in the SEG. */
export interface MeasuredSegment {
  readonly segment: Segment & { readonly trackingUid: string }
  readonly measurement: Measurement
}

/**
 * A structured report by TID 1500 (PS3.16): for every segment of a SEG a group by TID 1411 with its volume and, of a CT,
 * mean and standard deviation of the attenuation. Tracking identifiers and UIDs are those of the SEG.
 */
export function encodeMeasurementReport(
  source: DicomSource,
  seg: ReferencedSeg,
  measured: readonly MeasuredSegment[],
  options: DerivedOptions = {},
): Uint8Array {
  const object = derivedObject(source, REPORT, options)
  return encodeDicom({
    ...object,
    InstanceNumber: '1',
    ContentDate: object.InstanceCreationDate,
    ContentTime: object.InstanceCreationTime,
    ReferencedPerformedProcedureStepSequence: [],
    PerformedProcedureCodeSequence: [],
    CompletionFlag: 'PARTIAL',
    CompletionFlagDescription: 'Not for clinical use',
    VerificationFlag: 'UNVERIFIED',
    PreliminaryFlag: 'PRELIMINARY',
    CurrentRequestedProcedureEvidenceSequence: [evidence(source, seg)],
    ValueType: 'CONTAINER',
    ConceptNameCodeSequence: [codeItem(dcm('126000', 'Imaging Measurement Report'))],
    ContinuityOfContent: 'SEPARATE',
    ...templateOf('1500'),
    ContentSequence: [
      codeValue('HAS CONCEPT MOD', dcm('121049', 'Language of Content Item and Descendants'), {
        value: 'en-US',
        scheme: 'RFC5646',
        meaning: 'English (United States)',
      }),
      ...observers(options.creator),
      codeValue('HAS CONCEPT MOD', dcm('121058', 'Procedure reported'), procedureOf(source.modality)),
      containerItem(
        dcm('126010', 'Imaging Measurements'),
        measured.map((one, n) => group(one, n + 1, source, seg)),
      ),
    ],
  })
}

/** Everything that the report rests on: the SEG and the series that it was drawn on. */
function evidence(source: DicomSource, seg: ReferencedSeg): Dataset {
  return {
    StudyInstanceUID: source.identity.studyInstanceUid,
    ReferencedSeriesSequence: [
      { SeriesInstanceUID: seg.seriesInstanceUid, ReferencedSOPSequence: [referenceTo(seg)] },
      {
        SeriesInstanceUID: source.seriesInstanceUid,
        ReferencedSOPSequence: instancesOf(source).map(referenceTo),
      },
    ],
  }
}

function observers(person: string | undefined): Dataset[] {
  const type = dcm('121005', 'Observer Type')
  const device = [
    codeValue('HAS OBS CONTEXT', type, dcm('121007', 'Device')),
    uidValue('HAS OBS CONTEXT', dcm('121012', 'Device Observer UID'), uidOfText('Emend')),
    textValue('HAS OBS CONTEXT', dcm('121013', 'Device Observer Name'), 'Emend'),
  ]
  if (!person) return device
  return [
    codeValue('HAS OBS CONTEXT', type, dcm('121006', 'Person')),
    personValue('HAS OBS CONTEXT', dcm('121008', 'Person Observer Name'), person),
    ...device,
  ]
}

function procedureOf(modality: string): ReturnType<typeof dcm> {
  if (modality === 'CT') return { value: '25045-6', scheme: 'LN', meaning: 'CT unspecified body region' }
  if (modality === 'MR') return { value: '25056-3', scheme: 'LN', meaning: 'MR unspecified body region' }
  return sct('363679005', 'Imaging procedure')
}

const ATTENUATION = dcm('112031', 'Attenuation Coefficient')
const DERIVATION = dcm('121401', 'Derivation')
const HOUNSFIELD = ucum("[hnsf'U]", 'Hounsfield unit')

function group(
  { segment, measurement }: MeasuredSegment,
  segmentNumber: number,
  source: DicomSource,
  seg: ReferencedSeg,
): Dataset {
  const { label, category, type, modifier, trackingUid } = segment
  const { volumeMl, mean, sd } = measurement
  const laterality = modifier && codeValue('HAS CONCEPT MOD', sct('272741003', 'Laterality'), modifier)
  return containerItem(
    dcm('125007', 'Measurement Group'),
    [
      textValue('HAS OBS CONTEXT', dcm('112039', 'Tracking Identifier'), label),
      uidValue('HAS OBS CONTEXT', dcm('112040', 'Tracking Unique Identifier'), trackingUid),
      codeValue('CONTAINS', sct('276214006', 'Finding category'), category),
      codeValue('CONTAINS', dcm('121071', 'Finding'), type),
      segmentReference(dcm('121191', 'Referenced Segment'), seg, segmentNumber),
      uidValue('CONTAINS', dcm('121232', 'Source series for segmentation'), source.seriesInstanceUid),
      ...(laterality ? [codeValue('HAS CONCEPT MOD', sct('363698007', 'Finding Site'), type, [laterality])] : []),
      ...algorithm(segment),
      numberValue(sct('118565006', 'Volume'), volumeMl * 1000, ucum('mm3', 'cubic millimeter')),
      ...(source.modality === 'CT' && mean !== null && sd !== null
        ? [attenuation(mean, sct('373098007', 'Mean')), attenuation(sd, sct('386136009', 'Standard Deviation'))]
        : []),
    ],
    '1411',
  )
}

function attenuation(value: number, derivation: ReturnType<typeof sct>): Dataset {
  return numberValue(ATTENUATION, value, HOUNSFIELD, [codeValue('HAS CONCEPT MOD', DERIVATION, derivation)])
}

/** By TID 4019: a name, and the version that it carries behind its '@'. */
function algorithm(segment: Segment): Dataset[] {
  const name = algorithmOf(segment)
  if (name === undefined) return []
  const [model, version = 'unknown'] = name.split('@')
  return [
    textValue('HAS CONCEPT MOD', dcm('111001', 'Algorithm Name'), model),
    textValue('HAS CONCEPT MOD', dcm('111003', 'Algorithm Version'), version),
  ]
}
