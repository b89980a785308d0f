import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it, vi } from 'vitest'
import { parseDicom } from '../../../../src/main/imaging/dicom/attributes'
import { instanceFrom, type Instance } from '../../../../src/main/imaging/dicom/instance'
import { PixelReader, type StoredPixels } from '../../../../src/main/imaging/dicom/pixels'
import { decodeRle } from '../../../../src/main/imaging/dicom/rle'
import { EmendError } from '../../../../src/shared/errors'
import { dataPath } from '../../../data'

const wg04 = dataPath('awkward', 'transfer-syntaxes', 'WG04_CT')

function instanceOf(bytes: Uint8Array): Instance {
  const found = instanceFrom(parseDicom(bytes, 'it', 'pixels'), { name: 'it', read: () => Promise.resolve(bytes) })
  if ('reason' in found) throw new Error(found.reason)
  return found
}

function decode(bytes: Uint8Array): Promise<StoredPixels> {
  return new PixelReader(bytes, instanceOf(bytes).pixels, 'it').frame(0)
}

function differences(a: StoredPixels, b: StoredPixels): { worst: number; mean: number } {
  const all = Float64Array.from(a, (value, n) => Math.abs(value - b[n]))
  return { worst: all.reduce((most, d) => Math.max(most, d)), mean: all.reduce((sum, d) => sum + d) / all.length }
}

const load = (name: string): Uint8Array => readFileSync(join(wg04 ?? '', name))

describe.skipIf(!wg04)('WG-04 test images', () => {
  const scanners = ['CT1', 'CT2']
  it.each(scanners.flatMap((scanner) => ['RLE', 'JPLL', 'JLSL', 'J2KR'].map((syntax) => [scanner, syntax])))(
    '%s %s decodes to the uncompressed pixels',
    async (scanner, syntax) => {
      const decoded = await decode(load(`${scanner}_${syntax}`))
      const original = await decode(load(`${scanner}_UNC`))
      expect(decoded.constructor).toBe(original.constructor)
      expect(differences(decoded, original)).toEqual({ worst: 0, mean: 0 })
    },
  )

  it.each(scanners)('%s near-lossless JPEG-LS stays within its bound', async (scanner) => {
    const original = await decode(load(`${scanner}_UNC`))
    const lossy = await decode(load(`${scanner}_JLSN`))
    expect(differences(lossy, original).worst).toBe(4)
  })

  it('lossy JPEG 2000 is near the original, and the codec keeps quiet', async () => {
    const print = vi.spyOn(console, 'log')
    const original = await decode(load('CT1_UNC'))
    const lossy = await decode(load('CT1_J2KI'))
    expect(differences(lossy, original).mean).toBeLessThan(30)
    expect(print).not.toHaveBeenCalled()
  })

  it.each(['UNC', 'RLE', 'JPLL', 'JLSL', 'J2KR'])('a cut-off %s file is an error that names it', async (syntax) => {
    const whole = load(`CT1_${syntax}`)
    const cut = whole.subarray(0, Math.round(whole.length * 0.6))
    await expect(Promise.resolve().then(() => decode(cut))).rejects.toThrow(EmendError)
  })
})

describe('decodeRle', () => {
  it('reads runs and literals, the high bytes first', () => {
    const frame = new Uint8Array(64 + 2 + 5)
    new DataView(frame.buffer).setUint32(0, 2, true)
    new DataView(frame.buffer).setUint32(4, 64, true)
    new DataView(frame.buffer).setUint32(8, 66, true)
    frame.set([257 - 4, 1, 3, 5, 6, 7, 8], 64)
    expect([...new Uint16Array(decodeRle(frame, 4, 2).buffer)]).toEqual([0x105, 0x106, 0x107, 0x108])
  })

  it('answers rubbish with a RangeError or samples of the right size', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 64, maxLength: 200 }), fc.constantFrom(1, 2, 4), (bytes, width) => {
        bytes.set([width, 0, 0, 0, 64, 0, 0, 0])
        try {
          expect(decodeRle(bytes, 16, width)).toHaveLength(16 * width)
        } catch (error) {
          expect(error).toBeInstanceOf(RangeError)
        }
      }),
    )
  })
})
