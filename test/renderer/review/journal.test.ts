import { afterEach, expect, it, vi } from 'vitest'
import { answerVoxels, type VoxelStore } from '../../../src/main/door/voxelRoutes'
import { encodeEdit } from '../../../src/renderer/editor/editCodec'
import type { Command } from '../../../src/renderer/editor/history'
import { Journal } from '../../../src/renderer/review/journal'

const command = (title: string): Command => ({ title, delta: null, statuses: [], who: 'Kim', at: '' })
const bytes = (...titles: string[]): Uint8Array[] => titles.map((title) => encodeEdit(command(title)))

afterEach(() => vi.unstubAllGlobals())

/** The real route over a store that remembers what it is asked; `gate` holds the first request back. */
function library(gate: Promise<void>): { requests: [string, string | null, readonly Uint8Array[]][] } {
  const requests: [string, string | null, readonly Uint8Array[]][] = []
  const keep = (kind: string) => async (_caseId: string, parent: string | null, edits: readonly Uint8Array[]) => {
    await gate
    requests.push([kind, parent, edits.map((edit) => edit.slice())])
  }
  const store = { addUnsavedEdits: keep('add'), replaceUnsavedEdits: keep('replace') } as unknown as VoxelStore
  const answer = (url: string, init?: RequestInit): Promise<Response> => answerVoxels(store, new Request(url, init))
  vi.stubGlobal('fetch', vi.fn(answer))
  return { requests }
}

it('writes in the order of the edits, and together what had to wait', async () => {
  let open = (): void => undefined
  const { requests } = library(new Promise((resolve) => (open = resolve)))
  const failed = vi.fn()
  const journal = new Journal('c1', failed)
  journal.add('r1', [command('first')])
  await vi.waitFor(() => expect(fetch).toHaveBeenCalled())
  for (const title of ['second', 'third']) journal.add('r1', [command(title)])
  journal.replace('r2', [command('third')])
  journal.add('r2', [command('fourth'), command('fifth')])
  open()
  await journal.settled()
  expect(failed).not.toHaveBeenCalled()
  expect(requests).toEqual([
    ['add', 'r1', bytes('first')],
    ['add', 'r1', bytes('second', 'third')],
    ['replace', 'r2', bytes('third')],
    ['add', 'r2', bytes('fourth', 'fifth')],
  ])
})

it('knows whether it holds anything', async () => {
  library(Promise.resolve())
  const journal = new Journal('c1', () => undefined)
  expect(journal.holdsEdits).toBe(false)
  journal.add('r1', [command('first')])
  expect(journal.holdsEdits).toBe(true)
  journal.replace('r1', [])
  expect(journal.holdsEdits).toBe(false)
  await journal.settled()
})

it('tells of a failed write once', async () => {
  vi.stubGlobal('fetch', async () => new Response('the disk is full', { status: 500 }))
  const failed = vi.fn()
  const journal = new Journal('c1', failed)
  for (const title of ['one', 'two']) {
    journal.add(null, [command(title)])
    await journal.settled()
  }
  expect(failed).toHaveBeenCalledTimes(1)
})
