import { beforeEach, describe, expect, it, vi } from 'vitest'
import { Closing } from '../../../src/renderer/app/closing'
import { openSmallCase } from '../review/smallCase'

describe('closing the window', () => {
  const opened = openSmallCase()
  const close = vi.fn()
  /** Ends the save that is under way. */
  let end: (saved: boolean) => void
  const persist = vi.fn(() => new Promise<boolean>((resolve) => (end = resolve)))
  const ended = async (saved: boolean): Promise<void> => {
    end(saved)
    await Promise.resolve()
  }
  const edit = (): void => opened.setStatus('liver', opened.statusOf('liver') === 'accepted' ? 'rejected' : 'accepted')
  let closing: Closing

  beforeEach(() => {
    vi.clearAllMocks()
    edit()
    closing = new Closing({ case: opened, persist }, close)
  })

  it('waits for the save, however often it is asked for meanwhile, and then closes', async () => {
    expect([closing.mayClose(), closing.mayClose()]).toEqual([false, false])
    expect(persist).toHaveBeenCalledTimes(1)
    expect(close).not.toHaveBeenCalled()
    await ended(true)
    expect(close).toHaveBeenCalledTimes(1)
  })

  it('leaves without the save only where that failed and nothing was done since', async () => {
    expect(closing.mayClose()).toBe(false)
    await ended(false)
    expect(close).not.toHaveBeenCalled()
    expect(closing.mayClose()).toBe(true)
    edit()
    expect(closing.mayClose()).toBe(false)
    expect(persist).toHaveBeenCalledTimes(2)
    await ended(true)
    edit()
    expect(closing.mayClose()).toBe(false)
  })

  it('is free where nothing is unsaved', () => {
    expect(new Closing({ case: openSmallCase(), persist }, close).mayClose()).toBe(true)
    expect(new Closing({ case: null, persist }, close).mayClose()).toBe(true)
  })
})
