import { describe, expect, it } from 'vitest'
import { Toasts } from '../../../src/renderer/app/toasts.svelte'
import { AuditLog } from '../../../src/renderer/site/auditLog.svelte'
import type { AuditQuestion, AuditRow } from '../../../src/shared/site'
import type { EmendApi } from '../../../src/shared/windowApi'

/** A library whose audit has so many entries; it notes what was asked of it. */
function auditOf(count: number) {
  const asked: AuditQuestion[] = []
  const entryOf = (id: number): AuditRow => {
    return {
      id,
      at: '2026-01-01T00:00:00.000Z',
      who: id % 2 ? 'anna' : 'bert',
      action: 'view',
      subject: null,
      outcome: '',
    }
  }
  const api = {
    auditNames: async () => ({ users: ['anna', 'bert'], actions: ['view'] }),
    auditPage: async (question: AuditQuestion) => {
      asked.push(question)
      const { filter, upTo, offset, limit } = question
      const all = Array.from({ length: count }, (_, n) => entryOf(count - n))
      const found = all.filter(({ who }) => !filter.who || filter.who === who)
      return { entries: found.slice(offset, offset + limit), total: found.length, upTo: upTo ?? count }
    },
    checkAudit: async () => ({ entries: count, broken: null }),
  }
  return { asked, log: new AuditLog(api as unknown as EmendApi, new Toasts()) }
}

const settled = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 5))

describe('the audit in the window', () => {
  it('asks for a page when it comes into sight, once, and as of the first look', async () => {
    const { asked, log } = auditOf(1000)
    await log.load()
    expect([log.total, log.state, log.entry(0)?.id, log.entry(700)]).toEqual([1000, 'ready', 1000, null])
    log.need(650, 720)
    log.need(660, 730)
    await settled()
    expect(asked.map(({ offset, upTo }) => [offset, upTo])).toEqual([
      [0, null],
      [600, 1000],
      [700, 1000],
    ])
    expect(log.entry(700)?.id).toBe(300)
  })

  it('begins anew with another filter, and drops what still comes of the one before', async () => {
    const { log } = auditOf(1000)
    await log.load()
    log.need(300, 310)
    log.narrow({ who: 'anna' })
    await settled()
    expect([log.total, log.entry(0)?.who, log.entry(300)]).toEqual([500, 'anna', null])
    log.narrow({ who: '' })
    expect(log.filter).toEqual({})
    await settled()
    expect(log.total).toBe(1000)
  })

  it('waits for a pause of who types', async () => {
    const { asked, log } = auditOf(3)
    await log.load()
    for (const subject of ['a', 'ab', 'abc']) log.narrow({ subject }, true)
    await settled()
    expect(asked).toHaveLength(1)
    await new Promise((resolve) => setTimeout(resolve, 250))
    expect(asked.map(({ filter }) => filter.subject)).toEqual([undefined, 'abc'])
  })

  it('says what a check of the chain found', async () => {
    const { log } = auditOf(3)
    await log.check()
    expect(log.checked).toEqual({ entries: 3, broken: null })
  })
})
