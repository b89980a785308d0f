/** Bytes of a volume, and where among all of them they belong. */
export interface Piece {
  readonly at: number
  readonly bytes: Uint8Array
}

/** A volume on its way: its pieces as they come, and all of it in the end. */
export interface Arrival<T> {
  /** To be read once. Pieces may come again, where the first way they took failed; fails where `whole` does. */
  readonly pieces: ReadableStream<Piece>
  readonly whole: Promise<T>
}

/** @param bring brings the volume, and tells of its pieces meanwhile */
export function arrivalOf<T>(bring: (tell: (piece: Piece) => void) => Promise<T>): Arrival<T> {
  let reader: ReadableStreamDefaultController<Piece> | null = null
  const pieces = new ReadableStream<Piece>({
    start: (controller) => void (reader = controller),
    // Nobody wants them any more.
    cancel: () => void (reader = null),
  })
  const whole = bring((piece) => reader?.enqueue(piece))
  whole.then(
    () => reader?.close(),
    (error: unknown) => reader?.error(error),
  )
  return { pieces, whole }
}
