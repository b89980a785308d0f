import type { BrowserWindow } from 'electron'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import type { Handlers } from '../../src/main/door/answer'
import { openDoor, tell } from '../../src/main/ipc'
import { requests, type Reply } from '../../src/shared/contract'

type Listener = (event: unknown, input: unknown) => Promise<Reply>

/** Electron's side of the door, which is only there in a window's process. */
const { open } = vi.hoisted(() => ({ open: new Map<string, Listener>() }))
vi.mock('electron', () => ({
  ipcMain: { handle: (channel: string, listener: Listener) => void open.set(channel, listener) },
}))
beforeEach(() => open.clear())

/** A window that shows a page; what is sent to it. */
function windowAt(url: string, destroyed = false) {
  const sent: unknown[][] = []
  const mainFrame = { url }
  const webContents = { mainFrame, getURL: () => url, send: (...message: unknown[]) => void sent.push(message) }
  return { window: { webContents, isDestroyed: () => destroyed } as unknown as BrowserWindow, webContents, sent }
}

const OWN = 'emend://app/index.html'
const handlers = { 'pacs:test-server': () => 'it answers', 'jobs:list': () => [] } as unknown as Handlers

describe('the door', () => {
  it('is open for the channels of the contract, and no other', () => {
    openDoor(handlers, () => null)
    expect([...open.keys()].sort()).toEqual(Object.keys(requests).sort())
  })

  it('lets in the window’s own page, and neither another window, a frame in it, nor anybody before there is one', async () => {
    const { window, webContents } = windowAt(OWN)
    let current: BrowserWindow | null = window
    openDoor(handlers, () => current)
    const ask = async (sender: unknown, senderFrame: unknown): Promise<boolean> =>
      (await open.get('jobs:list')!({ sender, senderFrame }, undefined)).ok
    vi.spyOn(console, 'error').mockReturnValue(undefined)
    expect(await ask(webContents, webContents.mainFrame)).toBe(true)
    expect(await ask(windowAt(OWN).webContents, webContents.mainFrame)).toBe(false)
    expect(await ask(webContents, { url: OWN })).toBe(false)
    expect(await ask(webContents, null)).toBe(false)
    current = null
    expect(await ask(webContents, webContents.mainFrame)).toBe(false)
  })
})

describe('what the window is told', () => {
  it('goes to the own page alone', () => {
    const own = windowAt(OWN)
    tell(own.window, 'cases:changed', { caseIds: ['a'] })
    expect(own.sent).toEqual([['cases:changed', { caseIds: ['a'] }]])
    for (const other of [windowAt('https://evil.example'), windowAt(OWN, true)]) {
      tell(other.window, 'cases:changed', { caseIds: ['a'] })
      expect(other.sent).toEqual([])
    }
    expect(() => tell(null, 'models:changed', undefined)).not.toThrow()
  })
})
