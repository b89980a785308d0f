import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { Unpacker } from '../../../src/renderer/review/unpacker'

const file = Uint8Array.from({ length: 5000 }, (_, n) => Math.imul(n, 2654435761) >>> 13)

function unpacked(packed: Uint8Array, { start = 352, length = file.length - 352, piece = 100 } = {}) {
  const unpacker = new Unpacker(start, length)
  for (let from = 0; from < packed.length; from += piece) unpacker.add(packed.slice(from, from + piece))
  return unpacker.end()
}

describe('a packed file that comes in pieces', () => {
  it.each([1, 7, 100, 1 << 20])('of %i bytes becomes the voxels in it', async (piece) => {
    const voxels = await unpacked(gzipSync(file), { piece })
    expect(voxels && new Uint8Array(voxels)).toEqual(file.subarray(352))
  })

  it('is told of while it comes, each voxel once and at its place', async () => {
    const large = Uint8Array.from({ length: 3_500_000 }, (_, n) => Math.imul(n, 2654435761) >>> 19)
    const packed = gzipSync(large, { level: 1 })
    const told = new Uint8Array(large.length - 352)
    const places: number[] = []
    const unpacker = new Unpacker(352, told.length, ({ at, bytes }) => {
      expect(at).toBe(places.at(-1) ?? 0)
      told.set(bytes, at)
      places.push(at + bytes.length)
    })
    for (let from = 0; from < packed.length; from += 50_000) unpacker.add(packed.slice(from, from + 50_000))
    const voxels = await unpacker.end()
    expect(places.length).toBeGreaterThan(2)
    expect(places.at(-1)).toBe(told.length)
    expect(Buffer.compare(told, new Uint8Array(voxels!))).toBe(0)
    expect(Buffer.compare(told, large.subarray(352))).toBe(0)
  })

  it('is nothing where it is cut short, damaged, too long or too short', async () => {
    const packed = gzipSync(file)
    expect(await unpacked(packed.subarray(0, -20))).toBeNull()
    expect(await unpacked(packed.map((byte, n) => (n === 300 ? byte ^ 255 : byte)))).toBeNull()
    expect(await unpacked(packed, { length: file.length - 353 })).toBeNull()
    expect(await unpacked(packed, { length: file.length - 351 })).toBeNull()
    expect(await unpacked(Uint8Array.of())).toBeNull()
  })
})
