import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { answerVoxels, type VoxelStore } from '../../../src/main/door/voxelRoutes'
import { Jobs } from '../../../src/renderer/app/jobs.svelte'
import { Toasts } from '../../../src/renderer/app/toasts.svelte'
import { decodeEdit, encodeEdit, reversed } from '../../../src/renderer/editor/editCodec'
import { Review } from '../../../src/renderer/review/review.svelte'
import { ViewerState } from '../../../src/renderer/viewer/viewerState.svelte'
import { Cases } from '../../../src/renderer/worklist/cases.svelte'
import { PACKED_SCHEME, type CaseDetail, type Input } from '../../../src/shared/contract'
import type { JobRow } from '../../../src/shared/jobs'
import { EmendError } from '../../../src/shared/errors'
import type { EmendApi } from '../../../src/shared/windowApi'
import { detail, labels, size } from './smallCase'

/** A library of cases 'a' and 'b', each of the small one's voxels, behind the real routes. */
class SmallLibrary {
  readonly revisions: Record<string, string> = { a: 'a-1', b: 'b-1' }
  readonly voxels: Record<string, Uint8Array> = { 'a-1': labels(), 'b-1': labels() }
  /** Journals as they were written: the case, and what its edits stand on. */
  readonly journals: [kind: 'add' | 'replace', caseId: string, parent: string | null, edits: number][] = []
  readonly started: string[] = []
  /** What came with decisions and saves. */
  readonly said: unknown[] = []
  saves = 0
  /** Holds saves back until it is fulfilled. */
  gate: Promise<void> = Promise.resolve()
  private readonly listeners = new Map<string, (event: unknown) => void>()

  private readonly store = {
    imageVoxels: async () => new Int16Array(size ** 3),
    labelVoxels: async (_caseId: string, revision: string) => this.voxels[revision],
    unsavedEdits: async () => null,
    addUnsavedEdits: async (caseId: string, parent: string | null, edits: readonly Uint8Array[]) =>
      void this.journals.push(['add', caseId, parent, edits.length]),
    replaceUnsavedEdits: async (caseId: string, parent: string | null, edits: readonly Uint8Array[]) =>
      void this.journals.push(['replace', caseId, parent, edits.length]),
    saveLabels: async (input: Parameters<VoxelStore['saveLabels']>[0]) => {
      const { caseId, parent, statuses, labels: saved, reasons, seconds } = input
      await this.gate
      this.said.push({ reasons, seconds })
      const id = this.add(caseId, saved)
      this.saves++
      const made = { author: 'Kim', origin: 'reader', model: null, createdAt: '2026-01-01T00:00:00Z' } as const
      return { id, parent, ...made, statuses }
    },
  } as unknown as VoxelStore

  readonly api = {
    on: (name: string, listener: (event: unknown) => void) => void this.listeners.set(name, listener),
    appInfo: async () => ({ user: 'Kim' }),
    caseDetail: async ({ caseId }: { caseId: string }): Promise<CaseDetail> => {
      const { row, ...rest } = detail()
      return { ...rest, row: { ...row, id: caseId, revision: this.revisions[caseId] } }
    },
    caseRows: async () => [],
    setStatus: async ({ structure, status, reason, seconds }: Input<'review:set-status'>) => {
      await this.gate
      this.said.push({ structure, status, reason, seconds })
      return detail({ [structure]: status }).row
    },
    rejectReasons: async () => ['the stomach', 'the cava'],
    startJob: async ({ kind, caseId }: { kind: 'segment'; caseId: string }) => {
      this.started.push(caseId)
      return job({ kind, caseId, state: 'queued' })
    },
  } as unknown as EmendApi

  /** Labels are the newest of a case now. */
  add(caseId: string, voxels: Uint8Array): string {
    const id = `${caseId}-${Object.keys(this.voxels).length}`
    this.voxels[id] = voxels.slice()
    this.revisions[caseId] = id
    return id
  }

  tell(name: string, event: unknown): void {
    this.listeners.get(name)?.(event)
  }

  /** @returns what lets saves go on */
  holdSaves(): () => void {
    let go = (): void => undefined
    this.gate = new Promise((resolve) => (go = resolve))
    return () => go()
  }

  readonly fetch = async (url: string, init?: RequestInit): Promise<Response> => {
    if (url.startsWith(PACKED_SCHEME)) throw new TypeError('nothing is packed here')
    // As bytes that are read at once, which is what the app's own scheme does.
    const body = init?.body instanceof Uint8Array ? init.body.slice() : undefined
    return answerVoxels(this.store, new Request(url, { ...init, body }))
  }
}

function job(extra: Partial<JobRow>): JobRow {
  return { id: 'j1', title: 'Segment', state: 'done', outcome: null, ...extra } as JobRow
}

let library: SmallLibrary
let toasts: Toasts
let review: Review

beforeEach(() => {
  library = new SmallLibrary()
  vi.stubGlobal('fetch', library.fetch)
  toasts = new Toasts()
  const { api } = library
  review = new Review(api, new Cases(api), new Jobs(api), toasts, new ViewerState())
})

afterEach(() => {
  expect(toasts.shown.filter(({ tone }) => tone === 'danger')).toEqual([])
  vi.unstubAllGlobals()
})

/** Takes a slab of a structure's voxels away, as one step. */
function edit(value: number): void {
  const opened = review.case!
  opened.commit(`Clear ${value}`, opened.editor.clear(value), ['liver'])
}

describe('saves', () => {
  it('go one after the other: what was asked for during one holds once both have ended', async () => {
    await review.open('a')
    const go = library.holdSaves()
    edit(1)
    const first = review.persist()
    await vi.waitFor(() => expect(review.saving).toBe(true))
    edit(3)
    const second = review.persist()
    go()
    expect(await Promise.all([first, second])).toEqual([true, true])
    expect(library.voxels[library.revisions.a].every((voxel) => voxel === 0)).toBe(true)
  })

  it('are of the case that they began with, and another opens only after them', async () => {
    await review.open('a')
    const go = library.holdSaves()
    edit(1)
    void review.persist()
    await vi.waitFor(() => expect(review.saving).toBe(true))
    edit(3)
    const opening = review.open('b')
    await new Promise((resolve) => setTimeout(resolve, 30))
    expect(review.case?.id).toBe('a')
    go()
    await opening
    expect(review.case?.id).toBe('b')
    expect(review.case?.revision).toBe('b-1')
    expect(library.saves).toBe(2)
    expect(library.voxels[library.revisions.a].every((voxel) => voxel === 0)).toBe(true)
    await vi.waitFor(() => expect(library.journals.at(-1)).toEqual(['replace', 'a', library.revisions.a, 0]))
    expect(library.journals.filter(([, caseId]) => caseId === 'b')).toEqual([])
  })

  it('hold back what needs them, which then goes on', async () => {
    await review.open('a')
    const go = library.holdSaves()
    edit(1)
    void review.persist()
    await vi.waitFor(() => expect(review.saving).toBe(true))
    const asked = review.segment()
    expect(library.started).toEqual([])
    go()
    await asked
    expect(library.started).toEqual(['a'])
  })

  it('let a segmentation in that ends meanwhile', async () => {
    await review.open('a')
    const go = library.holdSaves()
    review.setStatus('spleen', 'rejected', 'the stomach')
    await vi.waitFor(() => expect(review.saving).toBe(true))
    const segmented = labels().map((voxel) => (voxel === 1 ? 3 : 0))
    const id = library.add('a', segmented)
    library.tell('job:changed', job({ kind: 'segment', caseId: 'a' }))
    await new Promise((resolve) => setTimeout(resolve, 30))
    expect(review.case?.revision).toBe('a-1')
    go()
    await vi.waitFor(() => expect(review.case?.revision).toBe(id))
    expect(review.case?.editor.data).toEqual(segmented)
  })
})

describe('a rejection', () => {
  it('asks for a reason, which goes to the library by every way through the history', async () => {
    await review.open('a')
    review.setStatus('spleen', 'rejected')
    await vi.waitFor(() => expect(review.rejection.asked).toBe('spleen'))
    expect(review.rejection.reasons).toEqual(['the stomach', 'the cava'])
    expect(review.case?.statusOf('spleen')).toBe('unreviewed')
    review.setStatus('spleen', 'rejected', 'the stomach')
    review.setStatus('spleen', 'unreviewed')
    review.setStatus('spleen', 'rejected', 'the cava')
    await review.persist()
    for (const expected of ['unreviewed', 'rejected']) {
      review.undo()
      await review.persist()
      expect(review.case?.statusOf('spleen')).toBe(expected)
    }
    expect(library.said.at(-1)).toMatchObject({ status: 'rejected', reason: 'the stomach' })
    review.redo()
    await review.persist()
    review.redo()
    await review.persist()
    expect(library.said.at(-1)).toMatchObject({ status: 'rejected', reason: 'the cava' })
    edit(1)
    await review.persist()
    expect(library.said.at(-1)).toMatchObject({ reasons: { spleen: 'the cava' } })
  })

  it('keeps its reason in the journal, undone or not', () => {
    const statuses = [{ structure: 'spleen', before: 'unreviewed', after: 'rejected', reason: 'the cava' }] as const
    const command = { title: 'Spleen: rejected', delta: null, statuses, who: 'Kim', at: '' }
    expect(decodeEdit(encodeEdit(command)).statuses).toEqual(statuses)
    expect(decodeEdit(encodeEdit(reversed(command, command))).statuses).toEqual([
      { structure: 'spleen', before: 'rejected', after: 'unreviewed', reason: 'the cava' },
    ])
  })
})

describe("the reader's time", () => {
  it('goes with the first decision or save, once, and stays where that fails', async () => {
    await review.open('a')
    const { clock } = review.case!
    clock.giveBack({ liver: 3, spleen: 2 })
    review.setStatus('spleen', 'accepted')
    await review.persist()
    review.setStatus('aorta', 'absent')
    await review.persist()
    expect(library.said).toMatchObject([{ structure: 'spleen', seconds: { liver: 3, spleen: 2 } }, { seconds: {} }])
    clock.giveBack({ liver: 4 })
    edit(1)
    library.gate = Promise.reject(new EmendError('the disk is full'))
    const failed = vi.spyOn(toasts, 'fail').mockReturnValue()
    await review.persist()
    expect(failed).toHaveBeenCalledOnce()
    failed.mockRestore()
    library.gate = Promise.resolve()
    await review.persist()
    expect(library.said.at(-1)).toMatchObject({ seconds: { liver: 4 } })
  })
})

describe('opening', () => {
  it('ends at the case that was chosen last', async () => {
    await review.open('a')
    const go = library.holdSaves()
    edit(1)
    const openings = [review.open('b'), review.open('a')]
    go()
    await Promise.all(openings)
    expect(review.case?.id).toBe('a')
  })
})

describe('labels from elsewhere', () => {
  it('are taken over where all is saved, and the next step is kept on top of them', async () => {
    await review.open('a')
    edit(3)
    review.undo()
    expect(review.case?.saved).toBe(true)
    const theirs = labels().map((voxel) => (voxel === 3 ? 0 : voxel))
    const id = library.add('a', theirs)
    library.tell('cases:changed', { caseIds: ['a'] })
    await vi.waitFor(() => expect(review.case?.revision).toBe(id))
    expect(review.case?.editor.data).toEqual(theirs)
    edit(1)
    await vi.waitFor(() => expect(library.journals.at(-1)).toEqual(['add', 'a', id, 1]))
    expect(library.journals.at(-2)).toEqual(['replace', 'a', id, 0])
  })

  it('do not replace what is unsaved', async () => {
    await review.open('a')
    edit(1)
    const ours = review.case!.editor.data.slice()
    library.add('a', labels().fill(0))
    library.tell('cases:changed', { caseIds: ['a'] })
    await vi.waitFor(() => expect(toasts.shown.map(({ text }) => text).join()).toContain('newer labels'))
    expect(review.case?.editor.data).toEqual(ours)
  })
})
