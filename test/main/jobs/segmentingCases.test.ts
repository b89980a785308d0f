import { rmSync, writeFileSync } from 'node:fs'
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { PassedOver } from '../../../src/shared/jobs'
import type { Progress } from '../../../src/shared/progress'
import { describeSegmented, segmentCases, segmentOpenCases } from '../../../src/main/jobs/segmentingCases'
import type { JobContext } from '../../../src/main/jobs/verbs'
import { train } from '../../../src/main/learning/train'
import { addCase, getCase } from '../../../src/main/library/cases'
import { appendJournal } from '../../../src/main/library/journal'
import type { Library } from '../../../src/main/library/library'
import { putToUse, registerModel } from '../../../src/main/library/models'
import { libraryPaths } from '../../../src/main/library/paths'
import { setStatus } from '../../../src/main/library/reviews'
import { listRevisions, readRevision } from '../../../src/main/library/revisions'
import { blobData, blobRecipe, blobs } from '../learning/blobs'
import { temporaryLibrary } from '../library/fixtures'
import { newCase } from '../library/samples'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'emend-blobs-'))
  const identity = { name: 'blobs', version: 1, title: 'Blobs', licence: 'CC0-1.0', attribution: 'made up' }
  await train({ ...blobData, holdOut: null }, { recipe: blobRecipe(3), seed: 1, out: join(folder, 'model'), identity })
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const use = { promoted: true, verdict: 'the first' }

/** A library with a model of two balls in use and a case for each seed, the first seed's first. */
async function libraryOf(...seeds: number[]): Promise<{ library: Library; ids: string[] }> {
  const library = temporaryLibrary()
  await registerModel(library, join(folder, 'model'), use)
  const ids: string[] = []
  for (const seed of seeds) {
    const volume = blobs(seed).image
    const image = { modality: 'MR', description: `Balls ${seed}`, volume, warnings: [] }
    ids.push((await addCase(library, image, { schema: 'hippocampus' })).id)
  }
  return { library, ids }
}

function contextOf(library: Library, more: Partial<JobContext> = {}): JobContext {
  return {
    library,
    work: { report: () => undefined, signal: new AbortController().signal },
    devices: [{ device: 'cpu', works: true, reason: null, msPerStep: null }],
    changed: () => undefined,
    ...more,
  }
}

const modelOf = (library: Library, id: string): string | null => getCase(library, id).model

describe('segmenting many cases', () => {
  it('labels those without labels, says how long it takes, and does nothing when asked again', async () => {
    const { library, ids } = await libraryOf(21, 22, 23)
    const said: Progress[] = []
    const changed: string[] = []
    const work = { report: (progress: Progress) => void said.push(progress), signal: new AbortController().signal }
    const context = contextOf(library, { work, changed: (caseIds) => void changed.push(...caseIds) })
    expect(await segmentOpenCases({ again: false }, context)).toBe('3 of 3 open cases segmented')
    expect(ids.map((id) => modelOf(library, id))).toEqual(['blobs@1', 'blobs@1', 'blobs@1'])
    expect(changed.sort()).toEqual([...ids].sort())
    expect(said.map(({ done, total }) => [done, total])).toEqual([[0, 3], [1, 3], [2, 3]]) // prettier-ignore
    expect(said[0].secondsLeft).toBeUndefined()
    expect(said[2].secondsLeft).toBeGreaterThan(0)
    expect(await segmentOpenCases({ again: false }, contextOf(library))).toBe('no open case to segment')
    expect(listRevisions(library, ids[0])).toHaveLength(1)
  })

  it('stops at the next case when it is cancelled, and goes on there', async () => {
    const { library, ids } = await libraryOf(21, 22, 23)
    const stop = new AbortController()
    const work = { report: () => undefined, signal: stop.signal }
    const context = contextOf(library, { work, changed: () => stop.abort() })
    await expect(segmentOpenCases({ again: false }, context)).rejects.toThrow(/abort/)
    expect(ids.filter((id) => modelOf(library, id) !== null)).toHaveLength(1)
    expect(await segmentOpenCases({ again: false }, contextOf(library))).toBe('2 of 2 open cases segmented')
    expect(ids.map((id) => listRevisions(library, id).length)).toEqual([1, 1, 1])
  })

  it('waits for a reader before each case', async () => {
    const { library } = await libraryOf(21, 22)
    const order: string[] = []
    const giveWay = (): Promise<void> => Promise.resolve(void order.push('waits'))
    const work = { report: () => undefined, signal: new AbortController().signal, giveWay }
    await segmentCases(contextOf(library, { work, changed: () => void order.push('labels') }), { again: false })
    expect(order).toEqual(['waits', 'labels', 'waits', 'labels'])
  })

  it('names a damaged case and labels the others', async () => {
    const { library, ids } = await libraryOf(21, 22)
    writeFileSync(libraryPaths.image(library.root, ids[0]), 'no image')
    const passed: PassedOver[] = []
    const line = await segmentOpenCases(
      { again: false },
      contextOf(library, { passedOver: (one) => void passed.push(one) }),
    )
    expect(passed).toEqual([{ caseId: ids[0], line: expect.stringMatching(/^Balls 21 · .{4}: .*image\.nii\.gz/) }])
    expect(line).toMatch(/^1 of 2 open cases segmented; Balls 21 · .{4}: .*image\.nii\.gz/)
    expect(line).not.toContain('\n')
    expect(ids.map((id) => modelOf(library, id))).toEqual([null, 'blobs@1'])
    // Only the damaged one is left: nothing can be done, and the job says so.
    await expect(segmentOpenCases({ again: false }, contextOf(library))).rejects.toThrow(/^0 of 1 open case segmented;/)
  })

  it('leaves cases with unsaved edits and verified structures as they are', async () => {
    const { library, ids } = await libraryOf(21, 22)
    await segmentCases(contextOf(library), { again: false })
    const [edited, read] = ids
    await appendJournal(library, edited, getCase(library, edited).revision, [Uint8Array.of(1)])
    setStatus(library, read, 'anterior-hippocampus', 'accepted')
    const before = await readRevision(library, read, getCase(library, read).revision ?? '')
    await registerModel(library, join(folder, 'model'), use)
    const came = await segmentCases(contextOf(library), { again: true })
    expect(came).toMatchObject({ open: 2, labelled: 1, unsaved: 1, failures: [] })
    expect(describeSegmented(came)).toBe('1 of 2 open cases segmented, 1 left alone for unsaved edits')
    expect(modelOf(library, edited)).toBe('blobs@1')
    expect(modelOf(library, read)).toBe('blobs@2')
    const now = await readRevision(library, read, getCase(library, read).revision ?? '')
    const anterior = (data: Uint8Array): number[] => [...data.keys()].filter((at) => data[at] === 1)
    expect(anterior(now.data)).toEqual(anterior(before.data))
    expect(getCase(library, read).statuses).toEqual({ 'anterior-hippocampus': 'accepted' })
  })

  it('goes back to the labels of a model that is in use again, only of its schema', async () => {
    const { library, ids } = await libraryOf(21)
    const { version } = await registerModel(library, join(folder, 'model'), use)
    await segmentCases(contextOf(library), { again: false })
    expect(modelOf(library, ids[0])).toBe('blobs@2')
    putToUse(library, { name: 'blobs', version: version - 1 }, 'rolled back')
    expect(await segmentCases(contextOf(library), { again: true, schema: 'flare23' })).toMatchObject({ open: 0 })
    expect(await segmentCases(contextOf(library), { again: true, schema: 'hippocampus' })).toMatchObject({
      labelled: 1,
    })
    expect(modelOf(library, ids[0])).toBe('blobs@1')
    expect(listRevisions(library, ids[0])).toHaveLength(2)
  })

  it('labels only the cases that were named, and counts those that no model can label', async () => {
    const { library, ids } = await libraryOf(21, 22)
    const { id: other } = await addCase(library, newCase(), { schema: 'flare23' })
    const came = await segmentCases(contextOf(library), { caseIds: [ids[1], other, 'gone'], again: false })
    expect(describeSegmented(came)).toBe('1 of 1 open case segmented, 1 left out: no model labels by their schema')
    expect([ids[0], ids[1], other].map((id) => modelOf(library, id))).toEqual([null, 'blobs@1', null])
  })

  it('says why where the model itself cannot be opened, once', async () => {
    const { library } = await libraryOf(21, 22, 23)
    writeFileSync(join(libraryPaths.model(library.root, 'blobs', 1), 'network.onnx'), 'no network')
    const came = segmentOpenCases({ again: false }, contextOf(library))
    await expect(came).rejects.toThrow(/^0 of 3 open cases segmented; blobs@1: [^;]*network\.onnx[^;]*$/)
  })

  it('names the first of many damaged cases and counts the others', async () => {
    const { library, ids } = await libraryOf(21, 22, 23, 24, 25)
    for (const id of ids) writeFileSync(libraryPaths.image(library.root, id), 'no image')
    const came = segmentOpenCases({ again: false }, contextOf(library))
    await expect(came).rejects.toThrow(/^0 of 5 open cases segmented(; Balls [^;]*){3}; 2 more could not be segmented$/)
  })
})
