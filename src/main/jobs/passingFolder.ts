import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Library } from '../library/library'
import { INCOMING } from '../library/recover'

/**
 * A folder in the library, for its owner alone, for what passes through a job: identified DICOM. It goes when `use` ends.
 * A process that is killed leaves it: the next job of this kind clears it, or whoever opens the library next (`recover`).
 * Jobs of a kind run one at a time, so each kind has one.
 */
export async function withPassingFolder<T>(
  { root }: Pick<Library, 'root'>,
  kind: 'fetch' | 'send',
  use: (folder: string) => Promise<T>,
): Promise<T> {
  const folder = join(root, `${INCOMING}${kind}`)
  const clear = (): Promise<void> => rm(folder, { recursive: true, force: true })
  await clear()
  await mkdir(folder, { mode: 0o700 })
  try {
    return await use(folder)
  } finally {
    await clear()
  }
}
