import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { NOT_COME, type SeriesReference } from '../../shared/archive'
import { EmendError, oneLine } from '../../shared/errors'
import type { Work } from '../../shared/progress'
import { recordAudit } from '../library/audit'
import type { Archive } from '../pacs/archive'
import { openArchive } from '../pacs/openArchive'
import type { OpenServer } from '../pacs/servers'
import { importSources, recordingFailure } from './importing'
import { withPassingFolder } from './passingFolder'
import type { JobContext } from './verbs'

/**
 * Fetches series from an archive and adds what images they hold as cases, as any import does. A series that cannot be
 * had does not keep the others out.
 *
 * @returns what was added and what did not come, in one line
 * @throws EmendError where no series came, or none holds an image
 */
export function fetchIntoLibrary(
  series: readonly SeriesReference[],
  from: OpenServer,
  context: JobContext,
): Promise<string> {
  return recordingFailure('fetch', context.library, {}, () => fetchAndImport(series, from, context))
}

async function fetchAndImport(
  series: readonly SeriesReference[],
  from: OpenServer,
  context: JobContext,
): Promise<string> {
  const { name } = from.server
  return withPassingFolder(context.library, 'fetch', async (folder) => {
    // A message that names a file means one that came from the server: the folder will be gone.
    const named = (line: string): string => line.replaceAll(folder, name)
    try {
      const failures = await fetchAll(series, openArchive(from), folder, context.work)
      if (failures.length === series.length) throw failures[0]
      const { outcome } = await importSources([folder], context)
      recordAudit(context.library, 'fetch', null, `${series.length - failures.length} series from ${name}`)
      return named([outcome, ...describeFailures(failures)].join(', '))
    } catch (error) {
      if (!(error instanceof EmendError)) throw error
      throw new EmendError(named(error.message), { hint: error.hint && named(error.hint), cause: error })
    }
  })
}

/** Fetches each series into a folder of its own within `folder`; returns why some did not come. */
async function fetchAll(
  series: readonly SeriesReference[],
  archive: Archive,
  folder: string,
  work: Work,
): Promise<EmendError[]> {
  const failures: EmendError[] = []
  for (const [n, one] of series.entries()) {
    const target = join(folder, String(n + 1))
    await mkdir(target)
    try {
      await archive.fetchSeries(one, target, numbered(work, n, series.length))
    } catch (error) {
      if (!(error instanceof EmendError)) throw error
      failures.push(error)
      await rm(target, { recursive: true, force: true })
    }
  }
  return failures
}

function numbered(work: Work, n: number, count: number): Work {
  if (count === 1) return work
  const report: Work['report'] = (progress) =>
    // Only the last series' time left is the whole job's.
    work.report({
      ...progress,
      phase: `${progress.phase} series ${n + 1} of ${count}`,
      secondsLeft: n === count - 1 ? progress.secondsLeft : undefined,
    })
  return { report, signal: work.signal }
}

function describeFailures(failures: readonly EmendError[]): string[] {
  return failures.length === 0 ? [] : [`${failures.length} ${NOT_COME} (${oneLine(failures[0])})`]
}
