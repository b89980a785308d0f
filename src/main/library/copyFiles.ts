import { existsSync } from 'node:fs'
import { copyFile, mkdir, open, readdir, rename, rm, rmdir, stat } from 'node:fs/promises'
import { basename, dirname, join, relative } from 'node:path'
import { EmendError, oneLine } from '../../shared/errors'
import { secondsAtPace, type Work } from '../../shared/progress'
import { newId } from './ids'

/** Files that are written once under a name of their own: of the same size, they are the same. */
const isWrittenOnce = (path: string): boolean => /(image\.nii\.gz|labels[\\/][^\\/]+\.gz|network\.onnx)$/.test(path)

/**
 * Copies what a folder holds, each file whole and on the disk, or not at all. What was copied before is not copied again.
 * @returns their paths, and how many were not there yet
 * @throws EmendError where a file cannot be copied; the signal's reason where it was cancelled
 */
export async function copyFiles(
  from: string,
  to: string,
  isLeftOut: (path: string) => boolean,
  work: Work,
): Promise<{ paths: ReadonlySet<string>; copied: number }> {
  const paths = (await filesIn(from)).map((path) => relative(from, path)).filter((path) => !isLeftOut(path))
  const began = performance.now()
  let copied = 0
  for (const [done, path] of paths.entries()) {
    work.signal.throwIfAborted()
    work.report({ phase: 'copying', done, total: paths.length, secondsLeft: secondsAtPace(began, done, paths.length) })
    const [source, target] = [join(from, path), join(to, path)]
    if (isWrittenOnce(path) && (await sameSize(source, target))) continue
    await mkdir(dirname(target), { recursive: true })
    const temporary = join(dirname(target), `.${basename(target)}.${newId()}.tmp`)
    try {
      await copyFile(source, temporary)
      await synced(temporary)
      await rename(temporary, target)
    } catch (error) {
      await rm(temporary, { force: true })
      // A journal may have been saved, and so be gone, since it was listed.
      if ((error as NodeJS.ErrnoException).code === 'ENOENT' && !existsSync(source)) continue
      throw new EmendError(`cannot copy ${path} to ${to}: ${oneLine(error)}`, { cause: error })
    }
    copied += 1
  }
  return { paths: new Set(paths), copied }
}

async function sameSize(a: string, b: string): Promise<boolean> {
  const [first, second] = await Promise.all([a, b].map((path) => stat(path).catch(() => null)))
  return first !== null && second !== null && first.size === second.size
}

/**
 * Removes what of a folder is not to be kept, and folders below it that are empty then.
 * @param keeps is asked of each file, by its path
 * @returns how many files went
 */
export async function keepOnly(folder: string, keeps: (path: string) => boolean): Promise<number> {
  let removed = 0
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) {
      removed += await keepOnly(path, keeps)
      if ((await readdir(path)).length === 0) await rmdir(path)
    } else if (!keeps(path)) {
      await rm(path, { force: true })
      removed += 1
    }
  }
  return removed
}

async function filesIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true })
  const nested = entries.map(async (entry) => {
    const path = join(folder, entry.name)
    return entry.isDirectory() ? filesIn(path) : entry.isFile() ? [path] : []
  })
  return (await Promise.all(nested)).flat()
}

/** Waits until a file is on the disk. */
export async function synced(path: string): Promise<void> {
  const file = await open(path, 'r+')
  try {
    await file.sync()
  } finally {
    await file.close()
  }
}
