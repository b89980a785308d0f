import { spawn } from 'node:child_process'
import { repositoryRoot, ensureBuilt } from './build'
import { findElectron } from './electronRuntime'
import { drawingSwitches, hasDisplay, requireLibraries, sandboxSwitches } from './machine'

/** `npm start [-- --library DIR]`: the window; on a machine without a display the same loop in the terminal. */

const say = (line: string) => console.log(line)
const args = process.argv.slice(2)

if (hasDisplay()) {
  const electron = await findElectron(say)
  requireLibraries(electron.executable)
  const switches = [...sandboxSwitches(electron.executable, say), ...drawingSwitches(say)]
  ensureBuilt(say)
  process.exitCode = await run(electron.executable, [...switches, repositoryRoot, ...args])
} else {
  say(
    'no display (neither DISPLAY nor WAYLAND_DISPLAY is set): running the same loop in the terminal instead (npm run demo)',
  )
  await import('./demo')
}

function run(executable: string, args: string[]): Promise<number> {
  return new Promise((settle, fail) => {
    const child = spawn(executable, args, { stdio: 'inherit' })
    child.once('error', fail)
    child.once('exit', (code) => settle(code ?? 1))
    // Ctrl+C reaches Electron too; it closes its window and library itself.
    process.on('SIGINT', () => undefined)
  })
}
