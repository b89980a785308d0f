import { ensureBuilt } from '../../scripts/build'
import { findElectron } from '../../scripts/electronRuntime'
import { hasDisplay, provideLibraries, startVirtualDisplay } from '../../scripts/machine'

/** Before the Electron tests: a build, a runtime, its libraries and a display. */
export default async function setup(): Promise<() => void> {
  const say = (line: string) => console.log(line)
  ensureBuilt(say)
  const electron = await findElectron(say)
  process.env.ELECTRON_OVERRIDE_DIST_PATH = electron.folder
  provideLibraries(electron.executable, say)
  if (hasDisplay()) return () => undefined
  const display = await startVirtualDisplay()
  process.env.DISPLAY = display.name
  return () => display.stop()
}
