import fc from 'fast-check'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, describe, expect, it } from 'vitest'
import { loadLabelObject } from '../../../src/main/imaging/import/labels'
import { readImages } from '../../../src/main/imaging/import/readImages'
import { loadNrrd, readNrrd, saveNrrd, writeNrrd } from '../../../src/main/imaging/nrrd'
import { orientation, voxelCount, type Volume } from '../../../src/main/imaging/volume'
import { EmendError } from '../../../src/shared/errors'
import { affinesAgree } from '../../../src/shared/geometry/affine'
import { dataPath } from '../../data'
import { affine, dims, noise } from './arbitrary'

const folder = mkdtempSync(join(tmpdir(), 'emend-nrrd-'))
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
const grid =
  'dimension: 3\nsizes: 3 2 1\nspace: LPS\nspace directions: (2,0,0) (0,3,0) (0,0,4)\nspace origin: (10,20,30)'
const header = (rest: string): string => `NRRD0004\ntype: short\n${grid}\n${rest}\n`
const little = Buffer.from(Int16Array.from(values).buffer)
const file = (text: string, data: Uint8Array | string = ''): Buffer => Buffer.concat([Buffer.from(`${text}\n`), Buffer.from(data)]) // prettier-ignore

describe('writing and reading back', () => {
  it('keeps voxels of every type and their places', async () => {
    await fc.assert(
      fc.asyncProperty(anyVolume, async (volume) => {
        const { volume: back, warnings } = await readNrrd(await writeNrrd(volume))
        expect(back.data).toEqual(volume.data)
        expect(back.dims).toEqual(volume.dims)
        expect(affinesAgree(back.affine, volume.affine, 1e-9)).toBe(true)
        expect(warnings).toEqual([])
      }),
    )
  })
})

describe('reading', () => {
  const turned = [[-2, 0, 0, -10], [0, -3, 0, -20], [0, 0, 4, 30]] // prettier-ignore

  it.each([
    ['raw little endian', file(header('endian: little\nencoding: raw'), little)],
    ['raw big endian', file(header('endian: big\nencoding: raw'), Buffer.from(little).swap16())],
    ['gzip', file(header('endian: little\nencoding: gzip'), gzipSync(little))],
    ['ascii', file(header('encoding: ascii'), '3 -1 400\n-32768 32767 0\n')],
    ['hex', file(header('endian: little\nencoding: hex'), little.toString('hex').replace(/(.{8})/g, '$1\n'))],
    ['bytes to skip', file(header('endian: little\nencoding: raw\nbyte skip: 5'), Buffer.concat([Buffer.alloc(5, 9), little]))],
    ['voxels at the end', file(header('endian: little\nencoding: raw\nbyte skip: -1'), Buffer.concat([Buffer.alloc(50, 9), little]))],
    ['lines to skip', file(header('endian: little\nencoding: raw\nline skip: 2'), Buffer.concat([Buffer.from('a\nb\n'), little]))],
    ['lines that end as on Windows', Buffer.concat([Buffer.from(header('endian: little\nencoding: raw').replaceAll('\n', '\r\n') + '\r\n'), little])],
    ['comments and keys', file(header('# a comment: here\nname:=value\nendian: little\nencoding: raw'), little)],
  ])('%s', async (_, bytes) => {
    const { volume } = await readNrrd(bytes)
    expect([...volume.data]).toEqual(values)
    expect(volume.affine).toEqual(turned)
  }) // prettier-ignore

  it.each([
    ['LPS', 'LPS'],
    ['left-posterior-superior', 'LPS'],
    ['right-anterior-superior', 'RAS'],
    ['left-anterior-superior', 'LAS'],
  ])('axes in %s run %s', async (space, codes) => {
    const text = header('encoding: ascii').replace('space: LPS', `space: ${space}`)
    const { volume, warnings } = await readNrrd(file(text, values.join(' ')))
    expect([orientation(volume), warnings]).toEqual([codes, []])
  })

  it('takes spacings where there are no directions, and says that it does not know the patient', async () => {
    const text = 'NRRD0004\ntype: short\ndimension: 3\nsizes: 3 2 1\nspacings: 0.5 0.7 2\nencoding: ascii\n'
    const { volume, warnings } = await readNrrd(file(text, values.join(' ')))
    expect(volume.affine.map((row, n) => row[n])).toEqual([0.5, 0.7, 2])
    expect(warnings.join()).toMatch(/does not say how its axes lie/)
  })

  it('heeds units', async () => {
    const text = header('space units: "cm" "cm" "cm"\nencoding: ascii')
    expect((await readNrrd(file(text, values.join(' ')))).volume.affine[2]).toEqual([0, 0, 40, 300])
  })

  it('drops an axis of one number that is no space', async () => {
    const text = 'NRRD0004\ntype: short\ndimension: 4\nsizes: 1 3 2 1\nspace: LPS\nspace directions: none (2,0,0) (0,3,0) (0,0,4)\nspace origin: (10,20,30)\nencoding: ascii\n' // prettier-ignore
    expect((await readNrrd(file(text, values.join(' ')))).volume).toMatchObject({ dims: [3, 2, 1], affine: turned })
  })

  it('64-bit integers become 32-bit ones where they fit', async () => {
    const text = header('endian: little\nencoding: raw').replace('short', 'int64')
    const { volume } = await readNrrd(file(text, Buffer.from(BigInt64Array.from(values, BigInt).buffer)))
    expect(volume.data).toEqual(Int32Array.from(values))
  })

  it.each([
    ['one file', 'data file: voxels.raw', ['voxels.raw']],
    ['listed files', 'data file: LIST\na.raw\nb.raw', ['a.raw', 'b.raw']],
    ['numbered files', 'data file: s%02d.raw 7 9 2', ['s07.raw', 's09.raw']],
  ])('a detached header with %s', async (name, line, files) => {
    const place = join(folder, name.replace(' ', '-'))
    mkdirSync(place)
    const size = little.length / files.length
    files.forEach((part, n) => writeFileSync(join(place, part), little.subarray(n * size, (n + 1) * size)))
    writeFileSync(join(place, 'image.nhdr'), header(`endian: little\nencoding: raw\n${line}`))
    expect([...(await loadNrrd(join(place, 'image.nhdr'))).volume.data]).toEqual(values)
    const { volumes } = await readImages([place])
    expect(volumes.map(({ id }) => id)).toEqual(['image'])
  })

  it.each([
    ['cut off in the header', file('NRRD0004\ntype: short'), /does not end|does not say/],
    ['cut off in the voxels', file(header('endian: little\nencoding: raw'), little.subarray(0, 9)), /cut short/],
    ['cut off in packed voxels', file(header('endian: little\nencoding: gzip'), gzipSync(little).subarray(0, 14)), /cut short/],
    ['that unpacks to more', file(header('endian: little\nencoding: gzip'), gzipSync(Buffer.alloc(200_000))), /unpacks to more/],
    ['of text that is no number', file(header('encoding: ascii'), '1 2 x 4 5 6'), /no numbers/],
    ['of absurd size', file(header('encoding: raw').replace('3 2 1', '99999 99999 99999'), little), /too large/],
    ['of vectors', file(header('encoding: raw').replace('dimension: 3', 'dimension: 4').replace('3 2 1', '3 3 2 1'), little), /numbers/],
    ['of blocks', file(header('encoding: raw').replace('short', 'block'), little), /block/],
    ['in bzip2', file(header('encoding: bzip2'), little), /bzip2/],
    ['without depth', file(header('encoding: raw').replace('(0,0,4)', '(0,1,0)'), little), /one plane/],
    ['that leads out of its folder', file(header('encoding: raw\ndata file: ../../etc/passwd')), /outside its folder/],
  ])('refuses a file %s in one line', async (_, bytes, message) => {
    const path = join(folder, 'bad.nrrd')
    writeFileSync(path, bytes)
    await expect(loadNrrd(path)).rejects.toThrow(EmendError)
    await expect(loadNrrd(path)).rejects.toThrow(message)
  }) // prettier-ignore
})

const dcmqi = dataPath('awkward', 'dcmqi-ct-3-slices-seg')

describe.skipIf(!dcmqi)('the masks that dcmqi was given', () => {
  it('equal the segments that it wrote', async () => {
    const seg = join(dcmqi ?? '', 'seg')
    const { volume } = await loadNrrd(join(seg, 'liver_seg.nrrd'))
    const object = await loadLabelObject(join(seg, 'liver.dcm'))
    const { labels } = await object.paint(volume, undefined, new Map([[1, 1]]))
    expect(labels.data.some((id) => id === 1)).toBe(true)
    expect(labels.data.every((id, n) => id === Number(volume.data[n] !== 0))).toBe(true)
  })

  it('equal overlapping segments too, put together', async () => {
    const seg = join(dcmqi ?? '', 'seg')
    const masks = await Promise.all([1, 2, 3].map((n) => loadNrrd(join(seg, `partial_overlaps-${n}.nrrd`))))
    const object = await loadLabelObject(join(seg, 'partial_overlaps.dcm'))
    const { labels } = await object.paint(masks[0].volume, undefined, new Map(object.regions.map(({ number }) => [number, 1]))) // prettier-ignore
    const union = labels.data.map((_, n) => Number(masks.some(({ volume }) => volume.data[n] !== 0)))
    expect(labels.data).toEqual(union)
  })

  it('lie on the CT that they label, written out again too', async () => {
    const ct = (await readImages([dcmqi ?? ''])).volumes.find(({ dicom }) => dicom)
    const { volume } = await loadNrrd(join(dcmqi ?? '', 'seg', 'liver_seg.nrrd'))
    expect(volume.dims).toEqual(ct?.volume.dims)
    expect(affinesAgree(volume.affine, ct?.volume.affine ?? volume.affine, 1e-3)).toBe(true)
    await saveNrrd(join(folder, 'again.nrrd'), volume)
    expect((await loadNrrd(join(folder, 'again.nrrd'))).volume).toEqual(volume)
  })
})
