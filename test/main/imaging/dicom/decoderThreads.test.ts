import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { DecoderThreads, FrameMemory } from '../../../../src/main/imaging/dicom/decoderThreads'
import { decodeFrame, type FrameCodec } from '../../../../src/main/imaging/dicom/frameCodecs'
import { parseDicom } from '../../../../src/main/imaging/dicom/attributes'
import { pixelFormatOf, type PixelFormat } from '../../../../src/main/imaging/dicom/instance'
import { PixelReader } from '../../../../src/main/imaging/dicom/pixels'
import { dataPath } from '../../../data'
import { bundle } from '../../bundle'

const rle: PixelFormat = { transferSyntax: '1.2.840.10008.1.2.5', rows: 1, columns: 4, frames: 1, bitsAllocated: 8, bitsStored: 8, highBit: 7, signed: false } // prettier-ignore

/** One RLE segment: its header, and a run of four. */
function runOf(value: number): Uint8Array {
  const frame = new Uint8Array(66)
  frame.set([1, 0, 0, 0, 64])
  frame.set([256 - 3, value], 64)
  return frame
}

const decode = (threads: DecoderThreads): FrameCodec => threads.into(new FrameMemory())

describe('DecoderThreads', () => {
  let program = ''
  beforeAll(async () => (program = await bundle('src/main/imaging/dicom/decode.thread.ts')))

  it('decodes as this thread does, more frames than threads, each to its own answer', async () => {
    const threads = DecoderThreads.open(program, 2)
    if (!threads) throw new Error('no threads')
    expect(threads.count).toBe(2)
    const values = Array.from({ length: 20 }, (_, n) => n)
    const decoded = await Promise.all(values.map((value) => decode(threads)(runOf(value), rle)))
    expect(decoded.map((samples) => [...samples])).toEqual(values.map((value) => Array(4).fill(value)))
    await threads.close()
  })

  it('says what is damaged as this thread does, and goes on', async () => {
    const threads = DecoderThreads.open(program, 2)
    if (!threads) throw new Error('no threads')
    const here = await decodeFrame(new Uint8Array(3), rle).catch((error: Error) => error.message)
    await expect(decode(threads)(new Uint8Array(3), rle)).rejects.toThrow(String(here))
    expect([...(await decode(threads)(runOf(9), rle))]).toEqual([9, 9, 9, 9])
    await threads.close()
  })

  it('decodes in this thread where the others cannot start', async () => {
    const threads = DecoderThreads.open('/nowhere/decode.thread.js', 3)
    if (!threads) throw new Error('no threads')
    const decoded = await Promise.all([1, 2, 3, 4, 5].map((value) => decode(threads)(runOf(value), rle)))
    expect(decoded.map(([first]) => first)).toEqual([1, 2, 3, 4, 5])
    expect([...(await decode(threads)(runOf(6), rle))]).toEqual([6, 6, 6, 6])
    await threads.close()
  })

  it('is of no use on one core', () => {
    expect(DecoderThreads.open(program, 1)).toBeNull()
  })

  const wg04 = dataPath('awkward', 'transfer-syntaxes', 'WG04_CT')
  it.skipIf(!wg04).each(['JPLL', 'JLSL', 'JLSN', 'J2KR', 'J2KI', 'RLE'])('gives the pixels of %s', async (syntax) => {
    const threads = DecoderThreads.open(program, 2)
    if (!threads) throw new Error('no threads')
    const bytes = readFileSync(join(wg04 ?? '', `CT1_${syntax}`))
    const format = pixelFormatOf(parseDicom(bytes, 'it', 'pixels'))
    if ('reason' in format) throw new Error(format.reason)
    const here = await new PixelReader(bytes, format, 'it').allocated(0)
    const there = await new PixelReader(bytes, format, 'it').allocated(0, decode(threads))
    expect(Buffer.from(there).equals(Buffer.from(here))).toBe(true)
    await threads.close()
  })
})
