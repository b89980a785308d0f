import { describe, expect, it, vi } from 'vitest'
import type { Jobs } from '../../../src/renderer/app/jobs.svelte'
import { Toasts } from '../../../src/renderer/app/toasts.svelte'
import type { Models } from '../../../src/renderer/learning/models.svelte'
import type { Cases } from '../../../src/renderer/worklist/cases.svelte'
import { Worklist } from '../../../src/renderer/worklist/worklist.svelte'
import type { CaseRow, ModelRow } from '../../../src/shared/contract'
import { detail } from '../review/smallCase'

const row = (id: string, rest: Partial<CaseRow> = {}): CaseRow => {
  return {
    ...detail().row,
    id,
    title: `Abdomen ${id}`,
    schema: 'flare23',
    revision: null,
    model: null,
    statuses: {},
    ...rest,
  }
}

/** A worklist of three cases, one of them labelled already; it notes what was started. */
function worklistOf(rows: readonly CaseRow[], isBusy = false) {
  const model = {
    schema: 'flare23',
    name: 'flare',
    version: 1,
    channels: ['liver'],
    inUse: true,
  } as unknown as ModelRow
  const start = vi.fn(async () => undefined)
  const cases = { rows, structuresOf: () => ['liver'] } as unknown as Cases
  const jobs = { start, activeOf: () => (isBusy ? {} : null) } as unknown as Jobs
  return { start, worklist: new Worklist(cases, { all: [model] } as unknown as Models, jobs, new Toasts()) }
}

const rows = [row('one'), row('two'), row('three', { revision: 'r1', model: 'flare@1' })]

describe('segmenting from the worklist', () => {
  it('takes all cases without labels, also those that a search leaves out', async () => {
    const { start, worklist } = worklistOf(rows)
    worklist.search = 'two'
    expect(worklist.canSegment('all')).toBe(true)
    await worklist.segment('all')
    expect(start).toHaveBeenCalledWith({ kind: 'segment-cases', choice: { again: false } })
  })

  it('takes those that a search found, and only where there is a search', async () => {
    const { start, worklist } = worklistOf(rows)
    expect(worklist.canSegment('shown')).toBe(false)
    worklist.search = 'two'
    expect(worklist.canSegment('shown')).toBe(true)
    await worklist.segment('shown')
    expect(start).toHaveBeenLastCalledWith({ kind: 'segment-cases', choice: { again: false, caseIds: ['two'] } })
    worklist.search = 'three'
    expect(worklist.canSegment('shown')).toBe(false)
    worklist.showEverything()
    await worklist.segment('shown')
    expect(start).toHaveBeenLastCalledWith({ kind: 'segment-cases', choice: { again: false } })
  })

  it('takes those that a message led to, which stay picked out until all are shown again', async () => {
    const { start, worklist } = worklistOf(rows)
    worklist.search = 'two'
    worklist.showOnly(['one', 'three', 'gone'])
    expect([worklist.search, worklist.showsAll, worklist.shown.map(({ id }) => id)]).toEqual([
      '',
      false,
      ['one', 'three'],
    ])
    await worklist.segment('shown')
    expect(start).toHaveBeenLastCalledWith({ kind: 'segment-cases', choice: { again: false, caseIds: ['one'] } })
    worklist.showEverything()
    expect([worklist.showsAll, worklist.shown.length]).toEqual([true, 3])
  })

  it('is not offered while cases are segmented already', () => {
    const { worklist } = worklistOf(rows, true)
    worklist.search = 'two'
    expect([worklist.canSegment('all'), worklist.canSegment('shown')]).toEqual([false, false])
  })
})
