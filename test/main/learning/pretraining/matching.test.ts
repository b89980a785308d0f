import { describe, expect, it } from 'vitest'
import type { Vec3 } from '../../../../src/shared/geometry/affine'
import { seededRandom } from '../../../../src/shared/random'
import { initialParameters } from '../../../../src/main/networks/network'
import type { PreparedImage } from '../../../../src/main/learning/pretraining/images'
import { codeAt, mostAlike, openEncoder, Surroundings } from '../../../../src/main/learning/pretraining/matching'

/** Noise, and the same noise moved by some voxels along each axis. */
function noise(dims: Vec3, moved: Vec3): PreparedImage {
  const at = (i: number, j: number, k: number): number => {
    return seededRandom(100 * ((i + 100) * 100 + j + 100) + k).normal()
  }
  const image = Float32Array.from({ length: dims[0] * dims[1] * dims[2] }, (_, n) => {
    const voxel = [n % dims[0], Math.floor(n / dims[0]) % dims[1], Math.floor(n / (dims[0] * dims[1]))]
    return at(voxel[0] - moved[0], voxel[1] - moved[1], voxel[2] - moved[2])
  })
  return { id: 'noise', dims, spacing: [1, 1, 1], image, low: -4, high: 4, weight: 1 }
}

const config = {
  kind: 'unet',
  inputChannels: 1,
  outputChannels: 6,
  base: 4,
  maxChannels: 8,
  levels: 2,
  stemStride: 2,
} as const

describe('matching', () => {
  it('encodes a part of an image as in the whole, where the windows are the same', async () => {
    const encoder = await openEncoder(config, initialParameters(config, 3), [8, 8, 8], { threads: 1 })
    const whole = noise([24, 8, 8], [0, 0, 0])
    const part = noise([16, 8, 8], [-8, 0, 0])
    const [a, b] = [await encoder.encode(whole), await encoder.encode(part)]
    // The part's windows are the whole's last three, which are all that there is of it from its voxel 8 on.
    for (const i of [8, 12, 15]) {
      const [inWhole, inPart] = [codeAt(a, 8 + i + 24 * (3 + 8 * 3)), codeAt(b, i + 16 * (3 + 8 * 3))]
      inWhole.forEach((value, d) => expect(value).toBeCloseTo(inPart[d], 5))
    }
    const empty = { ...part, image: part.image.map((value, at) => (at % 16 < 8 ? part.low : value)) }
    const codes = await encoder.encode(empty)
    await encoder.close()
    // One voxel of which no window shows anything, and one that a window shows empty beside others.
    for (const i of [0, 7]) expect(codeAt(codes, i).every((value) => value === 0)).toBe(true)
    expect(Math.hypot(...codeAt(codes, 12))).toBeCloseTo(1, 5)
  })

  it('by intensities finds the same surroundings where they were moved to', () => {
    const [query, target] = [noise([14, 12, 10], [0, 0, 0]), noise([16, 13, 12], [2, 1, 2])]
    const brighter = { ...target, image: target.image.map((value) => 3 * value + 7), low: 3 * target.low + 7 }
    expect(new Surroundings(brighter, 2).mostLike(query, [6, 5, 4])).toBe(8 + 16 * (6 + 13 * 6))
    expect(new Surroundings(target, 2).mostLike(query, [6, 5, 4])).toBe(8 + 16 * (6 + 13 * 6))
  })

  it('by intensities looks for nothing where an image shows nothing', () => {
    const image = noise([14, 12, 10], [0, 0, 0])
    const place = 6 + 14 * (5 + 12 * 4)
    const hidden = { ...image, image: image.image.map((value, at) => (at === place ? image.low : value)) }
    expect(new Surroundings(image, 2).mostLike(image, [6, 5, 4])).toBe(place)
    expect(new Surroundings(hidden, 2).mostLike(image, [6, 5, 4])).not.toBe(place)
  })

  it('by an encoder finds every voxel of an image in the image itself, of any size', async () => {
    const encoder = await openEncoder(config, initialParameters(config, 3), [8, 8, 12], { threads: 1 })
    const image = noise([13, 10, 9], [0, 0, 0])
    const encoding = await encoder.encode(image)
    await encoder.close()
    expect([encoding.dims, encoding.dimensions]).toEqual([image.dims, 6])
    for (const voxel of [0, 500, 1169]) {
      const code = codeAt(encoding, voxel)
      expect([code.length, Math.hypot(...code)]).toEqual([6, expect.closeTo(1, 4)])
      expect(mostAlike(code, encoding)).toBe(voxel)
    }
  })
})
