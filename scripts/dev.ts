import { spawn } from 'node:child_process'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { repositoryRoot } from './build'
import { findElectron } from './electronRuntime'
import { drawingSwitches, requireLibraries, sandboxSwitches } from './machine'

/** `npm run dev`: the window with its sources watched; the page is replaced as they change. */

const say = (line: string) => console.log(line)
const electron = await findElectron(say)
requireLibraries(electron.executable)
const switches = [...sandboxSwitches(electron.executable, say), ...drawingSwitches(say), ...process.argv.slice(2)]
const tool = join(dirname(createRequire(import.meta.url).resolve('electron-vite/package.json')), 'bin/electron-vite.js')
const child = spawn(process.execPath, [tool, 'dev', '--watch', '--', ...switches], {
  cwd: repositoryRoot,
  stdio: 'inherit',
  env: { ...process.env, ELECTRON_EXEC_PATH: electron.executable },
})
process.exitCode = await new Promise<number>((settle) => child.once('exit', (code) => settle(code ?? 1)))
