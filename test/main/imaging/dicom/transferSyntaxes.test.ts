import createOpenJph from '@cornerstonejs/codec-openjph/wasmjs'
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { parseDicom } from '../../../../src/main/imaging/dicom/attributes'
import { pixelFormatOf, type PixelFormat } from '../../../../src/main/imaging/dicom/instance'
import { PixelReader, type StoredPixels } from '../../../../src/main/imaging/dicom/pixels'
import { dataPath } from '../../../data'
import { commandExists } from '../../../peers'
import { encodedSlice } from './encodedSlices'

const folder = mkdtempSync(join(tmpdir(), 'emend-syntaxes-'))
afterAll(() => rmSync(folder, { recursive: true }))

const slices = ['CT1', 'CT2'].map((name) => dataPath('awkward', 'transfer-syntaxes', 'WG04_CT', `${name}_UNC`) ?? '')
const present = !slices.includes('')
const scanners = [
  ['CT1', slices[0]],
  ['CT2', slices[1]],
]

function formatOf(bytes: Uint8Array): PixelFormat {
  const format = pixelFormatOf(parseDicom(bytes, 'it', 'pixels'))
  if ('reason' in format) throw new Error(format.reason)
  return format
}

function pixelsOf(path: string): Promise<StoredPixels> {
  const bytes = readFileSync(path)
  return new PixelReader(bytes, formatOf(bytes), path).frame(0)
}

function worstDifference(a: StoredPixels, b: StoredPixels): number {
  expect(a.length).toBe(b.length)
  let worst = 0
  for (let n = 0; n < a.length; n++) worst = Math.max(worst, Math.abs(a[n] - b[n]))
  return worst
}

/** What another toolkit makes of a slice; returns the new file. */
function converted(tool: string, options: readonly string[], from: string): string {
  const to = join(folder, `${tool}${options.join('')}-${from.replace(/.*\//, '')}`)
  execFileSync(tool, [...options, from, to], { stdio: 'ignore' })
  return to
}

const dcmtk = ['dcmconv', 'dcmcrle', 'dcmcjpeg', 'dcmdjpeg', 'dcmcjpls'].every(commandExists)

const lossless = [
  ['implicit little endian (.2)', 'dcmconv', '+ti'],
  ['explicit little endian (.2.1)', 'dcmconv', '+te'],
  ['explicit big endian (.2.2)', 'dcmconv', '+tb'],
  ['deflated (.2.1.99)', 'dcmconv', '+td'],
  ['RLE (.2.5)', 'dcmcrle', ''],
  ...[1, 2, 3, 4, 5, 6, 7].map((n) => [`JPEG lossless, prediction ${n} (.57)`, 'dcmcjpeg', `+el +sv ${n}`]),
  ['JPEG lossless, first order (.70)', 'dcmcjpeg', '+e1'],
  ['JPEG-LS lossless (.80)', 'dcmcjpls', '+el'],
]

describe.skipIf(!present || !dcmtk)('slices that DCMTK wrote in', () => {
  it.each(lossless.flatMap((syntax) => scanners.map((scanner) => [...scanner, ...syntax])))(
    '%s %s: %s decodes to the uncompressed pixels',
    async (_, path, _syntax, tool, options) => {
      const decoded = await pixelsOf(converted(tool, options.split(' ').filter(Boolean), path))
      expect(worstDifference(decoded, await pixelsOf(path))).toBe(0)
    },
  )

  it.each(
    [
      ['JPEG baseline, 8 bits (.50)', 'dcmcjpeg', '+eb'],
      ['JPEG extended, 12 bits (.51)', 'dcmcjpeg', '+ee'],
      ['JPEG extended, 12 bits, low quality (.51)', 'dcmcjpeg', '+ee +q 40'],
    ].flatMap((syntax) => scanners.map((scanner) => [...scanner, ...syntax])),
  )('%s %s: %s decodes within 1 of what DCMTK decodes', async (_, path, _syntax, tool, options) => {
    const lossy = converted(tool, options.split(' '), path)
    const decoded = await pixelsOf(lossy)
    expect(worstDifference(decoded, await pixelsOf(converted('dcmdjpeg', [], lossy)))).toBeLessThanOrEqual(1)
  })

  it('JPEG-LS near lossless (.81) stays within its bound', async () => {
    // DCMTK writes unsigned pixels only.
    const unsigned = converted('dcmdjpeg', [], converted('dcmcjpeg', ['+ee'], slices[0]))
    for (const near of [1, 3, 10]) {
      const lossy = converted('dcmcjpls', ['+en', '+md', String(near)], unsigned)
      expect(worstDifference(await pixelsOf(lossy), await pixelsOf(unsigned))).toBe(near)
    }
  })

  it('RLE of 32 bits decodes to the uncompressed pixels', async () => {
    const values = Uint32Array.from({ length: 12 }, (_, n) => (n * 2654435761) >>> 0)
    const plain = join(folder, 'wide.dcm')
    writeFileSync(plain, encodedSlice(0, [], { BitsAllocated: 32, BitsStored: 32, HighBit: 31, PixelRepresentation: 0, PixelData: values.buffer })) // prettier-ignore
    expect(await pixelsOf(converted('dcmcrle', [], plain))).toEqual(values)
  })

  it('big endian with 8 bits in 16-bit words decodes to the uncompressed pixels', async () => {
    const values = Uint8Array.from({ length: 12 }, (_, n) => 20 * n)
    const plain = join(folder, 'narrow.dcm')
    writeFileSync(plain, encodedSlice(0, [], { BitsAllocated: 8, BitsStored: 8, HighBit: 7, PixelRepresentation: 0, PixelData: values.buffer, _vrMap: { PixelData: 'OW' } })) // prettier-ignore
    expect(await pixelsOf(converted('dcmconv', ['+tb'], plain))).toEqual(values)
  })
})

describe.skipIf(!present)('slices in high-throughput JPEG 2000', () => {
  const RPCL = 2
  const kinds = [
    ['lossless (.201)', '1.2.840.10008.1.2.4.201', true, 0],
    ['lossless, by resolution (.202)', '1.2.840.10008.1.2.4.202', true, RPCL],
  ] as const

  it.each(kinds.flatMap((kind) => scanners.map(([name, path]) => [name, path, ...kind] as const)))(
    '%s %s: %s decode to the uncompressed pixels',
    async (_, path, _name, syntax, exact, order) => {
      const original = await pixelsOf(path)
      const decoded = await throughHtj2k(path, original, syntax, exact, order)
      expect(worstDifference(decoded, original)).toBe(0)
    },
  )

  it('lossy (.203) stay within the step that they were quantized by', async () => {
    const original = await pixelsOf(slices[0])
    const decoded = await throughHtj2k(slices[0], original, '1.2.840.10008.1.2.4.203', false, RPCL)
    const worst = worstDifference(decoded, original)
    expect(worst).toBeGreaterThan(0)
    expect(worst).toBeLessThan(200)
  })
})

/** Encodes with OpenJPH, puts the frame into the file in place of its pixels, and decodes that. */
async function throughHtj2k(
  path: string,
  pixels: StoredPixels,
  transferSyntax: string,
  exact: boolean,
  order: number,
): Promise<StoredPixels> {
  const file = readFileSync(path)
  const format = { ...formatOf(file), transferSyntax }
  const { HTJ2KEncoder } = await createOpenJph({ print: () => undefined, printErr: () => undefined })
  const encoder = new HTJ2KEncoder()
  const frame = { width: format.columns, height: format.rows, bitsPerSample: 16, componentCount: 1, isSigned: format.signed, isUsingColorTransform: false } // prettier-ignore
  encoder.getDecodedBuffer(frame).set(new Uint8Array(pixels.buffer, pixels.byteOffset, pixels.byteLength))
  encoder.setQuality(exact, exact ? 0 : 0.0005)
  encoder.setProgressionOrder(order)
  encoder.encode()
  const encoded = Uint8Array.from(encoder.getEncodedBuffer())
  encoder.delete()
  return new PixelReader(withFrame(file, encoded), format, path).frame(0)
}

/** An explicit little endian file with one encapsulated frame for its pixels. */
function withFrame(file: Uint8Array, frame: Uint8Array): Uint8Array {
  const header = file.subarray(0, parseDicom(file, 'it').dataSet.elements['x7fe00010'].dataOffset - 12)
  const even = frame.length + (frame.length % 2)
  const element = Buffer.alloc(12 + 8 + 8 + even + 8)
  element.write('\xe0\x7f\x10\x00OB\0\0\xff\xff\xff\xff', 0, 'latin1')
  element.write('\xfe\xff\x00\xe0\0\0\0\0', 12, 'latin1')
  element.write('\xfe\xff\x00\xe0', 20, 'latin1')
  element.writeUInt32LE(even, 24)
  element.set(frame, 28)
  element.write('\xfe\xff\xdd\xe0\0\0\0\0', 28 + even, 'latin1')
  return Buffer.concat([header, element])
}
