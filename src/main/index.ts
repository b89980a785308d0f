import { app, dialog, session } from 'electron'
import type { BrowserWindow } from 'electron'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { oneLine } from '../shared/errors'
import { openDesktop } from './desktop'
import { buildHandlers } from './door/handlers'
import { openDoor, tell } from './ipc'
import { openWorkspace } from './jobs/workspace'
import { configFolder } from './pacs/servers'
import { launchJobProcess } from './jobProcess'
import { chooseLibrary, chosenLibrary, libraryPath, withLibrary } from './jobs/libraryPath'
import { LibraryPlace, requireLibraryOrNothing } from './jobs/libraryPlace'
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

const library = libraryPath(process.argv.slice(1), process.env)

if (app.requestSingleInstanceLock({ library })) {
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

  if (library === chosenLibrary() && !existsSync(library)) return chooseAnother()
  const workspace = await openWorkspace(library, {
    launch: launchJobProcess,
    keyStore: systemKeyStore,
    sample: true,
    learnsByItself: true,
    watches: true,
  })
  app.on('will-quit', () => void workspace.close())

  const place = new LibraryPlace(workspace, { restart, told: (progress) => tell(window, 'library:moving', progress) })
  openDoor(buildHandlers(workspace, openDesktop(library, currentWindow), place), currentWindow)
  workspace.onEvent((event, payload) => tell(window, event, payload))
  const devServer = app.isPackaged ? undefined : process.env.ELECTRON_RENDERER_URL
  guardLibrary(session.defaultSession, currentWindow)
  serveScheme(session.defaultSession, join(outFolder, 'renderer'), workspace, devServer)

  const open = () => {
    window = openWindow(outFolder, join(configFolder(), 'window.json'))
    window.on('closed', () => (window = null))
  }
  open()
  app.on('second-instance', (_event, _argv, _folder, asked) => {
    window?.restore()
    window?.focus()
    const { library: wanted } = asked as { readonly library: string }
    if (wanted !== library) tellOtherLibrary(wanted)
  })
  app.on('activate', () => window ?? open())
  app.on('window-all-closed', () => app.quit())
}

/** One window has one library: who started Emend for another one is told why it does not open. */
function tellOtherLibrary(wanted: string): void {
  const options = { message: `Emend has the library ${library} open`, detail: `Close it to open ${wanted}.` }
  void dialog.showMessageBox({ type: 'info', buttons: ['OK'], ...options })
}

/** Ends this process and starts another one with the library at `path`. */
function restart(path: string, trouble?: string): void {
  if (trouble !== undefined) dialog.showErrorBox('Emend', trouble)
  // An AppImage is what was started, not what it unpacked.
  app.relaunch({ args: withLibrary(process.argv.slice(1), path), execPath: process.env.APPIMAGE })
  app.exit(0)
}

/** On a disk that is not connected, a library that was chosen is not to be taken for a new one. */
async function chooseAnother(): Promise<void> {
  const { response } = await dialog.showMessageBox({
    type: 'warning',
    message: `The library ${library} is not there`,
    detail: 'It is the one that was opened last. Connect its disk and start Emend again, or choose another one.',
    buttons: ['Quit', 'Choose another'],
    cancelId: 0,
  })
  const properties = ['openDirectory', 'createDirectory'] as const
  const { filePaths } =
    response === 1 ? await dialog.showOpenDialog({ properties: [...properties] }) : { filePaths: [] }
  if (filePaths.length === 0) return app.exit(0)
  try {
    await requireLibraryOrNothing(filePaths[0])
    await chooseLibrary(filePaths[0])
  } catch (error) {
    dialog.showErrorBox('Emend', oneLine(error))
    return chooseAnother()
  }
  restart(filePaths[0])
}

function giveUp(error: unknown): void {
  console.error(error)
  dialog.showErrorBox('Emend cannot start', oneLine(error))
  app.exit(1)
}
