import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { encodeNifti, gzip } from '../../../src/main/imaging/nifti'
import { addCase, readCaseImage } from '../../../src/main/library/cases'
import { packedImage, packedLabels } from '../../../src/main/library/packedVoxels'
import { libraryPaths } from '../../../src/main/library/paths'
import { addRevision } from '../../../src/main/library/revisions'
import { temporaryLibrary } from './fixtures'
import { newCase, smallCt, smallLabels } from './samples'

describe('a packed image or label map', () => {
  it('holds, once unpacked, the very bytes that reading it gives', async () => {
    const library = temporaryLibrary()
    const { id } = await addCase(library, newCase())
    const labels = smallLabels({ 3: 1, 77: 5 })
    const revision = await addRevision(library, { caseId: id, parent: null, origin: 'model', model: 'm@1', statuses: {}, edited: [], labels }) // prettier-ignore
    const image = await packedImage(library, id)
    const stored = gunzipSync(readFileSync(image!.path)).subarray(image!.start)
    expect(new Int16Array(Uint8Array.from(stored).buffer)).toEqual((await readCaseImage(library, id)).data)
    const packed = await packedLabels(library, id, revision.id)
    expect(new Uint8Array(gunzipSync(readFileSync(packed!.path)).subarray(packed!.start))).toEqual(labels.data)
  })

  it('is left to be read where it is not stored as the rest are, damaged, or gone', async () => {
    const library = temporaryLibrary()
    const { id } = await addCase(library, newCase())
    const path = libraryPaths.image(library.root, id)
    const { dims, affine, data } = smallCt()
    const others = [{ dims, affine, data: Float32Array.from(data) }, smallCt(1, [7, 6, 4])]
    for (const other of others) {
      writeFileSync(path, await gzip(encodeNifti(other)))
      expect(await packedImage(library, id)).toBeNull()
    }
    writeFileSync(path, encodeNifti(smallCt()))
    expect(await packedImage(library, id)).toBeNull()
    const scaled = encodeNifti(smallCt())
    new DataView(scaled.buffer).setFloat32(112, 2, true)
    writeFileSync(path, await gzip(scaled))
    expect(await packedImage(library, id)).toBeNull()
    writeFileSync(path, 'no image')
    expect(await packedImage(library, id)).toBeNull()
    rmSync(path)
    expect(await packedImage(library, id)).toBeNull()
  })
})
