import { resolve } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { count } from '../../shared/count'
import type { JobRow } from '../../shared/jobs'
import { EmendError } from '../../shared/errors'
import { requireWatchable } from '../jobs/intakeDesk'
import { ordinaryTimes } from '../jobs/watchedFolder'
import { listFaults } from '../library/intake'
import type { Subverb } from './librarySubverb'
import { wholeNumber } from './verb'

export const intakeHelp = `
  watch [FOLDER] [--once] imports by itself what comes into a folder, once it stopped changing, until it is stopped; the
                          folder that the library's window watches where none is named. What was taken in is known
                          again, what could not be is said once, and nothing in the folder is changed. What came is
                          segmented ('segment --new none' leaves that out). --once: until all that is there is taken in; --settle N: what did not change for N seconds is whole (15)`

/** What comes into a library by itself. */
export const intakeSubverbs: Readonly<Record<string, Subverb>> = {
  watch: {
    takes: ['FOLDER...'],
    least: 0,
    async run(workspace, [named], { json, once, settle }, terminal) {
      const folder = named === undefined ? workspace.intake.folder() : resolve(named)
      if (folder === null) throw new EmendError('the library watches no folder', { hint: 'name one: watch FOLDER' })
      await requireWatchable(workspace.library, folder)
      const seconds = settle === undefined ? null : wholeNumber(settle, 'settle')
      const settleMs = seconds === null ? ordinaryTimes.settleMs : 1000 * seconds
      const everyMs = Math.max(200, Math.min(ordinaryTimes.everyMs, settleMs))
      const before = new Set(workspace.listCases().map(({ id }) => id))
      const known = listFaults(workspace.library).length
      workspace.onEvent((event, payload) => {
        if (event !== 'job:changed') return
        const { title, outcome, finishedAt } = payload as JobRow
        if (finishedAt !== null) terminal.note(`${title}: ${outcome ?? ''}`)
      })
      const watched = workspace.intake.watcherOf(folder, { everyMs, settleMs })
      terminal.signal.addEventListener('abort', () => watched.close())
      if (!once) terminal.note(`watching ${folder}`)
      try {
        do {
          await watched.look()
          if (watched.unreachable !== null && once) throw new EmendError(`${folder}: ${watched.unreachable}`)
          if (once && watched.waiting === 0) {
            await workspace.newCases.settled()
            break
          }
          await setTimeout(everyMs, undefined, { signal: terminal.signal })
        } while (!terminal.signal.aborted)
      } catch (error) {
        // Whoever watches stops by saying so; that is no failure.
        if (!terminal.signal.aborted) throw error
      } finally {
        watched.close()
      }
      if (terminal.signal.aborted) return
      const faults = listFaults(workspace.library)
      const cases = workspace.listCases().filter(({ id }) => !before.has(id))
      terminal.result({ folder, cases, faults }, json, () =>
        [
          `${count(cases.length, 'case')} taken in`,
          ...faults.slice(0, faults.length - known).map(({ name, reason }) => `not taken in: ${name}: ${reason}`),
        ].join('\n'),
      )
    },
  },
}
