import * as v from 'valibot'
import type { SeriesRow, StudyRow } from '../../shared/archive'
import { Uid } from '../../shared/archive'

/** The DICOM JSON model (PS3.18 annex F), as far as searches and stores answer in it. */

const Attribute = v.object({ Value: v.optional(v.array(v.unknown())) })
export const JsonDataset = v.record(v.string(), Attribute)
export type JsonDataset = v.InferOutput<typeof JsonDataset>

function values(dataset: JsonDataset, tag: string): unknown[] {
  return (dataset[tag]?.Value ?? []).filter((value) => value !== null && value !== undefined)
}

/** Values as text; a person's name in its alphabetic, else ideographic or phonetic form. */
export function texts(dataset: JsonDataset, tag: string): string[] {
  return values(dataset, tag)
    .map((value) => {
      if (typeof value !== 'object' || value === null) return String(value)
      const forms = value as { Alphabetic?: unknown; Ideographic?: unknown; Phonetic?: unknown }
      return String(forms.Alphabetic ?? forms.Ideographic ?? forms.Phonetic ?? '')
    })
    .map((text) => text.trim())
}

export function text(dataset: JsonDataset, tag: string): string {
  return texts(dataset, tag)[0] ?? ''
}

/** A number, also where a server writes it as text; null where there is none. */
export function number(dataset: JsonDataset, tag: string): number | null {
  const first = text(dataset, tag)
  return first === '' || !Number.isFinite(Number(first)) ? null : Number(first)
}

export function items(dataset: JsonDataset, tag: string): JsonDataset[] {
  return values(dataset, tag).flatMap((value) => (v.is(JsonDataset, value) ? [v.parse(JsonDataset, value)] : []))
}

/** '20260131' as '2026-01-31'; whatever else it is as it is. */
export function day(date: string): string {
  return date.replace(/^(\d{4})(\d{2})(\d{2})$/, '$1-$2-$3')
}

/** A study of a search's answer; null where it has no usable UID. */
export function studyFrom(dataset: JsonDataset): StudyRow | null {
  const studyUid = text(dataset, '0020000D')
  if (!v.is(Uid, studyUid)) return null
  return {
    studyUid,
    patientName: text(dataset, '00100010'),
    patientId: text(dataset, '00100020'),
    date: day(text(dataset, '00080020')),
    description: text(dataset, '00081030'),
    accessionNumber: text(dataset, '00080050'),
    modalities: texts(dataset, '00080061').filter(Boolean),
    series: number(dataset, '00201206'),
    images: number(dataset, '00201208'),
  }
}

/** A series of a search's answer within a study; null where it has no usable UID. */
export function seriesFrom(dataset: JsonDataset, studyUid: string): SeriesRow | null {
  const seriesUid = text(dataset, '0020000E')
  if (!v.is(Uid, seriesUid)) return null
  return {
    studyUid,
    seriesUid,
    number: number(dataset, '00200011'),
    modality: text(dataset, '00080060'),
    description: text(dataset, '0008103E'),
    images: number(dataset, '00201209'),
  }
}
