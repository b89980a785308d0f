import type { JobRow } from '../../shared/jobs'
import { EmendError } from '../../shared/errors'
import { openWorkspace, type Workspace } from '../jobs/workspace'
import type { Terminal } from './terminal'

/**
 * Opens a library for one command: the progress of its jobs goes to the terminal, and a cancelled command ends them.
 * @param sample whether a new library gets the sample study
 * @param access a guest and an onlooker may be there while a window has the library
 */
export async function withWorkspace<T>(
  path: string,
  sample: boolean,
  terminal: Terminal,
  use: (workspace: Workspace) => Promise<T>,
  access: 'owner' | 'guest' | 'onlooker' = 'owner',
): Promise<T> {
  const workspace = await openWorkspace(path, { sample, access })
  const work = terminal.work()
  workspace.onEvent((event, payload) => {
    if (event !== 'job:changed') return
    const { progress, state } = payload as JobRow
    if (state === 'running' && progress) work.report(progress)
  })
  const stop = (): void => workspace.runner.close()
  terminal.signal.addEventListener('abort', stop, { once: true })
  try {
    return await use(workspace)
  } finally {
    terminal.signal.removeEventListener('abort', stop)
    workspace.close()
  }
}

/** Waits until what came is segmented, where the library has that done by itself; says what came of it. */
export async function finishNewCases({ newCases }: Workspace, terminal: Terminal): Promise<void> {
  for (const { title, state, outcome } of await newCases.settled()) {
    const line = `${title}: ${outcome ?? state}`
    if (state === 'done') terminal.note(line)
    else terminal.warn([line])
  }
}

/** Waits for a job. @throws EmendError with its outcome where it did not succeed. */
export async function finish(workspace: Workspace, job: JobRow): Promise<JobRow> {
  const ended = await workspace.runner.ended(job.id)
  if (ended.state !== 'done') throw new EmendError(`${ended.title}: ${ended.outcome ?? ended.state}`)
  return ended
}
