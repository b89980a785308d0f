import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'

/** Other people's tools that tests compare with, where they are installed. */

const PYTHON = '/usr/bin/python3'

/** Whether the system's Python has all these modules. */
export function pythonHas(...modules: string[]): boolean {
  return existsSync(PYTHON) && spawnSync(PYTHON, ['-c', `import ${modules.join(',')}`]).status === 0
}

/** Runs a script with arguments and returns what it printed. */
export function python(script: string, ...args: string[]): string {
  const run = spawnSync(PYTHON, ['-c', script, ...args], { encoding: 'utf8', maxBuffer: 1 << 28 })
  if (run.status !== 0) throw new Error(`python failed: ${run.stderr}`)
  return run.stdout
}

export function commandExists(name: string): boolean {
  return spawnSync('sh', ['-c', `command -v ${name}`]).status === 0
}

export function command(name: string, ...args: string[]): { status: number | null; output: string } {
  const run = spawnSync(name, args, { encoding: 'utf8', maxBuffer: 1 << 28 })
  return { status: run.status, output: run.stdout + run.stderr }
}

/** What dicom3tools' validator finds wrong with a DICOM file; warnings do not count. */
export function dciodvfyErrors(path: string): string[] {
  return command('dciodvfy', path)
    .output.split('\n')
    .filter((line) => line.startsWith('Error'))
}
