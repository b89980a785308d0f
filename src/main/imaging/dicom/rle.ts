/**
 * Decodes one frame of DICOM's RLE (PS3.5 Annex G): one PackBits segment for each byte of a sample, the highest byte
 * first.
 * @param frame a 64-byte header (number of segments, then their offsets), then the segments
 * @param pixels samples in the frame
 * @param width bytes a sample
 * @returns little-endian samples
 * @throws RangeError where the frame is damaged or of another size
 */
export function decodeRle(frame: Uint8Array, pixels: number, width: number): Uint8Array {
  if (frame.length < 64) throw new RangeError('the frame is shorter than its header')
  const header = new DataView(frame.buffer, frame.byteOffset, 64)
  const segments = header.getUint32(0, true)
  if (segments !== width) throw new RangeError(`${segments} segments where ${width} are due`)
  const samples = new Uint8Array(pixels * width)
  for (let s = 0; s < segments; s++) {
    const start = header.getUint32(4 * (s + 1), true)
    const end = s + 1 < segments ? header.getUint32(4 * (s + 2), true) : frame.length
    if (start < 64 || end > frame.length || end < start) throw new RangeError('a segment lies outside the frame')
    unpackBits(frame.subarray(start, end), samples, width - 1 - s, width, pixels)
  }
  return samples
}

function unpackBits(packed: Uint8Array, out: Uint8Array, first: number, stride: number, count: number): void {
  let at = 0
  let done = 0
  while (done < count && at < packed.length) {
    const control = packed[at++]
    if (control === 128) continue
    const run = control > 128
    const length = Math.min(run ? 257 - control : control + 1, count - done)
    if (at + (run ? 1 : length) > packed.length) break
    for (let n = 0; n < length; n++) out[first + stride * (done + n)] = packed[run ? at : at + n]
    at += run ? 1 : control + 1
    done += length
  }
  if (done < count) throw new RangeError(`only ${done} of ${count} samples are there`)
}
