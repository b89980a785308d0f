import { contextBridge, ipcRenderer, webUtils } from 'electron'
import type { IpcRendererEvent } from 'electron'
import { buildApi } from './api'

const api = buildApi({
  invoke: (channel, input) => ipcRenderer.invoke(channel, input),
  listen(event, listener) {
    const forward = (_event: IpcRendererEvent, payload: unknown) => listener(payload)
    ipcRenderer.on(event, forward)
    return () => ipcRenderer.off(event, forward)
  },
  pathOf: (file) => webUtils.getPathForFile(file),
})

contextBridge.exposeInMainWorld('emend', api)
