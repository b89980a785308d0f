import fc from 'fast-check'
import { zipSync } from 'fflate'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { encodeCtSeries } from '../../../../src/main/imaging/dicom/ctSeries'
import { readImages } from '../../../../src/main/imaging/import/readImages'
import { voxelCount, type Volume } from '../../../../src/main/imaging/volume'
import { EmendError } from '../../../../src/shared/errors'
import { noise } from '../arbitrary'

const folder = mkdtempSync(join(tmpdir(), 'emend-damage-'))
afterAll(() => rmSync(folder, { recursive: true }))

const ct: Volume<Int16Array> = {
  dims: [10, 12, 8],
  affine: [
    [-0.8, 0, 0, 50],
    [0, -0.8, 0, 60],
    [0, 0, 2.5, -200],
  ],
  data: Int16Array.from(noise(voxelCount([10, 12, 8]), 3), (v) => v * 1400 - 1000),
}
const slices = encodeCtSeries(ct, { uidSeed: 'damage', when: new Date(0) })

/** Packs some slices into an archive and reads it. */
async function readPacked(files: Record<string, Uint8Array>): ReturnType<typeof readImages> {
  const path = join(folder, 'series.zip')
  writeFileSync(path, zipSync(files, { level: 0 }))
  return readImages([path])
}

const named = (chosen: readonly Uint8Array[]): Record<string, Uint8Array> =>
  Object.fromEntries(chosen.map((bytes, n) => [`${n}.dcm`, bytes]))

describe('a series with something wrong', () => {
  it('whole, gives its voxels back', async () => {
    const { volumes } = await readPacked(named(slices.toReversed()))
    expect(volumes[0].volume.data).toEqual(ct.data)
    expect(volumes[0].warnings).toEqual([])
  })

  it('with a slice missing, keeps the others at their millimetres and says so', async () => {
    const { volumes } = await readPacked(named(slices.filter((_, n) => n !== 3)))
    const [{ volume, warnings }] = volumes
    expect(volume.dims).toEqual(ct.dims)
    expect(warnings).toEqual(['1 slice is missing; filled by interpolation between the neighbours'])
    const size = 120
    for (const k of [0, 1, 2, 4, 5, 6, 7]) {
      expect(volume.data.slice(k * size, (k + 1) * size)).toEqual(ct.data.slice(k * size, (k + 1) * size))
    }
    const between = ct.data[2 * size] / 2 + ct.data[4 * size] / 2
    expect(Math.abs(volume.data[3 * size] - between)).toBeLessThanOrEqual(0.5)
  })

  it('with a slice twice, reads it once and says so', async () => {
    const { volumes } = await readPacked(named([...slices, slices[2]]))
    expect(volumes[0].volume.data).toEqual(ct.data)
    expect(volumes[0].warnings.join()).toMatch(/came twice/)
  })

  it('mixed with another series, gives two volumes', async () => {
    const other = encodeCtSeries(ct, { uidSeed: 'other', when: new Date(0) })
    const { volumes } = await readPacked(named([...slices, ...other]))
    expect(volumes.map(({ volume }) => volume.dims)).toEqual([ct.dims, ct.dims])
  })

  it('with one slice cut short, is refused by that name', async () => {
    const cut = slices.map((bytes, n) => (n === 4 ? bytes.subarray(0, bytes.length - 50) : bytes))
    await expect(readPacked(named(cut))).rejects.toThrow(/4\.dcm/)
  })

  it('damaged anywhere, is read or refused, never a fault of ours', async () => {
    const length = slices[0].length
    const hit = fc.tuple(fc.nat({ max: 7 }), fc.nat({ max: length - 1 }), fc.nat({ max: 255 }))
    await fc.assert(
      fc.asyncProperty(fc.array(hit, { minLength: 1, maxLength: 10 }), async (hits) => {
        const damaged = slices.map((bytes) => bytes.slice())
        for (const [slice, at, value] of hits) damaged[slice][at] = value
        try {
          for (const { volume } of (await readPacked(named(damaged))).volumes) {
            expect(volume.data).toHaveLength(voxelCount(volume.dims))
            expect(volume.affine.flat().every(Number.isFinite)).toBe(true)
          }
        } catch (error) {
          expect(error).toBeInstanceOf(EmendError)
        }
      }),
      { numRuns: 300 },
    )
  }, 60_000)
})
