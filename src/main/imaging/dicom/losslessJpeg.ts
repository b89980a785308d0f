import { Decoder as LosslessJpegDecoder } from 'jpeg-lossless-decoder-js'

/** A grey picture in lossless JPEG (process 14), as little-endian samples of one or two bytes. */
export function decodeLosslessJpeg(frame: Uint8Array, bytesPerSample: 1 | 2): Uint8Array {
  const padded = withPaddedEnd(frame)
  const samples = new WholeNumberDecoder().decode(padded.buffer, 0, padded.length, bytesPerSample)
  return new Uint8Array(samples.buffer, samples.byteOffset, samples.byteLength)
}

/** jpeg-lossless-decoder-js halves prediction 7 to fractions, where the standard has whole numbers. */
class WholeNumberDecoder extends LosslessJpegDecoder {
  override select7(offset?: number): number {
    return (this.getPreviousX(offset) + this.getPreviousY(offset)) >> 1
  }
}

/**
 * jpeg-lossless-decoder-js loses the last pixel where its bits end right at the end marker: zeros before the marker,
 * which no pixel is left to read, keep it from looking ahead too early.
 */
function withPaddedEnd(frame: Uint8Array): Uint8Array<ArrayBuffer> {
  const marker = frame.lastIndexOf(0xd9) - 1
  const end = marker > 0 && frame[marker] === 0xff ? marker : frame.length
  const padded = new Uint8Array(end + 10)
  padded.set(frame.subarray(0, end))
  padded.set([0xff, 0xd9], end + 8)
  return padded
}
