/**
 * A failure that a user can cause or mend. Its message is one line: what failed, which file, why.
 * `hint` says what to do. Anything else that is thrown is a fault of ours.
 */
export class EmendError extends Error {
  override readonly name = 'EmendError'
  readonly hint: string | undefined

  constructor(message: string, options: { hint?: string; cause?: unknown } = {}) {
    super(message, { cause: options.cause })
    this.hint = options.hint
  }
}

/** One line for a log, a terminal or the window, whatever was thrown. */
export function oneLine(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error)
  const line = text.replace(/\s*\n\s*/g, ' ').trim()
  const hint = error instanceof EmendError ? error.hint : undefined
  return hint ? `${line} (${hint})` : line
}
