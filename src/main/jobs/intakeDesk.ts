import { realpath, stat } from 'node:fs/promises'
import { resolve, sep } from 'node:path'
import * as v from 'valibot'
import { EmendError } from '../../shared/errors'
import type { Intake } from '../../shared/site'
import { recordAudit } from '../library/audit'
import { countTaken, forgetFaults, listFaults } from '../library/intake'
import type { Library } from '../library/library'
import { requireRole } from '../library/members'
import { readSetting, writeSetting } from '../library/settingsTable'
import type { JobRunner } from './runner'
import { WatchedFolder, type WatchTimes } from './watchedFolder'

const SETTING = 'watchedFolder'

/** The folder whose new images come by themselves: a setting of the library, and whoever looks after it here. */
export class IntakeDesk {
  private watched: WatchedFolder | null = null

  constructor(
    private readonly library: Library,
    private readonly runner: JobRunner,
    private readonly changed: (status: Intake) => void,
    private readonly times?: WatchTimes,
  ) {}

  /** Watches the library's folder, where it has one, until it is closed. */
  start(): void {
    const folder = this.folder()
    this.watched?.close()
    this.watched = folder === null ? null : this.watcherOf(folder)
    this.watched?.start()
  }

  close(): void {
    this.watched?.close()
  }

  folder(): string | null {
    return readSetting(this.library, SETTING, v.nullable(v.string()))
  }

  status(): Intake {
    const { library, watched } = this
    const folder = this.folder()
    const reason = watched?.unreachable ?? null
    return {
      folder,
      state: folder === null ? 'off' : reason === null ? 'watching' : 'unreachable',
      reason,
      waiting: watched?.waiting ?? 0,
      taken: countTaken(library),
      faults: listFaults(library),
    }
  }

  /**
   * Watches another folder from now on, or none.
   * @throws EmendError where the user's role does not allow it, the folder cannot be read, or is the library's own
   */
  async watch(folder: string | null): Promise<Intake> {
    requireRole(this.library, 'administrator', 'choose the watched folder')
    const path = folder === null ? null : resolve(folder)
    if (path !== null) await requireWatchable(this.library, path)
    writeSetting(this.library, SETTING, path)
    recordAudit(this.library, 'settings', null, path === null ? 'no folder is watched' : `watches ${path}`)
    this.start()
    return this.status()
  }

  /** Tries again what could not be taken in. */
  async retry(): Promise<Intake> {
    forgetFaults(this.library)
    this.watched?.forget()
    void this.watched?.look()
    return this.status()
  }

  /** Somebody who watches a folder, be it the library's or another. */
  watcherOf(folder: string, times = this.times): WatchedFolder {
    return new WatchedFolder(this.library, this.runner, folder, () => this.changed(this.status()), times)
  }
}

/** @throws EmendError where a folder cannot be watched */
export async function requireWatchable({ root }: Library, folder: string): Promise<void> {
  const found = await stat(folder).catch(() => null)
  if (!found?.isDirectory()) throw new EmendError(`${folder} is no folder that can be read`)
  const [watched, own] = (await Promise.all([folder, root].map((path) => realpath(path)))).map((path) => path + sep)
  if (watched.startsWith(own) || own.startsWith(watched)) {
    throw new EmendError(`${folder} and the library lie in one another`, { hint: 'choose a folder beside it' })
  }
}
