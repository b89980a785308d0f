import { basename, relative, sep } from 'node:path'
import { EmendError } from '../../shared/errors'
import { recordIntake } from '../library/intake'
import { importSources } from './importing'
import type { WatchedItem } from './messages'
import type { JobContext } from './verbs'

/**
 * Imports items of a watched folder, and notes what of them could not be taken in. Nothing of it fails the job: what lies
 * in such a folder is not always an image.
 *
 * @param paths those of the items, in their order
 * @returns what was added and what was skipped, in one line
 */
export async function importWatched(
  paths: readonly string[],
  { folder, items }: { readonly folder: string; readonly items: readonly WatchedItem[] },
  context: JobContext,
  withoutIdentity?: boolean,
): Promise<string> {
  const { library, work } = context
  const hides = withoutIdentity === true
  try {
    const { outcome, skipped } = await importSources(paths, context, { withoutIdentity })
    const faults = skipped.map(({ path, reason }) => ({ item: ownerOf(path), name: nameOf(path), reason }))
    recordIntake(library, items, faults)
    return short(outcome)
  } catch (error) {
    if (!(error instanceof EmendError)) throw error
    work.signal.throwIfAborted()
    const reason = hides ? 'it is no image that Emend reads, or damaged' : short(error.message)
    for (const one of items) {
      recordIntake(library, [one], [{ item: one.item, name: hides ? 'a file' : one.name, reason }])
    }
    return `nothing was taken in: ${reason}`
  }

  /** Which item a path lies in; the first where it says of none. */
  function ownerOf(path: string): string {
    const [top] = relative(folder, path).split(sep)
    return (items.find(({ name }) => name === top) ?? items[0]).item
  }

  function nameOf(path: string): string {
    return hides ? 'a file' : short(path)
  }

  /** Without the folder, which everybody knows. */
  function short(text: string): string {
    return text.replaceAll(folder + sep, '').replaceAll(folder, basename(folder))
  }
}
