import { app, BrowserWindow, screen } from 'electron'
import type { Session, WebContents } from 'electron'
import { join } from 'node:path'
import { APP_ORIGIN } from './door/answer'
import { fittedFrame, keepFrame, readFrame } from './windowFrame'

/** Painted before the page is, so that no white flash lights up a dark reading room. */
const BACKGROUND = '#0e1116'

/** Opens the one window on the app's own page, where and as large as it was last. */
export function openWindow(outFolder: string, frameFile: string): BrowserWindow {
  const kept = readFrame(frameFile)
  const window = new BrowserWindow({
    width: 1600,
    height: 1000,
    ...(kept &&
      fittedFrame(
        kept,
        screen.getAllDisplays().map(({ workArea }) => workArea),
      )),
    minWidth: 1100,
    minHeight: 700,
    show: false,
    title: 'Emend',
    backgroundColor: BACKGROUND,
    darkTheme: true,
    autoHideMenuBar: true,
    webPreferences: {
      preload: join(outFolder, 'preload/index.cjs'),
      contextIsolation: true,
      sandbox: true,
      nodeIntegration: false,
      webviewTag: false,
      devTools: !app.isPackaged,
      spellcheck: false,
    },
  })
  window.once('ready-to-show', () => {
    if (kept?.maximised) window.maximize()
    window.show()
  })
  window.on('close', () => keepFrame(frameFile, { ...window.getNormalBounds(), maximised: window.isMaximized() }))
  void window.loadURL(`${APP_ORIGIN}/index.html`)
  return window
}

/** The page may go nowhere, open nothing and embed nothing, whatever code runs in it. */
export function confine(contents: WebContents): void {
  contents.on('will-navigate', (event) => event.preventDefault())
  contents.on('will-redirect', (event) => event.preventDefault())
  contents.on('will-attach-webview', (event) => event.preventDefault())
  contents.setWindowOpenHandler(() => ({ action: 'deny' }))
}

/** No camera, no location, no notifications, no clipboard reading, no devices: Emend needs none of it. */
export function denyPermissions(session: Session): void {
  session.setPermissionRequestHandler((_contents, _permission, answer) => answer(false))
  session.setPermissionCheckHandler(() => false)
  session.setDevicePermissionHandler(() => false)
}
