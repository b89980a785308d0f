import { describe, expect, it } from 'vitest'
import { EmendError } from '../../../src/shared/errors'
import type { Vec3 } from '../../../src/shared/geometry/affine'
import { mirrored } from '../../../src/main/segmentation/mirroring'
import type { ModelManifest } from '../../../src/main/segmentation/manifest'
import type { Network } from '../../../src/main/segmentation/network'

const preprocess: ModelManifest['preprocess'] = {
  orientation: 'RAS',
  grid: { kind: 'native' },
  intensity: { kind: 'z-score', clamp: [null, null] },
}
const manifest = (
  channels: string[],
  axes: 'kji' | 'ijk' = 'kji',
): Pick<ModelManifest, 'channels' | 'input' | 'preprocess'> => ({ channels, input: { name: 'x', axes }, preprocess })

/** Answers with the image and with its index, so that a turn that is not undone shows. */
function probe(seen: Float32Array[]): Network {
  return {
    device: 'cpu',
    classes: 2,
    run(image: Float32Array) {
      seen.push(image.slice())
      const index = image.map((_, n) => n)
      return Promise.resolve(Float32Array.from([...image, ...index]))
    },
    close: () => Promise.resolve(),
  }
}

const dims: Vec3 = [2, 2, 2]
const image = Float32Array.of(1, 2, 3, 4, 5, 6, 7, 8)

describe('mirrored', () => {
  it('means the views of each combination of axes, turned back', async () => {
    const seen: Float32Array[] = []
    const scores = await mirrored(probe(seen), manifest(['background', 'liver']), ['LR', 'SI'], [1, 1, 1]).run(image, dims) // prettier-ignore
    expect(seen.map((view) => [...view])).toEqual([
      [1, 2, 3, 4, 5, 6, 7, 8],
      [2, 1, 4, 3, 6, 5, 8, 7],
      [5, 6, 7, 8, 1, 2, 3, 4],
      [6, 5, 8, 7, 2, 1, 4, 3],
    ])
    expect([...scores.subarray(0, 8)]).toEqual([...image])
    // The network's own mark of each place, met by every place in turn: its mean along the two axes.
    expect([...scores.subarray(8)]).toEqual([2.5, 2.5, 4.5, 4.5, 2.5, 2.5, 4.5, 4.5])
  })

  it('goes by the patient’s directions where the tensor’s axes are named in reverse', async () => {
    const seen: Float32Array[] = []
    await mirrored(probe(seen), manifest(['background', 'liver'], 'ijk'), ['SI'], [1, 1, 1]).run(image, dims)
    expect([...seen[1]]).toEqual([2, 1, 4, 3, 6, 5, 8, 7])
  })

  it('does not swap sides that the model tells apart', () => {
    const sided = manifest(['background', 'left-kidney', 'right-kidney'])
    expect(() => mirrored(probe([]), sided, ['LR'], [1, 1, 1])).toThrow(EmendError)
    expect(() => mirrored(probe([]), sided, ['AP'], [1, 1, 1])).not.toThrow()
  })
})
