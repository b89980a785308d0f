import { existsSync } from 'node:fs'
import { mkdir, readdir } from 'node:fs/promises'
import { resolve } from 'node:path'
import { EmendError, oneLine } from '../../shared/errors'
import type { JobRow } from '../../shared/jobs'
import type { Progress } from '../../shared/progress'
import type { Library } from '../library/library'
import { requireRole } from '../library/members'
import { moveLibrary, requireRoomFor } from '../library/move'
import { libraryPaths } from '../library/paths'
import { chooseLibrary } from './libraryPath'

/** The open library, as far as its place is concerned. */
export interface Open {
  readonly library: Library
  listJobs(): readonly JobRow[]
  close(): void
}

export interface Surroundings {
  /** Ends this process, and starts Emend with the library at `path`; says first, where there is something, what went wrong. */
  readonly restart: (path: string, trouble?: string) => void
  /** Hears how far a move is. */
  readonly told: (progress: Progress) => void
  /** Keeps what this user chose. */
  readonly configFolder?: string
}

/** @throws EmendError where a folder holds no library, and other things: a new one would lie among them */
export async function requireLibraryOrNothing(path: string): Promise<void> {
  if (existsSync(libraryPaths.database(path)) || !existsSync(path) || (await readdir(path)).length === 0) return
  throw new EmendError(`${path} holds no library, and other things`, {
    hint: 'choose the folder of a library, or an empty one for a new library',
  })
}

/** Which library the window has, and where it lies. One process has one library: another one, or another place, means a new start. */
export class LibraryPlace {
  private moving: AbortController | null = null

  constructor(
    private readonly open: Open,
    private readonly surroundings: Surroundings,
  ) {}

  /**
   * Starts anew with the library in a folder, or with a new one where that is empty.
   * @throws EmendError where jobs are under way, or the folder holds something else
   */
  async use(folder: string): Promise<void> {
    this.requireIdle('another library opens')
    const path = resolve(folder)
    await requireLibraryOrNothing(path)
    await mkdir(path, { recursive: true })
    const [trouble] = await this.remember(path)
    this.open.close()
    this.surroundings.restart(path, trouble)
  }

  /**
   * Moves the library to a folder and starts anew with it; where that fails, or is stopped, with the library where it was.
   * @throws EmendError where it cannot begin: jobs are under way, the folder is not empty, the user's role does not allow it
   */
  async move(folder: string): Promise<void> {
    this.requireIdle('the library is moved')
    const { library } = this.open
    const target = resolve(folder)
    requireRole(library, 'administrator', 'move the library')
    await requireRoomFor(library.root, target)
    this.moving = new AbortController()
    const { signal } = this.moving
    this.open.close()
    const work = { signal, report: this.surroundings.told }
    const troubles: string[] = []
    const arrived = async (path: string): Promise<void> => void troubles.push(...(await this.remember(path)))
    try {
      const left = await moveLibrary(library.root, target, { user: library.user, work, arrived })
      if (left !== null) troubles.push(`The library is in ${target}, but ${left} could not be removed.`)
    } catch (error) {
      const trouble = signal.aborted ? undefined : `The library was not moved: ${oneLine(error)}`
      this.surroundings.restart(library.root, trouble)
      return
    }
    this.surroundings.restart(target, troubles.length > 0 ? troubles.join(' ') : undefined)
  }

  /** Stops a move; what was copied goes, the library stays where it was. */
  stop(): void {
    this.moving?.abort(new Error('stopped'))
  }

  /** Has the next starts open this library. @returns what went wrong, if anything */
  private async remember(path: string): Promise<string[]> {
    return chooseLibrary(path, this.surroundings.configFolder).then(
      () => [],
      (error: unknown) => [`The start after this one will not find ${path} by itself: ${oneLine(error)}.`],
    )
  }

  private requireIdle(what: string): void {
    const job = this.open.listJobs().find(({ finishedAt }) => finishedAt === null)
    if (job)
      throw new EmendError(`a job is under way: ${job.title}`, { hint: `cancel it or let it end before ${what}` })
  }
}
