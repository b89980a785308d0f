import { describe, expect, it, vi } from 'vitest'
import { answer, isTrusted } from '../../../src/main/door/answer'
import type { Handlers } from '../../../src/main/door/answer'
import { EmendError } from '../../../src/shared/errors'

const window = { url: 'emend://app/index.html', isOwnWindow: true }

/** Handlers that record whether they were reached. */
function recording(behaviour: () => unknown) {
  const reached = vi.fn(behaviour)
  const handlers = new Proxy({}, { get: () => reached }) as Handlers
  return { reached, handlers }
}

describe('who may knock', () => {
  it.each([
    ['https://app/index.html'],
    ['file:///tmp/index.html'],
    ['emend://library/cases/1/image'],
    ['emend://application/index.html'],
    ['emend://app.evil/index.html'],
    ['about:blank'],
    ['data:text/html,hello'],
    ['not an address'],
  ])('a page at %s is refused, even in our own window', (url) => {
    expect(isTrusted({ url, isOwnWindow: true })).toBe(false)
  })

  it('our page in a foreign frame or window is refused', () => {
    expect(isTrusted({ ...window, isOwnWindow: false })).toBe(false)
  })

  it('a frame that is gone is refused', () => {
    expect(isTrusted({ url: null, isOwnWindow: true })).toBe(false)
  })

  it('our page in our window is let in', () => {
    expect(isTrusted(window)).toBe(true)
  })
})

describe('a request', () => {
  it('from a foreign sender does not reach the handler', async () => {
    const { reached, handlers } = recording(() => [])
    const log = vi.fn()
    const reply = await answer(
      handlers,
      'cases:list',
      { url: 'https://evil.example', isOwnWindow: true },
      undefined,
      log,
    )
    expect(reply).toMatchObject({ ok: false, message: expect.stringContaining('refused') })
    expect(reached).not.toHaveBeenCalled()
    expect(log).toHaveBeenCalledOnce()
  })

  it.each([
    ['cases:detail', { caseId: 7 }],
    ['cases:detail', { caseId: 'a', extra: true }],
    ['cases:detail', undefined],
    ['cases:choose', { what: 'disk' }],
    ['review:set-status', { caseId: 'a', structure: 'liver', status: 'perfect' }],
    ['jobs:start', { kind: 'import', paths: [] }],
    ['jobs:start', { kind: 'format-disk' }],
    ['models:use', { name: 'student', version: '1' }],
  ] as const)('to %s with bad input does not reach the handler', async (channel, input) => {
    const { reached, handlers } = recording(() => undefined)
    const reply = await answer(handlers, channel, window, input)
    expect(reply).toMatchObject({ ok: false, message: expect.stringContaining(`bad request ${channel}`) })
    expect(reached).not.toHaveBeenCalled()
  })

  it('is handed to its handler and comes back as a value', async () => {
    const { reached, handlers } = recording(() => ['/data/ct'])
    const reply = await answer(handlers, 'cases:choose', window, { what: 'folder' })
    expect(reply).toEqual({ ok: true, value: ['/data/ct'] })
    expect(reached).toHaveBeenCalledWith({ what: 'folder' })
  })

  it('whose answer breaks the contract fails, and the fault is logged', async () => {
    const { handlers } = recording(() => [{ id: 'a row without its fields' }])
    const log = vi.fn()
    const reply = await answer(handlers, 'cases:list', window, undefined, log)
    expect(reply).toMatchObject({ ok: false, message: expect.stringContaining('bad answer to cases:list') })
    expect(log).toHaveBeenCalledOnce()
  })

  it('that fails for a reason the user can mend comes back as line and hint, without a stack', async () => {
    const { handlers } = recording(() => {
      throw new EmendError('cannot read scan.dcm: truncated', { hint: 'copy it again' })
    })
    const log = vi.fn()
    const reply = await answer(handlers, 'cases:list', window, undefined, log)
    expect(reply).toEqual({ ok: false, message: 'cannot read scan.dcm: truncated', hint: 'copy it again' })
    expect(log).not.toHaveBeenCalled()
  })
})
