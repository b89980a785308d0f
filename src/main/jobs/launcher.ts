import { fork } from 'node:child_process'
import { join } from 'node:path'
import { appFolder } from './appFolder'

/** A job process as its parent sees it: Node's child_process and Electron's utilityProcess both fit behind it. */
export interface JobProcess {
  send(message: unknown): void
  onMessage(listener: (message: unknown) => void): void
  /** Called once, however the process ended. */
  onExit(listener: (code: number | null) => void): void
  /** Ends the process at once. */
  kill(): void
}

export interface LaunchOptions {
  /** Keep what the process prints to itself: a probe of a device that is not there makes drivers complain. */
  readonly quiet?: boolean
}

/** Starts a job process. The Electron shell brings its own, over utilityProcess. */
export type Launch = (options?: LaunchOptions) => JobProcess

/** Job processes in plain Node: the built worker, forked. @param worker its file; out/main/worker.js where absent. */
export function forkLauncher(worker: string = join(appFolder(), 'out', 'main', 'worker.js')): Launch {
  return ({ quiet = false } = {}) => {
    // Structured clone: undefined and typed arrays survive as they do in Electron.
    const child = fork(worker, [], { serialization: 'advanced', silent: quiet })
    child.stdout?.resume()
    child.stderr?.resume()
    let ended = false
    const exitListeners: ((code: number | null) => void)[] = []
    const end = (code: number | null): void => {
      if (ended) return
      ended = true
      for (const listener of exitListeners) listener(code)
    }
    child.on('exit', end)
    // A process that could not be started, or a message that a dying one no longer takes.
    child.on('error', () => {
      if (child.exitCode !== null || child.pid === undefined) end(child.exitCode)
    })
    return {
      send: (message) => {
        if (child.connected) child.send(message as object)
      },
      onMessage: (listener) => void child.on('message', listener),
      onExit: (listener) => void exitListeners.push(listener),
      kill: () => void child.kill('SIGKILL'),
    }
  }
}
