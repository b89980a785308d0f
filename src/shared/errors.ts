/**
 * A failure that a user can cause or mend. Its message is one line: what failed, which file, why.
 * `hint` says what to do. Anything else that is thrown is a fault of ours.
 */
export class EmendError extends Error {
  override readonly name: string = 'EmendError'
  readonly hint: string | undefined

  constructor(message: string, options: { hint?: string; cause?: unknown } = {}) {
    super(printable(message), { cause: options.cause })
    this.hint = options.hint
  }
}

/** One line for a log, a terminal or the window, whatever was thrown. */
export function oneLine(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error)
  const line = printable(text).trim()
  const hint = error instanceof EmendError ? error.hint : undefined
  return hint ? `${line} (${hint})` : line
}

/** Without control characters: text out of files and names could break a message's line or steer a terminal. */
export function printable(text: string): string {
  return text.replace(/\p{Cc}+ */gu, ' ')
}
