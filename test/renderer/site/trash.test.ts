import { describe, expect, it } from 'vitest'
import { Toasts } from '../../../src/renderer/app/toasts.svelte'
import type { Review } from '../../../src/renderer/review/review.svelte'
import { Trash } from '../../../src/renderer/site/trash.svelte'
import type { EmendApi } from '../../../src/shared/windowApi'

/** A library with one case that is deleted and brought back; no case is open. */
function trashOfOne(): { toasts: Toasts; trash: Trash; deleted: Set<string> } {
  const deleted = new Set<string>()
  const api = {
    removal: async () => ({ caseId: 'a', title: 'Abdomen 3' }),
    removeCase: async () => void deleted.add('a'),
    removedCases: async () => [],
    restoreCase: async () => {
      if (!deleted.delete('a')) throw new Error('the case is not in the trash')
      return { title: 'Abdomen 3' }
    },
  }
  const toasts = new Toasts()
  const review = { case: null } as Review
  return { toasts, deleted, trash: new Trash(api as unknown as EmendApi, toasts, review) }
}

describe('the trash in the window', () => {
  it('offers to undo a deletion', async () => {
    const { toasts, trash, deleted } = trashOfOne()
    await trash.ask('a')
    await trash.remove()
    expect([...deleted]).toEqual(['a'])
    toasts.shown[0].action?.run()
    await expect.poll(() => deleted.size).toBe(0)
  })

  it('offers it no longer once the case is back by another way', async () => {
    const { toasts, trash } = trashOfOne()
    await trash.ask('a')
    await trash.remove()
    await trash.restore('a')
    expect(toasts.shown.map(({ text }) => text)).toEqual(['Abdomen 3 is back'])
  })
})
