import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import * as v from 'valibot'
import { addressOf, StudyQuery, Uid, type SeriesReference, type SeriesRow, type StudyRow } from '../../shared/archive'
import { EmendError } from '../../shared/errors'
import { contentOf } from '../imaging/beside'
import { looksLikeDicom } from '../imaging/dicom/attributes'
import { requireEmptyFolder } from '../jobs/emptyFolder'
import { libraryPath } from '../jobs/libraryPath'
import { describeWarnings, requireStored } from '../jobs/sending'
import type { Archive, StoreReport } from '../pacs/archive'
import { openArchive } from '../pacs/openArchive'
import { Servers, type OpenServer } from '../pacs/servers'
import { caseOf } from './librarySubverb'
import { serverOf, serverOptions, serverOptionsHelp } from './pacsServer'
import { table, type Terminal } from './terminal'
import { parseVerb, requireArguments, UsageError, wholeNumber, type Verb } from './verb'
import { finish, finishNewCases, withWorkspace } from './workspaceJobs'

const options = {
  ...serverOptions,
  name: { type: 'string', default: '' },
  id: { type: 'string', default: '' },
  from: { type: 'string', default: '' },
  to: { type: 'string', default: '' },
  modality: { type: 'string', default: '' },
  description: { type: 'string', default: '' },
  study: { type: 'string' },
  limit: { type: 'string', default: '100' },
  offset: { type: 'string', default: '0' },
  out: { type: 'string' },
  library: { type: 'string' },
  case: { type: 'string' },
  json: { type: 'boolean' },
} as const

type Values = ReturnType<typeof parseVerb<typeof options>>['values']

const subverbs: Readonly<
  Record<string, (args: readonly string[], values: Values, terminal: Terminal) => Promise<void>>
> = { servers, test, find, fetch: fetchSeries, send }

/** So many files are read and sent at once. */
const FILES_AT_ONCE = 64

export const pacs: Verb = {
  summary: 'studies in an image archive: found, fetched, and results sent back',
  usage: `pacs ${Object.keys(subverbs).join('|')} ... [--server NAME | --url URL] [--json]`,
  help: `Talks with an image archive (PACS) over DICOMweb or DIMSE.

  servers                   the archives that are known
  test                      whether an archive answers
  find [--name N] [--id ID] [--from DAY] [--to DAY] [--modality CT] [--description TEXT] [--limit N] [--offset N]
                            studies; days as 2026-01-31, * and ? stand for anything
  find --study UID          the series of a study
  fetch STUDY [SERIES...]   a study's series, all without SERIES, into the library; or with --out DIR into a folder
  send FILE...              stores DICOM files
  send --case CASE          stores a case's current masks as a DICOM Segmentation

${serverOptionsHelp}
  --library DIR             the library (without it EMEND_LIBRARY, the one chosen in the window, or Emend in the home folder)`,
  async run(args, terminal) {
    const { values, positionals } = parseVerb(args, options, [`one of ${Object.keys(subverbs).join(', ')}...`])
    const [name, ...rest] = positionals
    const subverb = Object.hasOwn(subverbs, name) ? subverbs[name] : undefined
    if (!subverb) throw new UsageError(`there is no '${name}' of pacs`)
    await subverb(rest, values, terminal)
  },
}

async function servers(args: readonly string[], { json }: Values, terminal: Terminal): Promise<void> {
  requireArguments(args, [])
  const list = await new Servers().list()
  terminal.result(list.servers, json, (known) =>
    known.length === 0
      ? 'no servers'
      : table(known.map(({ name, endpoint }) => [name, endpoint.protocol, addressOf(endpoint)])),
  )
}

async function test(args: readonly string[], values: Values, terminal: Terminal): Promise<void> {
  requireArguments(args, [])
  const open = await serverOf(values)
  await openArchive(open).echo(terminal.signal)
  terminal.result({ server: open.server.name, answers: true }, values.json, ({ server }) => `${server} answers`)
}

async function find(args: readonly string[], values: Values, terminal: Terminal): Promise<void> {
  requireArguments(args, [])
  const archive = openArchive(await serverOf(values))
  if (values.study !== undefined) {
    const series = await archive.findSeries(uidOf(values.study), terminal.signal)
    return terminal.result(series, values.json, seriesTable)
  }
  const page = { offset: wholeNumber(values.offset, 'offset'), limit: wholeNumber(values.limit, 'limit', 1) }
  const found = await archive.findStudies(queryOf(values), page, terminal.signal)
  terminal.result(found, values.json, ({ studies }) => studyTable(studies))
  if (found.more) terminal.note(`there may be more: --offset ${page.offset + page.limit}`)
}

async function fetchSeries(args: readonly string[], values: Values, terminal: Terminal): Promise<void> {
  requireArguments(args.slice(0, 1), ['STUDY'])
  const [studyUid, ...seriesUids] = args.map(uidOf)
  const open = await serverOf(values)
  const archive = openArchive(open)
  const all = seriesUids.length > 0 ? [] : await archive.findSeries(studyUid, terminal.signal)
  const series = [...seriesUids, ...all.map(({ seriesUid }) => seriesUid)].map((seriesUid) => ({ studyUid, seriesUid }))
  if (series.length === 0) throw new EmendError(`${open.server.name} has no study ${studyUid}`)
  if (values.out === undefined) return fetchIntoLibrary(series, open, values, terminal)
  await requireEmptyFolder(values.out)
  const paths = await fetchIntoFolder(series, archive, values.out, terminal)
  terminal.result({ out: values.out, files: paths }, values.json, () => `${paths.length} files in ${values.out}`)
}

async function fetchIntoFolder(
  series: readonly SeriesReference[],
  archive: Archive,
  out: string,
  terminal: Terminal,
): Promise<string[]> {
  const paths: string[] = []
  for (const [n, one] of series.entries()) {
    const folder = series.length === 1 ? out : join(out, String(n + 1))
    await mkdir(folder, { recursive: true })
    const fetched = await archive.fetchSeries(one, folder, terminal.work())
    paths.push(...fetched.paths)
  }
  return paths
}

async function fetchIntoLibrary(
  series: SeriesReference[],
  open: OpenServer,
  { library, json }: Values,
  terminal: Terminal,
): Promise<void> {
  await withWorkspace(pathOf(library), false, terminal, async (workspace) => {
    const job = await finish(workspace, workspace.archives.startFetch(open, series))
    await finishNewCases(workspace, terminal)
    terminal.result({ outcome: job.outcome }, json, ({ outcome }) => outcome ?? '')
  })
}

async function send(args: readonly string[], values: Values, terminal: Terminal): Promise<void> {
  const open = await serverOf(values)
  if (values.case !== undefined) {
    requireArguments(args, [])
    return sendCase(values.case, open, values, terminal)
  }
  requireArguments(args, ['FILE...'])
  const reports: StoreReport[] = []
  for (let at = 0; at < args.length; at += FILES_AT_ONCE) {
    const files = await Promise.all(args.slice(at, at + FILES_AT_ONCE).map(readDicom))
    reports.push(await openArchive(open).store(files, terminal.work()))
  }
  const report = {
    stored: reports.reduce((sum, { stored }) => sum + stored, 0),
    failures: reports.flatMap(({ failures }) => failures),
    warnings: reports.flatMap(({ warnings }) => warnings),
  }
  terminal.warn(describeWarnings(report))
  requireStored(report, open.server.name)
  terminal.result(report, values.json, ({ stored }) => `${stored} stored in ${open.server.name}`)
}

async function sendCase(id: string, open: OpenServer, values: Values, terminal: Terminal): Promise<void> {
  await withWorkspace(pathOf(values.library), false, terminal, async (workspace) => {
    const job = await finish(workspace, workspace.archives.startSend(open, caseOf(workspace, id).id))
    terminal.result({ outcome: job.outcome }, values.json, ({ outcome }) => outcome ?? '')
  })
}

async function readDicom(path: string): Promise<Uint8Array> {
  const bytes = await contentOf(path)
  if (!looksLikeDicom(bytes)) throw new EmendError(`${path} is no DICOM file`)
  return bytes
}

function queryOf({ name, id, from, to, modality, description }: Values): StudyQuery {
  const query = { patientName: name, patientId: id, from, to, modality: modality.toUpperCase(), description }
  const parsed = v.safeParse(StudyQuery, query)
  if (parsed.success) return parsed.output
  const { path } = parsed.issues[0]
  throw new UsageError(`--${String(path?.[0].key)} is not understood (days are like 2026-01-31, modalities like CT)`)
}

function uidOf(text: string): string {
  if (!v.is(Uid, text)) throw new UsageError(`'${text}' is no DICOM UID`)
  return text
}

const pathOf = (library: string | undefined): string =>
  libraryPath(library === undefined ? [] : ['--library', library], process.env)

function studyTable(studies: readonly StudyRow[]): string {
  if (studies.length === 0) return 'no studies'
  return table(
    studies.map((study) => [
      study.date,
      study.patientName,
      study.patientId,
      study.modalities.join(' '),
      study.description,
      study.images === null ? '' : `${study.images} images`,
      study.studyUid,
    ]),
  )
}

function seriesTable(series: readonly SeriesRow[]): string {
  if (series.length === 0) return 'no series'
  return table(
    series.map(({ number, modality, description, images, seriesUid }) => [
      number === null ? '' : String(number),
      modality,
      description,
      images === null ? '' : `${images} images`,
      seriesUid,
    ]),
  )
}
