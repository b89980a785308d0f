import { spawn } from 'node:child_process'
import { seededRandom } from '../../../src/shared/random'

/** A child process that says what it finished, a line each, and is killed without warning. */
export interface Victim {
  readonly said: readonly string[]
  readonly errors: string
  /** null where a signal ended it. */
  readonly status: number | null
}

/**
 * Starts a program and kills it after so many lines and then some milliseconds; where it ends by itself before, that is its
 * end.
 */
export async function killAfter(
  program: string,
  args: readonly string[],
  lines: number,
  milliseconds: number,
): Promise<Victim> {
  const child = spawn(process.execPath, [program, ...args])
  const said: string[] = []
  let [rest, errors] = ['', '']
  let armed = false
  const arm = (): void => {
    if (armed || said.length < lines) return
    armed = true
    setTimeout(() => child.kill('SIGKILL'), milliseconds)
  }
  child.stdout.on('data', (chunk: Buffer) => {
    const parts = (rest + chunk.toString()).split('\n')
    rest = parts.pop() ?? ''
    said.push(...parts)
    arm()
  })
  child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()))
  arm()
  const status = await new Promise<number | null>((resolve) => child.on('close', resolve))
  return { said, errors, status }
}

/** When to kill, drawn anew for each time: after how many lines, and how long after. */
export function killTimes(
  seed: number,
  count: number,
  mostLines: number,
  mostMs: number,
): { lines: number; ms: number }[] {
  const random = seededRandom(seed)
  return Array.from({ length: count }, () => ({ lines: random.int(mostLines), ms: random.next() * mostMs }))
}
