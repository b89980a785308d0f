import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { oneLine } from '../../shared/errors'
import { alwaysDeidentifies } from '../library/deidentification'
import { hider, isKnown, recordIntake } from '../library/intake'
import type { Library } from '../library/library'
import { itemsIn, type FolderItem } from './folderItems'
import type { WatchedItem } from './messages'
import type { JobRunner } from './runner'

export interface WatchTimes {
  /** From one look to the next. */
  readonly everyMs: number
  /** What did not change for so long is whole. */
  readonly settleMs: number
}

/** Files on a network share may come in pauses. */
export const ordinaryTimes: WatchTimes = { everyMs: 5_000, settleMs: 15_000 }

/** After a look that took long, a longer rest: so many times as long. */
const REST = 10
const LONGEST_REST_MS = 300_000

interface Settling {
  readonly contents: string
  readonly sinceMs: number
}

interface New {
  readonly found: FolderItem
  readonly item: WatchedItem
}

/** What is imported by one job each: folders by themselves, loose files together. */
function bundlesOf(fresh: readonly New[], whole: readonly New[]): (readonly New[])[] {
  const isLoose = ({ found }: New): boolean => found.isFile
  const loose = whole.filter(isLoose)
  // A loose file that still comes may be a slice of the series that the others are of.
  const allThere = loose.length === fresh.filter(isLoose).length
  const folders = whole.filter((one) => !isLoose(one)).map((one) => [one])
  return loose.length > 0 && allThere ? [loose, ...folders] : folders
}

/**
 * A folder whose new images are imported by themselves, each item once it stopped changing. An item is a file, or a
 * folder with all that is in it, since a series is many files; files that lie loose are taken in together. Nothing in
 * the folder is ever changed.
 */
export class WatchedFolder {
  /** Why the folder cannot be read; null where it can. */
  unreachable: string | null = null
  /** Items that are new and have not stopped changing, or wait their turn. */
  waiting = 0
  private readonly settling = new Map<string, Settling>()
  /** What is known to have been dealt with, so that the library is not asked at every look. */
  private readonly done = new Map<string, string>()
  private timer: NodeJS.Timeout | undefined
  private closed = false
  private looking: Promise<void> | null = null
  private tookMs = 0

  /** @param changed called when something is to be told anew */
  constructor(
    private readonly library: Library,
    private readonly runner: JobRunner,
    readonly folder: string,
    private readonly changed: () => void,
    private readonly times: WatchTimes = ordinaryTimes,
  ) {}

  start(): void {
    void this.lookAndRest()
  }

  close(): void {
    this.closed = true
    clearTimeout(this.timer)
  }

  /** Deals with everything anew that the library does not know any more. */
  forget(): void {
    this.done.clear()
  }

  /** One look at the folder: what is whole by now is imported before it returns. */
  look(): Promise<void> {
    this.looking ??= this.lookOnce().finally(() => (this.looking = null))
    return this.looking
  }

  private async lookAndRest(): Promise<void> {
    await this.look()
    if (this.closed) return
    const rest = Math.min(LONGEST_REST_MS, Math.max(this.times.everyMs, REST * this.tookMs))
    this.timer = setTimeout(() => void this.lookAndRest(), rest)
    this.timer.unref()
  }

  private async lookOnce(): Promise<void> {
    try {
      await this.lookThrough()
      this.tellReason(null)
    } catch (error) {
      this.tellReason(existsSync(this.folder) ? oneLine(error) : 'the folder is not there')
    }
  }

  private async lookThrough(): Promise<void> {
    const started = Date.now()
    const items = await itemsIn(this.folder)
    this.tookMs = Date.now() - started
    const fresh = await this.newOnes(items)
    const now = Date.now()
    const whole = fresh.filter(({ found }) => this.isSettled(found, now))
    let left = fresh.length
    this.tell(left)
    for (const bundle of bundlesOf(fresh, whole)) {
      await this.takeIn(bundle)
      left -= bundle.length
      this.tell(left)
    }
  }

  /** Those that were not dealt with as they are now. */
  private async newOnes(items: readonly FolderItem[]): Promise<New[]> {
    const hide = await hider(this.library)
    if (this.closed) return []
    return items.flatMap((found) => {
      if (this.done.get(found.name) === found.contents) return []
      const item = { name: found.name, item: hide(found.name), key: hide(`${found.name}\n${found.contents}`) }
      if (!isKnown(this.library, item)) return [{ found, item }]
      this.done.set(found.name, found.contents)
      return []
    })
  }

  private isSettled({ name, contents }: FolderItem, now: number): boolean {
    const before = this.settling.get(name)
    if (before?.contents !== contents) this.settling.set(name, { contents, sinceMs: now })
    return now - (this.settling.get(name)?.sinceMs ?? now) >= this.times.settleMs
  }

  /** Imports items by one job. However that ends, they are dealt with: what failed is listed, and tried when asked. */
  private async takeIn(bundle: readonly New[]): Promise<void> {
    const items = bundle.map(({ item }) => item)
    const hides = await alwaysDeidentifies(this.library)
    if (this.closed) return
    const more = items.length > 1 ? ` and ${items.length - 1} more` : ''
    const title = hides ? 'Import without identity' : `Import ${items[0].name}${more}`
    const paths = items.map(({ name }) => join(this.folder, name))
    const job = this.runner.start(
      { kind: 'import', paths, deidentify: hides, watched: { folder: this.folder, items } },
      title,
    )
    const { state, outcome } = await this.runner.ended(job.id)
    if (this.closed) return
    if (state !== 'done') {
      const [{ item, name }] = items
      recordIntake(this.library, items, [{ item, name: hides ? 'a file' : name, reason: outcome ?? state }])
    }
    for (const { found } of bundle) {
      this.settling.delete(found.name)
      this.done.set(found.name, found.contents)
    }
  }

  private tell(waiting: number): void {
    if (waiting === this.waiting || this.closed) return
    this.waiting = waiting
    this.changed()
  }

  private tellReason(reason: string | null): void {
    if (reason === this.unreachable || this.closed) return
    this.unreachable = reason
    this.changed()
  }
}
