import { csvRow } from '../../shared/csv'
import {
  noReason,
  type ReasonTally,
  type SiteStatistics,
  type StructureTally,
  type Tally,
  type WorkRow,
} from '../../shared/site'
import type { Library } from './library'
import { blindCases } from './readings'
import { mergeReasons } from './reasonTally'
import { BY_HAND } from './reviews'

/** What readers said by their own hand. */
const HAND = `hand AS (
  SELECT reviews.id, reviews.author AS reader, revisions.model AS model, reviews.case_id, structure, status
  FROM reviews LEFT JOIN revisions ON revisions.id = reviews.revision
  WHERE reviews.at >= ? AND reviews.case_id NOT IN (SELECT value FROM json_each(?)) AND ${BY_HAND})`

/** Whose work is counted: each reader's, or that which each version of a model gave. */
type Whose = 'reader' | 'model'

/**
 * What readers did and how they found each version of a model, since a moment where one is named (ISO). Cases that the user
 * may read a second time are left out: their figures would tell of the first reading.
 */
export function siteStatistics(library: Library, since = ''): SiteStatistics {
  const hidden = JSON.stringify(blindCases(library))
  return {
    readers: workOf(library, 'reader', since, hidden).sort(byWork),
    models: workOf(library, 'model', since, hidden).sort(byName),
  }
}

interface Said extends Pick<Tally, 'accepted' | 'corrected' | 'absent' | 'rejected'> {
  readonly name: string
  readonly structure: string
  readonly cases: number
}

interface Took extends Pick<Tally, 'voxels' | 'seconds'> {
  readonly name: string
  readonly structure: string
}

interface Judged extends Pick<Tally, 'dsc'> {
  readonly name: string
  readonly structure: string
}

interface Why extends ReasonTally {
  readonly name: string
  readonly structure: string
}

/** @param hidden ids of cases that are left out, as JSON */
function workOf({ database }: Library, whose: Whose, since: string, hidden: string): WorkRow[] {
  const open = 'case_id NOT IN (SELECT value FROM json_each(?))'
  // Of each structure of each case, what was said of it last.
  const said = database.all<Said>(
    `WITH ${HAND}, last AS (SELECT max(id) AS id FROM hand GROUP BY ${whose}, case_id, structure)
     SELECT ${whose} AS name, structure, count(*) AS cases, sum(status = 'accepted') AS accepted,
            sum(status = 'corrected') AS corrected, sum(status = 'absent') AS absent, sum(status = 'rejected') AS rejected
     FROM hand WHERE id IN (SELECT id FROM last) AND ${whose} IS NOT NULL GROUP BY name, structure`,
    since,
    hidden,
  )
  // Of what was rejected last, why; the note that says so is written with it.
  const why = database.all<Why>(
    `WITH ${HAND}, last AS (SELECT max(id) AS id FROM hand GROUP BY ${whose}, case_id, structure)
     SELECT ${whose} AS name, structure, count(*) AS count,
            (SELECT text FROM notes LEFT JOIN revisions ON revisions.id = notes.revision
             WHERE kind = 'reject' AND notes.case_id = hand.case_id AND notes.structure = hand.structure
               AND ${whose === 'reader' ? 'notes.author = hand.reader' : 'revisions.model = hand.model'}
             ORDER BY notes.id DESC LIMIT 1) AS reason
     FROM hand WHERE id IN (SELECT id FROM last) AND ${whose} IS NOT NULL AND status = 'rejected'
     GROUP BY name, structure, reason ORDER BY min(id)`,
    since,
    hidden,
  )
  const took = database.all<Took>(
    `SELECT ${whose} AS name, structure, sum(voxels) AS voxels, sum(seconds) AS seconds
     FROM efforts WHERE at >= ? AND ${open} AND ${whose} IS NOT NULL GROUP BY name, structure`,
    since,
    hidden,
  )
  const judged = database.all<Judged>(
    `SELECT ${whose} AS name, structure, avg(dsc) AS dsc FROM efforts
     WHERE ${whose} IS NOT NULL AND id IN (
       SELECT max(id) FROM efforts WHERE dsc IS NOT NULL AND at >= ? AND ${open} GROUP BY case_id, structure, ${whose})
     GROUP BY name, structure`,
    since,
    hidden,
  )
  const cases = new Map(
    database
      .all<{ name: string; cases: number }>(
        `WITH ${HAND}, touched AS (
           SELECT ${whose} AS name, case_id FROM hand UNION SELECT ${whose}, case_id FROM efforts WHERE at >= ? AND ${open})
         SELECT name, count(*) AS cases FROM touched WHERE name IS NOT NULL GROUP BY name`,
        since,
        hidden,
        since,
        hidden,
      )
      .map(({ name, cases: count }) => [name, count]),
  )
  return [...cases].map(([name, count]) => {
    const own = <Row extends { readonly name: string }>(rows: readonly Row[]): Row[] =>
      rows.filter((row) => row.name === name)
    const structures = structuresOf(own(said), own(took), own(judged), own(why))
    return { name, ...sumOf(structures), cases: count, structures }
  })
}

function structuresOf(
  said: readonly Said[],
  took: readonly Took[],
  judged: readonly Judged[],
  why: readonly Why[],
): StructureTally[] {
  const names = [...new Set([...said, ...took].map(({ structure }) => structure))].sort()
  return names.map((structure) => {
    const words = said.find((row) => row.structure === structure)
    const work = took.find((row) => row.structure === structure)
    return {
      structure,
      cases: words?.cases ?? 0,
      accepted: words?.accepted ?? 0,
      corrected: words?.corrected ?? 0,
      absent: words?.absent ?? 0,
      rejected: words?.rejected ?? 0,
      reasons: mergeReasons(why.filter((row) => row.structure === structure)),
      voxels: work?.voxels ?? 0,
      seconds: work?.seconds ?? null,
      dsc: judged.find((row) => row.structure === structure)?.dsc ?? null,
    }
  })
}

/** All structures together; its DSC is the mean over structures. */
function sumOf(rows: readonly StructureTally[]): Omit<Tally, 'cases'> {
  const sum = (of: (row: StructureTally) => number): number => rows.reduce((total, row) => total + of(row), 0)
  const judged = rows.flatMap(({ dsc }) => (dsc === null ? [] : [dsc]))
  return {
    accepted: sum((row) => row.accepted),
    corrected: sum((row) => row.corrected),
    absent: sum((row) => row.absent),
    rejected: sum((row) => row.rejected),
    reasons: mergeReasons(rows.flatMap(({ reasons }) => reasons)),
    voxels: sum((row) => row.voxels),
    seconds: rows.some(({ seconds }) => seconds !== null) ? sum((row) => row.seconds ?? 0) : null,
    dsc: judged.length > 0 ? judged.reduce((a, b) => a + b, 0) / judged.length : null,
  }
}

const byWork = (a: WorkRow, b: WorkRow): number => b.cases - a.cases || a.name.localeCompare(b.name)

/** 'flare@9' before 'flare@10'. */
const byName = (a: WorkRow, b: WorkRow): number => a.name.localeCompare(b.name, 'en', { numeric: true })

const columns = ['cases', 'accepted', 'corrected', 'absent', 'rejected', 'voxels', 'seconds', 'dsc'] as const

/** A row for each reader and version and each of their structures; 'all' stands for all structures. */
export function* statisticsCsv({ readers, models }: SiteStatistics): Generator<string> {
  yield csvRow(['of', 'name', 'structure', ...columns, 'reasons'])
  for (const [of, rows] of [
    ['reader', readers],
    ['model', models],
  ] as const)
    // prettier-ignore
    for (const row of rows)
      for (const tally of [{ ...row, structure: 'all' }, ...row.structures])
        yield csvRow([of, row.name, tally.structure, ...columns.map((column) => tally[column]), reasonCell(tally)])
}

/** '3 x another structure; 1 x not on record' */
function reasonCell({ reasons }: Tally): string {
  return reasons.map(({ reason, count }) => `${count} x ${reason ?? noReason}`).join('; ')
}
