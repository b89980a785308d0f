/** What long work says while it runs. It crosses process boundaries, so it is plain data. */
export interface Progress {
  /** What is being done now, for people: 'reading', 'network', 'training'. */
  readonly phase: string
  /** Units done and in all, in whatever unit the phase counts (files, windows, steps). */
  readonly done: number
  readonly total: number
  /** Estimated seconds until the whole job is done, where it can be told. */
  readonly secondsLeft?: number
  /** What computes: 'cpu', 'webgpu'. */
  readonly device?: string
  /** What the work's process holds of the memory now. */
  readonly memoryBytes?: number
  /** Figures worth a curve: loss, dice. */
  readonly figures?: Readonly<Record<string, number>>
}

/** Handed down to long work: where it reports, and how it is told to stop. */
export interface Work {
  readonly report: (progress: Progress) => void
  readonly signal: AbortSignal
  /** Awaited between steps by work that can wait: resolves at once, or when a reader who is at work pauses. */
  readonly giveWay?: () => Promise<void>
}

/** Seconds until all is done at the pace so far; undefined before anything is. @param since by `performance.now()` */
export function secondsAtPace(since: number, done: number, total: number): number | undefined {
  return done > 0 ? ((performance.now() - since) / 1000 / done) * (total - done) : undefined
}

/** Work that nobody watches and nobody cancels. */
export const unwatched: Work = { report: () => undefined, signal: new AbortController().signal }
