import { describe, expect, it } from 'vitest'
import { labelCase } from '../../../src/main/jobs/segmenting'
import { addCase } from '../../../src/main/library/cases'
import { verifyLibrary } from '../../../src/main/library/integrity'
import { registerModel } from '../../../src/main/library/models'
import { listRevisions, readRevision } from '../../../src/main/library/revisions'
import { loadModel } from '../../../src/main/segmentation/model'
import { openNetwork } from '../../../src/main/segmentation/network'
import { unwatched } from '../../../src/shared/progress'
import { temporaryLibrary } from '../library/fixtures'
import { newCase } from '../library/samples'
import { folderWithCoarse, scene, withDecoy } from '../segmentation/scene'

describe('labelling a case of the library', () => {
  it('looks where the coarse model that came along with the model points', async () => {
    const library = temporaryLibrary()
    const { image } = scene([90, 80, 50], [3, 3, 4])
    const { id } = await addCase(library, { ...newCase(), volume: withDecoy(image) })
    const version = await registerModel(library, await folderWithCoarse(), { promoted: true, verdict: 'a test' })
    const model = await loadModel(version.folder)
    const network = await openNetwork(model)
    try {
      await labelCase(library, id, { reference: 'threshold@3', model, network }, unwatched)
    } finally {
      await network.close()
    }
    const [revision] = listRevisions(library, id)
    const { data } = await readRevision(library, id, revision.id)
    expect(data.includes(3)).toBe(true)
    expect(data[0]).toBe(0)
    expect((await verifyLibrary(library)).faults).toEqual([])
  })
})
