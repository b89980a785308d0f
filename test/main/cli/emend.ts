import { spawn, type ChildProcess } from 'node:child_process'
import { bundle } from '../bundle'

export interface Ended {
  readonly status: number | null
  readonly stdout: string
  readonly stderr: string
}

let program: Promise<string> | null = null

/** The command line in a process of its own, built from the sources as they are. */
export async function emend(...args: string[]): Promise<Ended> {
  return (await startEmend(args)).ended
}

export async function startEmend(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<{ child: ChildProcess; ended: Promise<Ended> }> {
  program ??= bundle('src/main/cli.ts')
  const child = spawn(process.execPath, [await program, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...env },
  })
  let [stdout, stderr] = ['', '']
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text))
  const ended = new Promise<Ended>((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (status) => resolve({ status, stdout, stderr }))
  })
  return { child, ended }
}
