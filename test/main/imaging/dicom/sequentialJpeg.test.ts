import fc from 'fast-check'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { decodeSequentialJpeg } from '../../../../src/main/imaging/dicom/sequentialJpeg'
import { python, pythonHas } from '../../../peers'

const folder = mkdtempSync(join(tmpdir(), 'emend-jpeg-'))
afterAll(() => rmSync(folder, { recursive: true }))

const peer = pythonHas('PIL', 'numpy')

/** A picture of 8 bits that libjpeg wrote, and what libjpeg reads back. */
function written(width: number, height: number, restart: number): { bytes: Buffer; pixels: Uint8Array } {
  const script = `
import sys, io, base64, json, numpy as np
from PIL import Image
w, h, r = map(int, sys.argv[1:4])
y, x = np.mgrid[0:h, 0:w]
a = (127 + 100 * np.sin(x / 3.0) * np.cos(y / 5.0) + 20 * ((x * 7 + y * 13) % 3)).clip(0, 255).astype(np.uint8)
f = io.BytesIO()
Image.fromarray(a).save(f, 'JPEG', quality=85, restart_marker_blocks=r)
p = np.array(Image.open(io.BytesIO(f.getvalue())))
print(json.dumps([base64.b64encode(f.getvalue()).decode(), base64.b64encode(p.tobytes()).decode()]))`
  const [bytes, pixels] = JSON.parse(python(script, String(width), String(height), String(restart))) as string[]
  return { bytes: Buffer.from(bytes, 'base64'), pixels: Buffer.from(pixels, 'base64') }
}

describe.skipIf(!peer)('decodeSequentialJpeg', () => {
  it.each([
    [64, 48, 0],
    [61, 35, 0],
    [1, 1, 0],
    [64, 48, 5],
  ])('reads a picture of %i x %i, restarting after %i blocks, within 1 of libjpeg', (width, height, restart) => {
    const { bytes, pixels } = written(width, height, restart)
    const decoded = decodeSequentialJpeg(bytes, width * height)
    expect([decoded.width, decoded.height, decoded.precision]).toEqual([width, height, 8])
    decoded.samples.forEach((value, n) => expect(Math.abs(value - pixels[n])).toBeLessThanOrEqual(1))
  })

  it('answers damage with a RangeError or samples, and asks for no more memory than it may', () => {
    const { bytes } = written(40, 24, 0)
    const hit = fc.tuple(fc.nat({ max: bytes.length - 1 }), fc.nat({ max: 255 }))
    fc.assert(
      fc.property(fc.array(hit, { minLength: 1, maxLength: 6 }), fc.nat({ max: bytes.length }), (hits, cut) => {
        const damaged = Uint8Array.from(bytes)
        for (const [at, value] of hits) damaged[at] = value
        for (const file of [damaged, damaged.subarray(0, cut)]) {
          try {
            const { samples } = decodeSequentialJpeg(file, 40 * 24)
            expect(samples.length).toBeLessThanOrEqual(40 * 24)
          } catch (error) {
            expect(error).toBeInstanceOf(RangeError)
          }
        }
      }),
      { numRuns: 500 },
    )
  })
})
