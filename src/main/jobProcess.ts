import { utilityProcess } from 'electron'
import { join } from 'node:path'
import type { JobProcess, LaunchOptions } from './jobs/launcher'

/** Starts a job process beside the window: a crash in a driver takes this process along, and nothing else. */
export function launchJobProcess({ quiet = false }: LaunchOptions = {}): JobProcess {
  const child = utilityProcess.fork(join(import.meta.dirname, 'worker.js'), [], {
    serviceName: 'Emend jobs',
    stdio: quiet ? 'ignore' : 'inherit',
  })
  return {
    send: (message) => child.postMessage(message),
    onMessage: (listener) => void child.on('message', listener),
    onExit: (listener) => void child.once('exit', listener),
    // Electron's own kill asks the process to end, and a running network does not listen.
    kill: () => void (child.pid === undefined ? child.kill() : process.kill(child.pid, 'SIGKILL')),
  }
}
