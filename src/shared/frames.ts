/** Several byte strings as one: each behind its length, uint32 little-endian. */
export function packFrames(frames: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const packed = new Uint8Array(frames.reduce((sum, frame) => sum + 4 + frame.length, 0))
  const view = new DataView(packed.buffer)
  let at = 0
  for (const frame of frames) {
    view.setUint32(at, frame.length, true)
    packed.set(frame, at + 4)
    at += 4 + frame.length
  }
  return packed
}

/** @throws RangeError where the bytes are no packed frames. */
export function unpackFrames(packed: Uint8Array): Uint8Array[] {
  const view = new DataView(packed.buffer, packed.byteOffset, packed.byteLength)
  const frames: Uint8Array[] = []
  for (let at = 0; at < packed.length;) {
    const end = at + 4 <= packed.length ? at + 4 + view.getUint32(at, true) : Infinity
    if (end > packed.length) throw new RangeError('the frames are cut short')
    frames.push(packed.subarray(at + 4, end))
    at = end
  }
  return frames
}
