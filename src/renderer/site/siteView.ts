import { storageKinds, type LibraryState, type StorageKind } from '../../shared/care'
import type { ChainCheck, Emptied, Removal, StructureTally, Tally, WorkRow } from '../../shared/site'
import { count } from '../../shared/count'
import { bytesText } from '../app/words'

/** What a site looks at, one thing at a time. */
export const sections = ['statistics', 'audit', 'roles', 'intake', 'schemas', 'library', 'trash'] as const
export type Section = (typeof sections)[number]

export const sectionTitles: Readonly<Record<Section, string>> = {
  statistics: 'Statistics',
  audit: 'Audit',
  roles: 'Roles',
  intake: 'Watched folder',
  schemas: 'Schemas',
  library: 'Library',
  trash: 'Deleted cases',
}

export const periods = ['all', 'quarter', 'month', 'week'] as const
export type Period = (typeof periods)[number]

export const periodTitles: Readonly<Record<Period, string>> = {
  all: 'All',
  quarter: '90 days',
  month: '30 days',
  week: '7 days',
}

const days: Readonly<Record<Period, number | null>> = { all: null, quarter: 90, month: 30, week: 7 }

/** When a period began; null where it has no beginning. */
export function sinceOf(period: Period, now = Date.now()): string | null {
  const long = days[period]
  return long === null ? null : new Date(now - long * 86_400_000).toISOString()
}

const storageTitles: Readonly<Record<StorageKind, string>> = {
  images: 'Images',
  labels: 'Labels',
  uncertainty: 'Uncertainty',
  journals: 'Unsaved edits',
  models: 'Models',
  runs: 'Training runs',
  trash: 'Deleted cases',
  database: 'Database',
  other: 'Other',
}

/** What takes room, the most first. */
export function storageRows(
  storage: LibraryState['storage'],
): { readonly kind: StorageKind; readonly title: string; readonly bytes: number }[] {
  return storageKinds
    .map((kind) => ({ kind, title: storageTitles[kind], bytes: storage[kind] ?? 0 }))
    .filter(({ bytes }) => bytes > 0)
    .sort((a, b) => b.bytes - a.bytes)
}

/** What goes when the trash is emptied, by how long ago it was deleted. */
export const trashAges = ['all', 'month', 'quarter'] as const
export type TrashAge = (typeof trashAges)[number]

export const trashAgeTitles: Readonly<Record<TrashAge, string>> = {
  all: 'All',
  month: 'Older than 30 days',
  quarter: 'Older than 90 days',
}

export const said = ['accepted', 'corrected', 'absent', 'rejected'] as const
export type Said = (typeof said)[number]

/** How many structures of cases somebody said something of. */
export function judged(tally: Tally): number {
  return said.reduce((sum, status) => sum + tally[status], 0)
}

/** What was said, each as a share of all that was said, in per cent; nothing where nothing was. */
export function sharesOf(tally: Tally): { readonly status: Said; readonly percent: number }[] {
  const all = judged(tally)
  return said.flatMap((status) => (tally[status] > 0 ? [{ status, percent: (100 * tally[status]) / all }] : []))
}

export function percentText(tally: Tally, status: Said): string {
  const all = judged(tally)
  return all === 0 ? '–' : `${Math.round((100 * tally[status]) / all)} %`
}

/** Voxels that were changed for each structure of a case that was judged. */
export function voxelsEach(tally: Tally): number | null {
  const all = judged(tally)
  return all === 0 ? null : tally.voxels / all
}

/** '38 s', '4.2 min' for each structure of a case; '–' where no time was measured. */
export function timeEach(tally: Tally): string {
  const all = judged(tally)
  if (tally.seconds === null || all === 0) return '–'
  const each = tally.seconds / all
  return each < 100 ? `${Math.round(each)} s` : `${(each / 60).toFixed(1)} min`
}

export function countText(value: number | null): string {
  return value === null ? '–' : Math.round(value).toLocaleString('en')
}

/** One version of a model in a trend. */
export interface TrendPoint {
  readonly version: string
  readonly text: string
  /** Height of its column, of the highest that there can be or is. */
  readonly share: number
}

export interface Trend {
  readonly title: string
  readonly tip: string
  readonly points: readonly TrendPoint[]
}

/** How versions of one model fare one after the other; a model with one version has no trend. */
export function trendsOf(models: readonly WorkRow[]): { readonly model: string; readonly trends: readonly Trend[] }[] {
  const byModel = new Map<string, WorkRow[]>()
  for (const row of models) {
    const name = row.name.slice(0, row.name.lastIndexOf('@'))
    byModel.set(name, [...(byModel.get(name) ?? []), row])
  }
  return [...byModel].flatMap(([model, versions]) =>
    versions.length < 2 ? [] : [{ model, trends: trendsOfVersions(versions) }],
  )
}

function trendsOfVersions(versions: readonly WorkRow[]): Trend[] {
  const trend = (
    title: string,
    tip: string,
    valueOf: (row: WorkRow) => number | null,
    text: (v: number) => string,
    most?: number,
  ): Trend => {
    // prettier-ignore
    const values = versions.map(valueOf)
    const highest = most ?? Math.max(1e-9, ...values.map((value) => value ?? 0))
    const points = versions.map(({ name }, n) => {
      const value = values[n]
      const version = `v${name.slice(name.lastIndexOf('@') + 1)}`
      return { version, text: value === null ? '–' : text(value), share: (value ?? 0) / highest }
    })
    return { title, tip, points }
  }
  const accepted = (row: WorkRow): number | null => (judged(row) === 0 ? null : row.accepted / judged(row))
  return [
    trend('DSC', 'Its masks against the verified ones', ({ dsc }) => dsc, (v) => v.toFixed(2), 1), // prettier-ignore
    trend('Accepted as drawn', 'Of what readers judged', accepted, (v) => `${Math.round(100 * v)} %`, 1),
    trend('Voxels changed', 'For each structure of a case', voxelsEach, (v) => Math.round(v).toLocaleString('en')),
  ]
}

/** The structures of a row, those with the most work first. */
export function byWork(row: WorkRow): readonly StructureTally[] {
  return [...row.structures].sort((a, b) => b.voxels - a.voxels || a.structure.localeCompare(b.structure))
}

/** What a check of the chain says, in one line. */
export function chainWords({ entries, broken }: ChainCheck, when: (iso: string) => string): string {
  if (broken && broken.at === null) return `Entry ${broken.id.toLocaleString('en')}, and what came after it, is gone`
  if (broken?.at) return `Broken at entry ${broken.id.toLocaleString('en')}, of ${when(broken.at)}`
  return `Intact: ${count(entries, 'entry', 'entries')}`
}

/** What went when the trash was emptied, in one line. */
export function emptiedWords({ cases, bytes, later }: Emptied): string {
  const rest = later > 0 ? `; files of ${count(later, 'case')} are in use and go when Emend starts next` : ''
  return `${count(cases, 'case')} gone for good, ${bytesText(bytes)} freed${rest}`
}

/** What goes with a case that is deleted, in words. */
export function removalWords({ revisions, verified, notes, bytes }: Removal): string[] {
  const parts = [
    count(revisions, 'label revision'),
    `${count(verified, 'verified structure')}, which no later model learns from`,
    count(notes, 'comment or decision', 'comments and decisions'),
  ]
  const counts = [revisions, verified, notes]
  return [`the image and all that lies with it, ${bytesText(bytes)}`, ...parts.filter((_, n) => counts[n] > 0)]
}
