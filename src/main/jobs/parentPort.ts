/** The way from a job process back to the process that started it. */
export interface ParentPort {
  send(message: unknown): void
  onMessage(listener: (message: unknown) => void): void
}

/** As Electron's utilityProcess gives it to its child. */
interface UtilityPort {
  postMessage(message: unknown): void
  on(event: 'message', listener: (event: { data: unknown }) => void): void
}

/**
 * The port of this process, whether Electron or Node started it. Without its parent a job process has nobody to work
 * for: it ends, so that nothing writes into a library that another window may own by then.
 */
export function parentPort(): ParentPort {
  const utility = (process as { parentPort?: UtilityPort }).parentPort
  if (utility) {
    return {
      send: (message) => utility.postMessage(message),
      onMessage: (listener) => utility.on('message', ({ data }) => listener(data)),
    }
  }
  if (!process.send) throw new Error('a job process is started by Emend, not by hand')
  process.on('disconnect', () => process.exit(1))
  return {
    send: (message) => {
      if (process.connected) process.send?.(message)
    },
    onMessage: (listener) => void process.on('message', listener),
  }
}
