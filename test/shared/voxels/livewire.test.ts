import { describe, expect, it } from 'vitest'
import { seededRandom } from '../../../src/shared/random'
import { Livewire, type Picture } from '../../../src/shared/voxels/livewire'
import { fillPolygons, type Corner } from '../../../src/shared/voxels/polygon'

const [width, height] = [90, 80]
const [x0, y0, radius] = [44, 40, 28]

/** A disc of 110 HU in fat, with a CT's noise. */
function disc(noise: number): Picture {
  const random = seededRandom(9)
  const values = Int16Array.from({ length: width * height }, (_, n) => {
    const inside = Math.hypot((n % width) - x0, Math.floor(n / width) - y0) <= radius
    return Math.round((inside ? 110 : -90) + noise * random.normal())
  })
  return { width, height, spacing: [0.8, 0.8], values }
}

const onCircle = (turn: number): Corner => [
  Math.round(x0 + radius * Math.cos(2 * Math.PI * turn)),
  Math.round(y0 + radius * Math.sin(2 * Math.PI * turn)),
]

describe('a livewire', () => {
  it('keeps to an edge between far corners, in the noise of a CT', () => {
    const picture = disc(18)
    const outline = [0, 1, 2].flatMap((n) => new Livewire(picture, onCircle(n / 3)).pathTo(onCircle((n + 1) / 3)))
    for (const [x, y] of outline) expect(Math.abs(Math.hypot(x - x0, y - y0) - radius)).toBeLessThan(3)
    const filled = new Uint8Array(width * height)
    fillPolygons(filled, width, height, [outline])
    const area = filled.reduce((sum, value) => sum + value, 0)
    expect(Math.abs(area / (Math.PI * radius ** 2) - 1)).toBeLessThan(0.08)
  })

  it('goes step by step to where it is asked, and starts after its start', () => {
    const wire = new Livewire(disc(10), [5, 6])
    expect(wire.pathTo([5, 6])).toEqual([])
    for (const goal of [
      [80, 70],
      [2, 75],
      [44, 40],
    ] as const) {
      const path = wire.pathTo(goal)
      expect(path.at(-1)).toEqual(goal)
      let [x, y]: Corner = [5, 6]
      for (const [nextX, nextY] of path) {
        expect(Math.max(Math.abs(nextX - x), Math.abs(nextY - y))).toBe(1)
        ;[x, y] = [nextX, nextY]
      }
    }
  })

  it('goes the shortest way where the picture is flat', () => {
    const flat = { width: 30, height: 20, spacing: [1, 2], values: new Int16Array(600) } as const
    expect(new Livewire(flat, [3, 4]).pathTo([12, 4])).toHaveLength(9)
    expect(new Livewire(flat, [3, 4]).pathTo([3, 15])).toHaveLength(11)
  })

  it('refuses to start outside the picture', () => {
    expect(() => new Livewire(disc(0), [90, 3])).toThrow(RangeError)
  })
})
