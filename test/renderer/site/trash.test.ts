import { describe, expect, it } from 'vitest'
import { Toasts } from '../../../src/renderer/app/toasts.svelte'
import type { Review } from '../../../src/renderer/review/review.svelte'
import { Trash } from '../../../src/renderer/site/trash.svelte'
import type { EmendApi } from '../../../src/shared/windowApi'

/** A library with one case that is deleted and brought back; no case is open. */
function trashOfOne() {
  const deleted = new Set<string>()
  /** What lets the questions how much would go be answered, in their order. */
  const answers: (() => void)[] = []
  /** Up to when the trash was emptied, each time. */
  const emptied: string[] = []
  const api = {
    removal: async () => ({ caseId: 'a', title: 'Abdomen 3' }),
    removeCase: async () => void deleted.add('a'),
    removedCases: async () => [],
    trashContents: ({ upTo }: { upTo: string | null }) =>
      new Promise((resolve) => answers.push(() => resolve({ cases: upTo === null ? 9 : 2, bytes: 1, upTo: upTo ?? 'now', obstacle: null }))), // prettier-ignore
    emptyTrash: async ({ upTo }: { upTo: string }) => {
      emptied.push(upTo)
      return { cases: 1, bytes: 1 }
    },
    restoreCase: async () => {
      if (!deleted.delete('a')) throw new Error('the case is not in the trash')
      return { title: 'Abdomen 3' }
    },
  }
  const toasts = new Toasts()
  const review = { case: null } as Review
  return { toasts, deleted, answers, emptied, trash: new Trash(api as unknown as EmendApi, toasts, review) }
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

  it('empties only what the shown answer is of, never what another age was chosen for meanwhile', async () => {
    const { trash, answers, emptied } = trashOfOne()
    const first = trash.askToEmpty()
    answers[0]()
    await first
    expect(trash.emptying?.cases).toBe(9)
    const second = trash.askToEmpty('quarter')
    expect(trash.isAsking).toBe(true)
    await trash.empty()
    expect(emptied).toEqual([])
    answers[1]()
    await second
    expect([trash.age, trash.emptying?.cases]).toEqual(['quarter', 2])
    const { upTo } = trash.emptying!
    await trash.empty()
    expect(emptied).toEqual([upTo])
  })

  it('stays closed where an answer comes after it was left as it is', async () => {
    const { trash, answers } = trashOfOne()
    const asking = trash.askToEmpty()
    trash.keep()
    answers[0]()
    await asking
    expect(trash.emptying).toBeNull()
  })
})
