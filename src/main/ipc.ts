import { ipcMain } from 'electron'
import type { BrowserWindow, IpcMainInvokeEvent } from 'electron'
import { parse } from 'valibot'
import { events, requests } from '../shared/contract'
import type { Channel, EventName, EventPayload } from '../shared/contract'
import { answer, isTrusted } from './door/answer'
import type { Handlers, Sender } from './door/answer'

/** Opens the one door: every channel of the contract, and no other, for the window that `currentWindow` gives. */
export function openDoor(handlers: Handlers, currentWindow: () => BrowserWindow | null): void {
  for (const channel of Object.keys(requests) as Channel[]) {
    ipcMain.handle(channel, (event, input: unknown) =>
      answer(handlers, channel, describeSender(event, currentWindow()), input),
    )
  }
}

function describeSender(event: IpcMainInvokeEvent, window: BrowserWindow | null): Sender {
  const frame = event.senderFrame
  const isOwnWindow = window !== null && event.sender === window.webContents && frame === window.webContents.mainFrame
  return { url: frame?.url ?? null, isOwnWindow }
}

/** Tells the window what happened; said to nobody where there is no window or it shows something else. */
export function tell<E extends EventName>(window: BrowserWindow | null, event: E, payload: EventPayload<E>): void {
  if (!window || window.isDestroyed()) return
  if (!isTrusted({ url: window.webContents.getURL(), isOwnWindow: true })) return
  window.webContents.send(event, parse(events[event], payload))
}
