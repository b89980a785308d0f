import { app, dialog, shell } from 'electron'
import type { BrowserWindow, FileFilter } from 'electron'
import { userInfo } from 'node:os'
import { join } from 'node:path'
import type { ExportFormat } from '../shared/contract'
import { exportFormats } from '../shared/exportFormats'
import type { Desktop } from './door/handlers'

const images: FileFilter[] = [
  { name: 'Images', extensions: ['dcm', 'nii', 'gz', 'zip', 'nrrd', 'mha', 'mhd'] },
  { name: 'All files', extensions: ['*'] },
]

const filterOf = (format: ExportFormat): FileFilter => ({
  name: exportFormats[format].title,
  extensions: [...exportFormats[format].extensions],
})

/** Dialogs and the file manager, for the window that `currentWindow` gives. */
export function openDesktop(libraryPath: string, currentWindow: () => BrowserWindow | null): Desktop {
  return {
    info: {
      version: app.getVersion(),
      user: userInfo().username,
      libraryPath,
      electron: process.versions.electron,
      sandboxed: !app.commandLine.hasSwitch('no-sandbox'),
    },
    async choosePaths(what) {
      const window = currentWindow()
      if (!window) return []
      const { canceled, filePaths } = await dialog.showOpenDialog(window, {
        title: what === 'folder' ? 'Open a folder of images' : 'Open images',
        properties: what === 'folder' ? ['openDirectory'] : ['openFile', 'multiSelections'],
        filters: what === 'folder' ? [] : images,
      })
      return canceled ? [] : filePaths
    },
    async chooseFolder(title) {
      const window = currentWindow()
      if (!window) return null
      const { canceled, filePaths } = await dialog.showOpenDialog(window, {
        title,
        properties: ['openDirectory', 'createDirectory'],
      })
      return canceled ? null : (filePaths[0] ?? null)
    },
    async chooseTarget(suggestedName, format) {
      const window = currentWindow()
      if (!window) return null
      const { canceled, filePath } = await dialog.showSaveDialog(window, {
        title: 'Export labels',
        defaultPath: join(app.getPath('documents'), suggestedName),
        filters: [filterOf(format)],
        properties: ['createDirectory', 'showOverwriteConfirmation'],
      })
      return canceled || !filePath ? null : filePath
    },
    async chooseTable(suggestedName) {
      const window = currentWindow()
      if (!window) return null
      const { canceled, filePath } = await dialog.showSaveDialog(window, {
        title: 'Export a table',
        defaultPath: join(app.getPath('documents'), suggestedName),
        filters: [{ name: 'Comma-separated values', extensions: ['csv'] }],
        properties: ['createDirectory', 'showOverwriteConfirmation'],
      })
      return canceled || !filePath ? null : filePath
    },
    reveal: (path) => shell.showItemInFolder(path),
  }
}
