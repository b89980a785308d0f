import { describe, expect, it, vi } from 'vitest'
import { answerVoxels, packedFile } from '../../../src/main/door/voxelRoutes'
import type { VoxelStore } from '../../../src/main/door/voxelRoutes'
import { VOXELS_BEGIN } from '../../../src/shared/contract'
import { EmendError } from '../../../src/shared/errors'
import { packFrames, unpackFrames } from '../../../src/shared/frames'

const row = {
  id: 'rev2',
  parent: 'rev1',
  author: 'reader',
  origin: 'reader' as const,
  model: null,
  createdAt: '2026-01-01T00:00:00.000Z',
  statuses: {},
}

function makeStore() {
  return {
    imageVoxels: vi.fn<VoxelStore['imageVoxels']>(async () => Int16Array.of(-1024, 40, 3071)),
    labelVoxels: vi.fn<VoxelStore['labelVoxels']>(async () => Uint8Array.of(0, 1, 255)),
    packedVoxels: vi.fn<VoxelStore['packedVoxels']>(async () => ({ path: '/library/file.nii.gz', start: 352 })),
    saveLabels: vi.fn<VoxelStore['saveLabels']>(async () => row),
    uncertainty: vi.fn<VoxelStore['uncertainty']>(async () => null),
    unsavedEdits: vi.fn<VoxelStore['unsavedEdits']>(async () => null),
    addUnsavedEdits: vi.fn<VoxelStore['addUnsavedEdits']>(async () => undefined),
    replaceUnsavedEdits: vi.fn<VoxelStore['replaceUnsavedEdits']>(async () => undefined),
  }
}

function ask(path: string, init: RequestInit = {}): Request {
  return new Request(`emend://library${path}`, init)
}

describe("the library's voxels", () => {
  it('of an image come as little-endian Int16', async () => {
    const response = await answerVoxels(makeStore(), ask('/cases/c1/image'))
    expect(response.status).toBe(200)
    expect(response.headers.get('Access-Control-Allow-Origin')).toBe('emend://app')
    expect(new Int16Array(await response.arrayBuffer())).toEqual(Int16Array.of(-1024, 40, 3071))
  })

  it('of a window into a larger buffer are that window only', async () => {
    const store = makeStore()
    store.imageVoxels.mockResolvedValue(Int16Array.of(1, 2, 3, 4).subarray(1, 3))
    const response = await answerVoxels(store, ask('/cases/c1/image'))
    expect(new Int16Array(await response.arrayBuffer())).toEqual(Int16Array.of(2, 3))
  })

  it('of a label revision come as bytes', async () => {
    const store = makeStore()
    const response = await answerVoxels(store, ask('/cases/c1/labels/rev1'))
    expect(new Uint8Array(await response.arrayBuffer())).toEqual(Uint8Array.of(0, 1, 255))
    expect(store.labelVoxels).toHaveBeenCalledWith('c1', 'rev1')
  })

  it('are saved with parent and statuses, and the new revision comes back', async () => {
    const store = makeStore()
    const statuses = encodeURIComponent(JSON.stringify({ liver: 'corrected' }))
    const init = { method: 'POST', body: Uint8Array.of(1, 2, 3) }
    const response = await answerVoxels(store, ask(`/cases/c1/labels?parent=rev1&statuses=${statuses}`, init))
    expect(await response.json()).toEqual(row)
    expect(store.saveLabels).toHaveBeenCalledWith({
      caseId: 'c1',
      parent: 'rev1',
      statuses: { liver: 'corrected' },
      labels: Uint8Array.of(1, 2, 3),
    })
  })

  it('are saved with why something is rejected and how long it took, where that is told', async () => {
    const store = makeStore()
    const save = (said: Record<string, unknown>): Promise<Response> => {
      const query = new URLSearchParams({ statuses: '{}', ...mapValues(said) })
      return answerVoxels(store, ask(`/cases/c1/labels?${query}`, { method: 'POST', body: Uint8Array.of(1) }))
    }
    const mapValues = (said: Record<string, unknown>): Record<string, string> =>
      Object.fromEntries(Object.entries(said).map(([name, value]) => [name, JSON.stringify(value)]))
    const told = { reasons: { liver: 'the stomach', spleen: null }, seconds: { liver: 12.5 } }
    expect((await save(told)).status).toBe(200)
    expect(store.saveLabels).toHaveBeenCalledWith(expect.objectContaining(told))
    expect((await save({ seconds: { liver: -1 } })).status).toBe(400)
    expect((await save({ reasons: { liver: 3 } })).status).toBe(400)
    expect(store.saveLabels).toHaveBeenCalledOnce()
  })

  it('come packed as the files that they are, with the place where they begin', async () => {
    const store = makeStore()
    const image = await packedFile(store, 'emend-packed://library/cases/c1/image')
    expect(store.packedVoxels).toHaveBeenLastCalledWith('c1', null)
    expect(image?.path).toBe('/library/file.nii.gz')
    expect(image?.headers).toMatchObject({ [VOXELS_BEGIN]: '352', 'Access-Control-Allow-Origin': 'emend://app' })
    await packedFile(store, 'emend-packed://library/cases/c1/labels/rev1')
    expect(store.packedVoxels).toHaveBeenLastCalledWith('c1', 'rev1')
    store.packedVoxels.mockRejectedValue(new EmendError('there is no case c1'))
    expect(await packedFile(store, 'emend-packed://library/cases/c1/image')).toBeNull()
  })

  it.each([
    '/cases/../../etc/passwd/image',
    '/cases/%2e%2e%2f%2e%2e/image',
    '/cases/..%2f..%2flibrary.db/image',
    '/cases/.hidden/image',
    '/cases//image',
    '/cases/c1/labels/..%2f..%2fother',
    '/cases/c1/labels/%00',
    '/library.db',
  ])('cannot be reached at %s', async (path) => {
    const store = makeStore()
    expect((await answerVoxels(store, ask(path))).status).toBe(404)
    expect(await packedFile(store, `emend-packed://library${path}`)).toBeNull()
    expect(store.packedVoxels).not.toHaveBeenCalled()
    expect(store.imageVoxels).not.toHaveBeenCalled()
    expect(store.labelVoxels).not.toHaveBeenCalled()
  })

  it.each(['', '{', '{"liver":"perfect"}', '[1]'])('are not saved with the statuses %j', async (statuses) => {
    const store = makeStore()
    const init = { method: 'POST', body: Uint8Array.of(1) }
    const response = await answerVoxels(store, ask(`/cases/c1/labels?statuses=${encodeURIComponent(statuses)}`, init))
    expect(response.status).toBe(400)
    expect(store.saveLabels).not.toHaveBeenCalled()
  })

  it('that cannot be had are explained in one line', async () => {
    const store = makeStore()
    store.imageVoxels.mockRejectedValue(new EmendError('there is no case c1'))
    const response = await answerVoxels(store, ask('/cases/c1/image'))
    expect(response.status).toBe(409)
    expect(await response.text()).toBe('there is no case c1')
  })
})

describe('uncertainty', () => {
  it('comes as it is kept, and with no content where none was', async () => {
    const store = makeStore()
    expect((await answerVoxels(store, ask('/cases/c1/uncertainty/rev1'))).status).toBe(204)
    store.uncertainty.mockResolvedValue(Uint8Array.of(4, 5))
    const response = await answerVoxels(store, ask('/cases/c1/uncertainty/rev1'))
    expect(new Uint8Array(await response.arrayBuffer())).toEqual(Uint8Array.of(4, 5))
    expect(store.uncertainty).toHaveBeenCalledWith('c1', 'rev1')
  })
})

describe('unsaved edits', () => {
  it('come packed, and with no content where there are none', async () => {
    const store = makeStore()
    expect((await answerVoxels(store, ask('/cases/c1/journal'))).status).toBe(204)
    store.unsavedEdits.mockResolvedValue({ parent: 'rev1', edits: [Uint8Array.of(1, 2), Uint8Array.of(3)] })
    const response = await answerVoxels(store, ask('/cases/c1/journal'))
    expect(unpackFrames(new Uint8Array(await response.arrayBuffer()))).toEqual([Uint8Array.of(1, 2), Uint8Array.of(3)])
  })

  it('are added to those before, and replaced when a save has ended', async () => {
    const store = makeStore()
    const added = await answerVoxels(
      store,
      ask('/cases/c1/journal?parent=rev1', { method: 'POST', body: packFrames([Uint8Array.of(9), Uint8Array.of()]) }),
    )
    expect(added.status).toBe(200)
    expect(store.addUnsavedEdits).toHaveBeenCalledWith('c1', 'rev1', [Uint8Array.of(9), Uint8Array.of()])
    const body = packFrames([Uint8Array.of(7)])
    expect((await answerVoxels(store, ask('/cases/c1/journal', { method: 'PUT', body }))).status).toBe(200)
    expect(store.replaceUnsavedEdits).toHaveBeenCalledWith('c1', null, [Uint8Array.of(7)])
  })

  it('that are cut short are refused', async () => {
    const store = makeStore()
    const body = packFrames([Uint8Array.of(7, 8)]).subarray(0, 5)
    expect((await answerVoxels(store, ask('/cases/c1/journal', { method: 'PUT', body }))).status).toBe(400)
    expect(store.replaceUnsavedEdits).not.toHaveBeenCalled()
  })
})
