import { expect, it } from 'vitest'
import { Toasts } from '../../../src/renderer/app/toasts.svelte'
import { CaseLog } from '../../../src/renderer/review/caseLog.svelte'
import type { CaseHistory } from '../../../src/shared/caseHistory'
import type { EmendApi } from '../../../src/shared/windowApi'

it("shows nothing of another case where this one's history cannot be had", async () => {
  const review = { structure: 'liver', status: 'accepted', author: 'Kim', at: '2026-01-01T00:00:00Z', revision: null }
  const caseHistory = async ({ caseId }: { caseId: string }): Promise<CaseHistory> => {
    if (caseId !== 'a') throw new Error('the history cannot be read')
    return { revisions: [], reviews: [review], notes: [], events: [], heldBack: 0 } as unknown as CaseHistory
  }
  const toasts = new Toasts()
  const log = new CaseLog({ caseHistory } as unknown as EmendApi, toasts)
  await log.load('a')
  expect(log.past.reviews).toHaveLength(1)
  await log.load('b')
  expect(log.past.reviews).toEqual([])
  expect(toasts.shown.map(({ text }) => text)).toEqual(['the history cannot be read'])
})
