import { app, Menu } from 'electron'
import type { MenuItemConstructorOptions } from 'electron'

/** The menu has only what a system expects of an application; the work has its own controls and shortcuts in the window. */
export function setMenu(): void {
  app.setAboutPanelOptions({
    applicationName: 'Emend',
    applicationVersion: app.getVersion(),
    version: '',
    copyright: 'Not for clinical use.\nApache License 2.0',
    credits: 'A radiology annotation workstation that learns from corrections.',
  })
  const about: MenuItemConstructorOptions = { label: 'About Emend', click: () => app.showAboutPanel() }
  const view: MenuItemConstructorOptions[] = [
    { role: 'togglefullscreen' },
    { role: 'resetZoom' },
    { role: 'zoomIn' },
    { role: 'zoomOut' },
  ]
  if (!app.isPackaged) view.push({ type: 'separator' }, { role: 'toggleDevTools' })
  const first: MenuItemConstructorOptions =
    process.platform === 'darwin'
      ? { role: 'appMenu' }
      : { label: 'File', submenu: [{ role: 'quit', label: 'Quit Emend' }] }
  Menu.setApplicationMenu(
    Menu.buildFromTemplate([
      first,
      // On macOS copy and paste in text fields work only through a menu.
      ...(process.platform === 'darwin' ? [{ role: 'editMenu' } as const] : []),
      { label: 'View', submenu: view },
      { label: 'Help', submenu: [about] },
    ]),
  )
}
