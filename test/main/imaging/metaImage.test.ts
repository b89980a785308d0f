import fc from 'fast-check'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { deflateSync } from 'node:zlib'
import { afterAll, describe, expect, it } from 'vitest'
import { readImages } from '../../../src/main/imaging/import/readImages'
import { isImageName, saveImage } from '../../../src/main/imaging/imageFile'
import { loadMetaImage, looksLikeMetaImage, readMetaImage, writeMetaImage } from '../../../src/main/imaging/metaImage'
import { voxelCount, type Volume } from '../../../src/main/imaging/volume'
import { EmendError } from '../../../src/shared/errors'
import { affinesAgree } from '../../../src/shared/geometry/affine'
import { affine, dims, noise } from './arbitrary'

const folder = mkdtempSync(join(tmpdir(), 'emend-meta-'))
afterAll(() => rmSync(folder, { recursive: true }))

const arrays = [Int8Array, Uint8Array, Int16Array, Uint16Array, Int32Array, Uint32Array, Float32Array, Float64Array]
const anyVolume: fc.Arbitrary<Volume> = fc
  .record({ dims, affine, seed: fc.nat(), make: fc.constantFrom(...arrays) })
  .map(({ dims, affine, seed, make }) => ({
    dims,
    affine,
    data: new make(noise(voxelCount(dims), seed).map((value) => value * 100)),
  }))

const values = [3, -1, 400, -32768, 32767, 0]
const little = Buffer.from(Int16Array.from(values).buffer)
/** As ITK writes one of an image whose first index grows to posterior and whose second grows to the left. */
const header = (rest: string, end = 'LOCAL'): string =>
  `ObjectType = Image\nNDims = 3\nTransformMatrix = 0 1 0 1 0 0 0 0 1\nOffset = 10 20 30\nElementSpacing = 2 3 4\nDimSize = 3 2 1\nElementType = MET_SHORT\n${rest}\nElementDataFile = ${end}\n`
const file = (text: string, data: Uint8Array | string = ''): Buffer =>
  Buffer.concat([Buffer.from(text), Buffer.from(data)])
const turned = [[0, -3, 0, -10], [-2, 0, 0, -20], [0, 0, 4, 30]] // prettier-ignore

describe('writing and reading back', () => {
  it('keeps voxels of every type and their places', async () => {
    await fc.assert(
      fc.asyncProperty(anyVolume, async (volume) => {
        const { volume: back } = await readMetaImage(writeMetaImage(volume))
        expect(back.data).toEqual(volume.data)
        expect(back.dims).toEqual(volume.dims)
        expect(affinesAgree(back.affine, volume.affine, 1e-9)).toBe(true)
      }),
    )
  })

  it('goes by the ending of the name', async () => {
    const volume: Volume = { dims: [3, 2, 1], affine: [[1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0]], data: Int16Array.from(values) } // prettier-ignore
    for (const name of ['a.mha', 'b.nrrd', 'c.nii', 'd.NII.GZ']) {
      await saveImage(join(folder, name), volume)
      expect((await readImages([join(folder, name)])).volumes[0].volume).toEqual(volume)
    }
    expect(isImageName('e.png')).toBe(false)
  })
})

describe('reading', () => {
  it.each([
    ['binary', file(header('BinaryData = True\nBinaryDataByteOrderMSB = False'), little)],
    ['big endian', file(header('BinaryData = True\nBinaryDataByteOrderMSB = True'), Buffer.from(little).swap16())],
    ['compressed', file(header('BinaryData = True\nCompressedData = True'), deflateSync(little))],
    ['text', file(header('BinaryData = False'), '3 -1 400 -32768 32767 0')],
    ['behind other bytes', file(header('HeaderSize = 5'), Buffer.concat([Buffer.alloc(5, 9), little]))],
    ['at the end', file(header('HeaderSize = -1'), Buffer.concat([Buffer.alloc(50, 9), little]))],
  ])('voxels %s', async (_, bytes) => {
    expect(looksLikeMetaImage(bytes)).toBe(true)
    const { volume } = await readMetaImage(bytes)
    expect([...volume.data]).toEqual(values)
    expect(volume.affine).toEqual(turned)
  })

  it.each([
    ['one file', 'voxels.raw', ['voxels.raw']],
    ['listed files', 'LIST\na.raw\nb.raw', ['a.raw', 'b.raw']],
    ['numbered files', 's%02d.raw 7 9 2', ['s07.raw', 's09.raw']],
  ])('voxels in %s', async (name, end, files) => {
    const place = join(folder, name.replace(' ', '-'))
    mkdirSync(place)
    const size = little.length / files.length
    files.forEach((part, n) => writeFileSync(join(place, part), little.subarray(n * size, (n + 1) * size)))
    writeFileSync(join(place, 'image.mhd'), header('', end))
    expect([...(await loadMetaImage(join(place, 'image.mhd'))).volume.data]).toEqual(values)
    expect((await readImages([place])).volumes.map(({ id }) => id)).toEqual(['image'])
  })

  it.each([
    ['cut off in the header', file('ObjectType = Image\nNDims = 3\n'), /cut short/],
    ['cut off in the voxels', file(header(''), little.subarray(0, 5)), /cut short/],
    [
      'that unpacks to more',
      file(header('CompressedData = True'), deflateSync(Buffer.alloc(200_000))),
      /unpacks to more/,
    ],
    ['of colours', file(header('ElementNumberOfChannels = 3'), little), /several numbers/],
    ['of absurd size', file(header('').replace('3 2 1', '99999 99999 99999'), little), /too large/],
    ['without depth', file(header('').replace('0 0 1\n', '0 1 0\n'), little), /one plane/],
    ['that leads out of its folder', file(header('', '/dev/zero')), /outside its folder/],
  ])('refuses a file %s in one line', async (_, bytes, message) => {
    const path = join(folder, 'bad.mha')
    writeFileSync(path, bytes)
    await expect(loadMetaImage(path)).rejects.toThrow(EmendError)
    await expect(loadMetaImage(path)).rejects.toThrow(message)
  })
})
