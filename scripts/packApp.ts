import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { EmendError } from '../src/shared/errors'
import { ensureBuilt, repositoryRoot } from './build'
import { findElectron } from './electronRuntime'

/** Packs the app around the local Electron into a folder below `target`; returns the path of its executable. */
export async function packApp(target: string, say: (line: string) => void): Promise<string> {
  const electron = await findElectron(say)
  ensureBuilt(say)
  say('packing')
  const settings = [
    `electronDist=${electron.folder}`,
    `electronVersion=${electron.version}`,
    `directories.output=${target}`,
  ]
  const { status } = spawnSync(
    join(repositoryRoot, 'node_modules/.bin/electron-builder'),
    ['--dir', '--publish', 'never', ...settings.map((setting) => `-c.${setting}`)],
    { cwd: repositoryRoot, stdio: ['ignore', 'inherit', 'inherit'], shell: process.platform === 'win32' },
  )
  if (status !== 0) throw new EmendError('electron-builder failed', { hint: 'what went wrong stands above' })
  return executableIn(target)
}

function executableIn(target: string): string {
  const candidates = [
    'linux-unpacked/emend',
    'win-unpacked/Emend.exe',
    'mac/Emend.app/Contents/MacOS/Emend',
    'mac-arm64/Emend.app/Contents/MacOS/Emend',
  ]
  const found = candidates.map((path) => join(target, path)).find((path) => existsSync(path))
  if (!found) throw new EmendError(`no packed app lies in ${target}: ${readdirSync(target).join(', ')}`)
  return found
}
