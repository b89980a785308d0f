import { app, dialog, session } from 'electron'
import type { BrowserWindow } from 'electron'
import { join } from 'node:path'
import { oneLine } from '../shared/errors'
import { openDesktop } from './desktop'
import { buildHandlers } from './door/handlers'
import { openDoor, tell } from './ipc'
import { openWorkspace } from './jobs/workspace'
import { configFolder } from './pacs/servers'
import { launchJobProcess } from './jobProcess'
import { libraryPath } from './jobs/libraryPath'
import { systemKeyStore } from './keyStore'
import { setMenu } from './menu'
import { declareScheme, guardLibrary, serveScheme } from './scheme'
import { confine, denyPermissions, openWindow } from './window'

/** Emend's start: one process, one library, one window. */

/** out/, where main, preload and renderer lie side by side. */
const outFolder = join(import.meta.dirname, '..')

declareScheme()
// Where there is no graphics card, Chromium draws WebGL in software only if asked: "unsafe" means pages from elsewhere.
app.commandLine.appendSwitch('enable-unsafe-swiftshader')

if (app.requestSingleInstanceLock()) {
  app.whenReady().then(start).catch(giveUp)
} else {
  app.quit()
}

async function start(): Promise<void> {
  let window: BrowserWindow | null = null
  const currentWindow = () => window

  app.on('web-contents-created', (_event, contents) => confine(contents))
  denyPermissions(session.defaultSession)
  setMenu()

  const path = libraryPath(process.argv.slice(1), process.env)
  const workspace = await openWorkspace(path, {
    launch: launchJobProcess,
    keyStore: systemKeyStore,
    sample: true,
    learnsByItself: true,
    watches: true,
  })
  app.on('will-quit', () => void workspace.close())

  openDoor(buildHandlers(workspace, openDesktop(path, currentWindow)), currentWindow)
  workspace.onEvent((event, payload) => tell(window, event, payload))
  const devServer = app.isPackaged ? undefined : process.env.ELECTRON_RENDERER_URL
  guardLibrary(session.defaultSession, currentWindow)
  serveScheme(session.defaultSession, join(outFolder, 'renderer'), workspace, devServer)

  const open = () => {
    window = openWindow(outFolder, join(configFolder(), 'window.json'))
    window.on('closed', () => (window = null))
  }
  open()
  app.on('second-instance', () => {
    window?.restore()
    window?.focus()
  })
  app.on('activate', () => window ?? open())
  app.on('window-all-closed', () => app.quit())
}

function giveUp(error: unknown): void {
  console.error(error)
  dialog.showErrorBox('Emend cannot start', oneLine(error))
  app.exit(1)
}
