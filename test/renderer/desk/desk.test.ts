import { describe, expect, it } from 'vitest'
import { ReviewDesk } from '../../../src/main/jobs/reviewDesk'
import { addCase } from '../../../src/main/library/cases'
import type { Library } from '../../../src/main/library/library'
import { Toasts } from '../../../src/renderer/app/toasts.svelte'
import { Desk } from '../../../src/renderer/desk/desk.svelte'
import { Cases } from '../../../src/renderer/worklist/cases.svelte'
import type { EmendApi } from '../../../src/shared/windowApi'
import { temporaryLibrary } from '../../main/library/fixtures'
import { newCase } from '../../main/library/samples'

/** A worklist of a library on the disk, in whose window cases open, but for those that are broken. */
class Window {
  readonly library: Library = temporaryLibrary()
  readonly toasts = new Toasts()
  readonly broken = new Set<string>()
  readonly opened: string[] = []
  readonly saidWhileOpening: string[] = []
  readonly desk: Desk
  private open: string | null = null

  constructor() {
    const review = new ReviewDesk(this.library, () => undefined)
    const api = {
      on: () => () => undefined,
      nextCase: async (input: Parameters<ReviewDesk['nextCase']>[0]) => review.nextCase(input),
    } as unknown as EmendApi
    const show = (caseId: string): Promise<boolean> => {
      this.opened.push(caseId)
      this.desk.sitting.show(caseId)
      this.desk.sitting.ended(caseId, !this.broken.has(caseId))
      this.open = this.broken.has(caseId) ? null : caseId
      this.saidWhileOpening.push(...this.toasts.shown.map(({ text }) => text))
      return Promise.resolve(this.open !== null)
    }
    this.desk = new Desk(api, new Cases(api), this.toasts, show, () => undefined)
  }

  async add(...seeds: number[]): Promise<string[]> {
    const ids: string[] = []
    for (const seed of seeds) ids.push((await addCase(this.library, newCase(seed), { schema: 'hippocampus' })).id)
    for (const [n, id] of ids.entries()) {
      this.library.database.run('UPDATE cases SET imported_at = ? WHERE id = ?', `2026-01-0${n + 1}`, id)
    }
    return ids
  }

  /** What it said, and which case is open then. */
  async next(): Promise<[said: string, open: string | null]> {
    this.toasts.shown = []
    await this.desk.next(this.open)
    return [this.toasts.shown.map(({ text }) => text).join(' / '), this.open]
  }
}

describe('the next case in the window', () => {
  it('passes over what could not be opened, and comes back to what was left only after all others', async () => {
    const window = new Window()
    const [a, broken, c, d] = await window.add(1, 2, 3, 4)
    window.broken.add(broken)
    const again = 'Only cases that you left are still to review: they come again'
    expect(await window.next()).toEqual(['', a])
    expect(await window.next()).toEqual(['', null])
    expect(await window.next()).toEqual(['', c])
    expect(await window.next()).toEqual(['', d])
    expect(await window.next()).toEqual([again, a])
    expect(await window.next()).toEqual(['', c])
    expect(await window.next()).toEqual(['', d])
    expect(await window.next()).toEqual([again, a])
    expect(window.opened.filter((id) => id === broken)).toHaveLength(1)
  })

  it('comes to an end, which names what could not be opened', async () => {
    const window = new Window()
    expect(await window.next()).toEqual(['Nothing is left to review', null])
    const [only, broken] = await window.add(1, 2)
    expect(await window.next()).toEqual(['', only])
    window.broken.add(broken)
    expect(await window.next()).toEqual(['', null])
    expect(await window.next()).toEqual(['Only cases that you left are still to review: they come again', only])
    expect(await window.next()).toEqual(['Only this case is left to review, but 1 case that could not be opened', only])
    window.broken.add(only)
    window.desk.sitting.ended(only, false)
    expect((await window.next())[0]).toBe('Nothing is left to review, but 2 cases that could not be opened')
  })

  it('says where a strategy had nothing to go by', async () => {
    const window = new Window()
    const [oldest] = await window.add(1, 2)
    window.desk.strategy = 'disagreement'
    expect(await window.next()).toEqual([
      'No disagreement of models is measured in the cases left: the oldest comes next',
      oldest,
    ])
    window.desk.strategy = 'first'
    expect((await window.next())[0]).toBe('')
  })

  it('says why a case came once it is open, and nothing of one that could not be', async () => {
    const window = new Window()
    const [broken] = await window.add(1, 2)
    window.broken.add(broken)
    window.desk.strategy = 'disagreement'
    expect(await window.next()).toEqual(['', null])
    expect((await window.next())[0]).toMatch(/^No disagreement of models is measured/)
    expect(window.opened).toHaveLength(2)
    expect(window.saidWhileOpening).toEqual([])
  })
})
