import { constants, setPriority } from 'node:os'
import * as v from 'valibot'
import { EmendError, oneLine } from '../../shared/errors'
import type { Progress, Work } from '../../shared/progress'
import { probeDevice } from '../graph/devices'
import { openLibrary, type Library } from '../library/library'
import { withManners } from './manners'
import { ToJobProcess, type FromJobProcess } from './messages'
import { parentPort } from './parentPort'
import { runTask } from './verbs'

/** The job process: one job at a time, by order of its parent. What it runs may take it down; the window stays. */

/** A window redraws no faster than this, so nothing is gained by telling it more often. */
const PROGRESS_INTERVAL_MS = 100

const port = parentPort()
const send = (message: FromJobProcess): void => port.send(message)
const running = new Map<string, AbortController>()
let library: Library | null = null

port.onMessage((raw) => {
  const message = v.parse(ToJobProcess, raw)
  if (message.type === 'cancel') running.get(message.jobId)?.abort()
  else if (message.type === 'probe') void probeDevice(message.device).then((report) => send({ type: 'probed', report }))
  else void run(message)
})

async function run({ jobId, task, devices, ...where }: Extract<ToJobProcess, { type: 'run' }>): Promise<void> {
  const controller = new AbortController()
  running.set(jobId, controller)
  try {
    library ??= openLibrary(where.library, { user: where.user, access: 'guest' })
    if (task.kind === 'learn' || task.kind === 'segment-cases') setPriority(constants.priority.PRIORITY_LOW)
    const outcome = await runTask(task, {
      library,
      work: withManners(reportingWork(jobId, controller.signal), library.root),
      devices,
      changed: (caseIds, models) => send({ type: 'changed', caseIds: [...caseIds], models: models ?? false }),
      passedOver: (passed) => send({ type: 'passed-over', jobId, passed }),
    })
    send({ type: 'done', jobId, outcome })
  } catch (error) {
    const cancelled = controller.signal.aborted
    // What is not the user's to mend is ours to find: its stack goes to the log.
    if (!cancelled && !(error instanceof EmendError)) console.error(error)
    send({ type: 'failed', jobId, reason: oneLine(error), cancelled })
  } finally {
    running.delete(jobId)
  }
}

function reportingWork(jobId: string, signal: AbortSignal): Work {
  let last: { phase: string; at: number } | null = null
  return {
    signal,
    report: (progress: Progress) => {
      const now = Date.now()
      const isNews = last?.phase !== progress.phase || progress.done >= progress.total
      if (!isNews && last !== null && now - last.at < PROGRESS_INTERVAL_MS) return
      last = { phase: progress.phase, at: now }
      const { figures } = progress
      send({ type: 'progress', jobId, progress: { ...progress, figures: figures && { ...figures } } })
    },
  }
}
