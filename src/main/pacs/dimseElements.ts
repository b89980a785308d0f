import * as v from 'valibot'
import { Uid, type SeriesRow, type StudyRow } from '../../shared/archive'
import { day } from './dicomJson'

/** Attributes by keyword, as the library gives them. */
export type Elements = Readonly<Record<string, unknown>>

/** Values of an attribute as text. */
export function textsOf(elements: Elements, keyword: string): string[] {
  const value = elements[keyword]
  const values = Array.isArray(value) ? value : value === undefined || value === null ? [] : [value]
  return values.flatMap((one: unknown) => nameOrText(one).split('\\')).map((text) => text.trim())
}

export function textOf(elements: Elements, keyword: string): string {
  return textsOf(elements, keyword)[0] ?? ''
}

function nameOrText(value: unknown): string {
  if (typeof value === 'object' && value !== null && 'Alphabetic' in value) return String(value.Alphabetic)
  return String(value)
}

function numberOf(elements: Elements, keyword: string): number | null {
  const text = textOf(elements, keyword)
  return text === '' || !Number.isFinite(Number(text)) ? null : Number(text)
}

/** A study that a C-FIND found; null where it has no usable UID. */
export function studyOf(elements: Elements): StudyRow | null {
  const studyUid = textOf(elements, 'StudyInstanceUID')
  if (!v.is(Uid, studyUid)) return null
  return {
    studyUid,
    patientName: textOf(elements, 'PatientName'),
    patientId: textOf(elements, 'PatientID'),
    date: day(textOf(elements, 'StudyDate')),
    description: textOf(elements, 'StudyDescription'),
    accessionNumber: textOf(elements, 'AccessionNumber'),
    modalities: textsOf(elements, 'ModalitiesInStudy').filter(Boolean),
    series: numberOf(elements, 'NumberOfStudyRelatedSeries'),
    images: numberOf(elements, 'NumberOfStudyRelatedInstances'),
  }
}

/** A series that a C-FIND found; null where it has no usable UID. */
export function seriesOf(elements: Elements, studyUid: string): SeriesRow | null {
  const seriesUid = textOf(elements, 'SeriesInstanceUID')
  if (!v.is(Uid, seriesUid)) return null
  return {
    studyUid,
    seriesUid,
    number: numberOf(elements, 'SeriesNumber'),
    modality: textOf(elements, 'Modality'),
    description: textOf(elements, 'SeriesDescription'),
    images: numberOf(elements, 'NumberOfSeriesRelatedInstances'),
  }
}
