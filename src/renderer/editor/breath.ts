/** A piece of work on the window's thread is no longer than about this, ms. */
const pieceMs = 6

/** Cuts long work on the window's thread into pieces, between which the window goes on. */
export class Breath {
  private since = performance.now()

  /** Goes on at once while the piece is short; else after what else the window has to do. */
  async due(): Promise<void> {
    if (performance.now() - this.since < pieceMs) return
    await others()
    this.since = performance.now()
  }
}

/** After what else the window has to do, in a task of its own; a timer would wait for milliseconds between one and the next. */
export function others(): Promise<void> {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel()
    port1.onmessage = () => {
      port1.close()
      resolve()
    }
    port2.postMessage(null)
  })
}
