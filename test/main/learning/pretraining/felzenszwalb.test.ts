import { spawnSync } from 'node:child_process'
import { describe, expect, it } from 'vitest'
import { felzenszwalb, type RegionOptions } from '../../../../src/main/learning/pretraining/felzenszwalb'
import { seededRandom } from '../../../../src/shared/random'

const PYTHON = '/usr/bin/python3'
const hasSkimage = spawnSync(PYTHON, ['-c', 'import skimage']).status === 0

const program = `
import json, sys
import numpy as np
from skimage.segmentation import felzenszwalb
answers = []
for t in json.load(sys.stdin):
    image = np.array(t["image"], dtype=np.float64).reshape(t["height"], t["width"])
    answers.append(felzenszwalb(image, scale=t["scale"], sigma=t["sigma"], min_size=t["minSize"]).ravel().tolist())
print(json.dumps(answers))
`

const options: RegionOptions = { scale: 100, sigma: 0.8, minSize: 20, within: 'slices', neighbours: 'corners' }

/** Discs of different brightness in noise. */
function scene(width: number, height: number, seed: number): Float32Array {
  const random = seededRandom(seed)
  const discs = Array.from({ length: 4 }, () => [
    random.int(width),
    random.int(height),
    3 + random.int(6),
    random.next(),
  ])
  return Float32Array.from({ length: width * height }, (_, at) => {
    const inside = discs.find(([x, y, radius]) => Math.hypot((at % width) - x, Math.floor(at / width) - y) < radius)
    return Math.min(1, Math.max(0, (inside ? inside[3] : 0.3) + 0.04 * random.normal()))
  })
}

/** Regions renumbered by where each first appears: the partition alone. */
function partition(regions: ArrayLike<number>): number[] {
  const numbers = new Map<number, number>()
  return Array.from(regions, (region) => {
    if (!numbers.has(region)) numbers.set(region, numbers.size)
    return numbers.get(region) ?? -1
  })
}

const cases = [
  [24, 18, 20, 0.8, 20],
  [31, 40, 10, 0.5, 10],
  [20, 20, 40, 1.2, 5],
  [40, 24, 1, 0.8, 1],
] as const

describe('regions', () => {
  it.skipIf(!hasSkimage)("in a slice are scikit-image's", () => {
    const scenes = cases.map(([width, height, scale, sigma, minSize], n) => ({
      width,
      height,
      scale,
      sigma,
      minSize,
      image: scene(width, height, n + 1),
    }))
    const { status, stdout, stderr } = spawnSync(PYTHON, ['-c', program], {
      input: JSON.stringify(scenes.map((one) => ({ ...one, image: [...one.image] }))),
      encoding: 'utf8',
      maxBuffer: 2 ** 26,
    })
    if (status !== 0) throw new Error(stderr)
    const answers = JSON.parse(stdout) as number[][]
    for (const [n, { image, width, height, ...own }] of scenes.entries()) {
      const { regionOf, count } = felzenszwalb(image, [width, height, 1], [0, 1], { ...options, ...own })
      const theirs = partition(answers[n])
      expect(new Set(theirs).size, `scene ${n}`).toBe(count)
      expect(partition(regionOf), `scene ${n}`).toEqual(theirs)
      expect(count).toBeGreaterThan(1)
    }
  })

  it('in slices are those of each slice by itself', () => {
    const [first, second] = [scene(20, 16, 7), scene(20, 16, 8)]
    const both = felzenszwalb(Float32Array.of(...first, ...second), [20, 16, 2], [0, 1], options)
    const alone = [first, second].map((image) => felzenszwalb(image, [20, 16, 1], [0, 1], options))
    expect(both.count).toBe(alone[0].count + alone[1].count)
    expect(partition(both.regionOf.subarray(0, 320))).toEqual(partition(alone[0].regionOf))
    expect(partition(both.regionOf.subarray(320))).toEqual(partition(alone[1].regionOf))
  })

  it('in a volume are its bodies, whichever way neighbours are counted', () => {
    const dims = [12, 12, 12] as const
    const random = seededRandom(3)
    const truth = Array.from({ length: 1728 }, (_, at) => {
      const [x, y, z] = [at % 12, Math.floor(at / 12) % 12, Math.floor(at / 144)]
      return Math.hypot(x - 6, y - 6, z - 6) < 3.5 ? 1 : 0
    })
    const image = Float32Array.from(truth, (inside) => 0.2 + 0.6 * inside + 0.01 * random.normal())
    for (const neighbours of ['faces', 'corners'] as const) {
      const found = felzenszwalb(image, dims, [0, 1], {
        ...options,
        scale: 1000,
        sigma: 0,
        within: 'volume',
        neighbours,
      })
      expect(found.count).toBe(2)
      expect(partition(found.regionOf)).toEqual(partition(truth))
    }
  })

  it('are at least as large as wanted, and cover all', () => {
    const { regionOf, count } = felzenszwalb(scene(30, 30, 5), [30, 30, 1], [0, 1], { ...options, scale: 5 })
    const sizes = new Array<number>(count).fill(0)
    for (const region of regionOf) sizes[region]++
    expect(Math.min(...sizes)).toBeGreaterThanOrEqual(20)
  })
})
