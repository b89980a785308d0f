import type { Progress, Work } from '../../shared/progress'

/** The parts of a process that a command talks through. */
export interface Streams {
  readonly stdout: { write(text: string): unknown }
  readonly stderr: { write(text: string): unknown; readonly isTTY?: boolean; readonly columns?: number }
}

/** Where progress is no single line, it is told this often. */
const SECONDS_BETWEEN_LINES = 5
/** A single line is redrawn at most this often. */
const SECONDS_BETWEEN_DRAWINGS = 0.1

/** What a command says and where: results on stdout, all else on stderr; and how it is told to stop. */
export class Terminal {
  private lastShown = -Infinity
  private lastPhase = ''
  private lineShown = false

  constructor(
    private readonly streams: Streams,
    readonly signal: AbortSignal,
  ) {}

  /** A result as JSON (`--json`), or as the text that `text` makes of it. */
  result<T>(value: T, json: boolean | undefined, text: (value: T) => string): void {
    this.clearLine()
    this.streams.stdout.write(json ? `${JSON.stringify(value, null, 2)}\n` : `${text(value)}\n`)
  }

  /** One line for people, on stderr. */
  note(line: string): void {
    this.clearLine()
    this.streams.stderr.write(`${line}\n`)
  }

  warn(warnings: readonly string[]): void {
    for (const warning of warnings) this.note(`warning: ${warning}`)
  }

  /** Long work, its progress on stderr: one line that is redrawn, or a line every few seconds where there is no terminal. */
  work(): Work {
    return { report: (progress) => this.show(progress), signal: this.signal }
  }

  clearLine(): void {
    if (!this.lineShown) return
    this.streams.stderr.write('\r\x1b[K')
    this.lineShown = false
  }

  private show(progress: Progress): void {
    const { stderr } = this.streams
    const now = performance.now() / 1000
    const between = stderr.isTTY ? SECONDS_BETWEEN_DRAWINGS : SECONDS_BETWEEN_LINES
    const newPhase = progress.phase !== this.lastPhase
    if (!newPhase && now - this.lastShown < between) return
    this.lastShown = now
    this.lastPhase = progress.phase
    const line = progressLine(progress)
    if (stderr.isTTY) {
      stderr.write(`\r\x1b[K${line.slice(0, (stderr.columns ?? 80) - 1)}`)
      this.lineShown = true
    } else {
      stderr.write(`${line}\n`)
    }
  }
}

/** 'network 3 of 8, 0:12 left, loss 0.41' */
export function progressLine({ phase, done, total, secondsLeft, figures }: Progress): string {
  const parts = [total > 1 ? `${phase} ${done} of ${total}` : phase]
  if (secondsLeft !== undefined && done < total) parts.push(`${clock(secondsLeft)} left`)
  for (const [name, value] of Object.entries(figures ?? {})) parts.push(`${name} ${Number(value.toPrecision(3))}`)
  return parts.join(', ')
}

function clock(seconds: number): string {
  const whole = Math.ceil(seconds)
  const two = (n: number): string => String(n).padStart(2, '0')
  const [h, m, s] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60]
  return h > 0 ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`
}

/** Rows as columns, aligned; the cells of `right` columns to the right. */
export function table(rows: readonly (readonly string[])[], right: readonly number[] = []): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column].length)))
  return rows
    .map((row) =>
      row
        .map((cell, column) => (right.includes(column) ? cell.padStart(widths[column]) : cell.padEnd(widths[column])))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}
