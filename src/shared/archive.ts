import * as v from 'valibot'

/** What window and main process agree on about image archives (PACS): servers, what is searched for, what is found. */

/** How a server wants to be asked: not at all, by user and password, or by a token. */
export const authKinds = ['none', 'basic', 'bearer'] as const
export type AuthKind = (typeof authKinds)[number]

const Line = v.pipe(v.string(), v.trim(), v.maxLength(200))
const NonEmptyLine = v.pipe(Line, v.nonEmpty())

/** Digits and dots, as DICOM's UIDs are; what goes into an address is nothing else. */
export const Uid = v.pipe(v.string(), v.regex(/^[0-9][0-9.]{0,63}$/, 'it is no DICOM UID'))

/** The root of a DICOMweb service, as `https://pacs.example/dicom-web`: no user, no query. */
const WebRoot = v.pipe(
  v.string(),
  v.trim(),
  v.check((text) => {
    if (!URL.canParse(text)) return false
    const { protocol, username, password, search, hash } = new URL(text)
    return /^https?:$/.test(protocol) && [username, password, search, hash].every((part) => part === '')
  }, 'it is no address like https://pacs.example/dicom-web'),
  v.transform((text) => text.replace(/\/+$/, '')),
)

export const DicomwebEndpoint = v.strictObject({
  protocol: v.literal('dicomweb'),
  url: WebRoot,
  auth: v.picklist(authKinds),
  /** For 'basic'; empty else. */
  user: Line,
})
export type DicomwebEndpoint = v.InferOutput<typeof DicomwebEndpoint>

/** An application entity's title (PS3.5, VR AE). */
const AeTitle = v.pipe(
  v.string(),
  v.trim(),
  v.regex(/^[\x20-\x5b\x5d-\x7e]{1,16}$/, 'an AE title has 1 to 16 characters'),
)
const Port = v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(65_535))

export const DimseEndpoint = v.strictObject({
  protocol: v.literal('dimse'),
  host: v.pipe(v.string(), v.trim(), v.regex(/^[A-Za-z0-9.:-]{1,253}$/, 'it is no host')),
  port: Port,
  /** The archive's title. */
  calledAet: AeTitle,
  /** Ours, as the archive knows us. */
  callingAet: AeTitle,
  /** Ours, open while a series comes. */
  receivePort: Port,
})
export type DimseEndpoint = v.InferOutput<typeof DimseEndpoint>

export const Endpoint = v.variant('protocol', [DicomwebEndpoint, DimseEndpoint])
export type Endpoint = v.InferOutput<typeof Endpoint>

/** Host and port, or the web address, as people write them. */
export function addressOf(endpoint: Endpoint): string {
  return endpoint.protocol === 'dicomweb' ? endpoint.url : `${endpoint.calledAet}@${endpoint.host}:${endpoint.port}`
}

/** A server as it is kept: secrets lie apart. */
export const Server = v.strictObject({ id: NonEmptyLine, name: NonEmptyLine, endpoint: Endpoint })
export type Server = v.InferOutput<typeof Server>

/** A server as the window sees it: that there is a secret, never which. */
export const ServerRow = v.strictObject({ ...Server.entries, hasSecret: v.boolean() })
export type ServerRow = v.InferOutput<typeof ServerRow>

export const ServerList = v.strictObject({
  servers: v.array(ServerRow),
  /** Whether this system keeps secrets; else they are forgotten when Emend ends. */
  keepsSecrets: v.boolean(),
})
export type ServerList = v.InferOutput<typeof ServerList>

/** A server to save or to try: a new one where there is no id; the password or token as it was where it is not given. */
export const ServerDraft = v.strictObject({
  id: v.nullable(NonEmptyLine),
  name: NonEmptyLine,
  endpoint: Endpoint,
  secret: v.optional(v.pipe(v.string(), v.maxLength(16_384))),
})
export type ServerDraft = v.InferOutput<typeof ServerDraft>

const Day = v.union([v.literal(''), v.pipe(v.string(), v.isoDate())])

/** What is searched for; whatever is empty does not narrow the search. `*` and `?` stand for anything in texts. */
export const StudyQuery = v.strictObject({
  patientName: Line,
  patientId: Line,
  /** First and last day, as 2026-01-31. */
  from: Day,
  to: Day,
  /** DICOM's code: 'CT'. */
  modality: v.pipe(Line, v.regex(/^[A-Z]{0,16}$/)),
  description: Line,
})
export type StudyQuery = v.InferOutput<typeof StudyQuery>

export const noQuery: StudyQuery = { patientName: '', patientId: '', from: '', to: '', modality: '', description: '' }

export const Page = v.strictObject({
  offset: v.pipe(v.number(), v.integer(), v.minValue(0)),
  limit: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(1000)),
})
export type Page = v.InferOutput<typeof Page>

/** A study in an archive. Empty text or null where the archive does not say. */
export const StudyRow = v.strictObject({
  studyUid: Uid,
  patientName: v.string(),
  patientId: v.string(),
  /** As 2026-01-31. */
  date: v.string(),
  description: v.string(),
  accessionNumber: v.string(),
  modalities: v.array(v.string()),
  series: v.nullable(v.number()),
  images: v.nullable(v.number()),
})
export type StudyRow = v.InferOutput<typeof StudyRow>

export const StudyPage = v.strictObject({
  studies: v.array(StudyRow),
  /** Whether the archive may hold more behind these. */
  more: v.boolean(),
})
export type StudyPage = v.InferOutput<typeof StudyPage>

export const SeriesRow = v.strictObject({
  studyUid: Uid,
  seriesUid: Uid,
  number: v.nullable(v.number()),
  modality: v.string(),
  description: v.string(),
  images: v.nullable(v.number()),
})
export type SeriesRow = v.InferOutput<typeof SeriesRow>

/** The same as the window lists it: with whether it is a case already. */
export const ListedSeries = v.strictObject({ ...SeriesRow.entries, inLibrary: v.boolean() })
export type ListedSeries = v.InferOutput<typeof ListedSeries>

/** What the outcome of a fetch says, with their number, where some of the series could not be had. */
export const NOT_COME = 'series did not come'

/** Which series, in which study. */
export const SeriesReference = v.strictObject({ studyUid: Uid, seriesUid: Uid })
export type SeriesReference = v.InferOutput<typeof SeriesReference>
