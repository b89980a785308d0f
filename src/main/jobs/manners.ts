import { closeSync, openSync, statSync, utimesSync } from 'node:fs'
import { setTimeout } from 'node:timers/promises'
import type { Progress, Work } from '../../shared/progress'
import { libraryPaths } from '../library/paths'

/** A reader who did something this short a time ago is at work. */
const AT_WORK_MS = 3_000
const LOOK_AGAIN_MS = 250
/** A file's time is set no more often than this. */
const TOUCH_MS = 500

let touched = 0

/** Says that a reader does something now. What runs in the background waits for a pause. */
export function readerIsAtWork(root: string, now = Date.now()): void {
  if (now - touched < TOUCH_MS) return
  touched = now
  const path = libraryPaths.activity(root)
  try {
    closeSync(openSync(path, 'a'))
    utimesSync(path, now / 1000, now / 1000)
  } catch {
    // Where the folder cannot be written, the edit itself will say so.
  }
}

/** Whether a reader did something within the last seconds. */
export function isReaderAtWork(root: string, now = Date.now()): boolean {
  const stat = statSync(libraryPaths.activity(root), { throwIfNoEntry: false })
  return stat !== undefined && Math.abs(now - stat.mtimeMs) < AT_WORK_MS
}

/** The same work, which waits while a reader edits, says so, and is cancelled while it waits. */
export function withManners(work: Work, root: string): Work {
  let last: Progress | null = null
  return {
    signal: work.signal,
    report: (progress) => {
      last = progress
      work.report(progress)
    },
    giveWay: async () => {
      while (isReaderAtWork(root) && !work.signal.aborted) {
        work.report({ ...(last ?? { done: 0, total: 0 }), phase: 'waiting while you edit', secondsLeft: undefined })
        await setTimeout(LOOK_AGAIN_MS)
      }
    },
  }
}
