import { describe, expect, it } from 'vitest'
import type { Vec3 } from '../../../src/shared/geometry/affine'
import { seededRandom } from '../../../src/shared/random'
import { grownFromSeeds } from '../../../src/shared/voxels/seeds'

const size: Vec3 = [40, 30, 8]
const spacing: Vec3 = [1, 1, 3]
const total = size[0] * size[1] * size[2]
const at = (i: number, j: number, k: number): number => i + size[0] * (j + size[1] * k)

/** Two boxes of 60 and 130 HU that touch, in fat, with a CT's noise. */
function scene(): { truth: Uint8Array; image: Int16Array } {
  const random = seededRandom(4)
  const truth = new Uint8Array(total)
  for (let k = 1; k < 7; k++)
    for (let j = 8; j < 22; j++) for (let i = 6; i < 34; i++) truth[at(i, j, k)] = i < 20 ? 1 : 2
  const hu = [-90, 60, 130]
  return { truth, image: Int16Array.from(truth, (id) => Math.round(hu[id] + 12 * random.normal())) }
}

function overlap(a: Uint8Array, b: Uint8Array, id: number): number {
  let [both, all] = [0, 0]
  a.forEach((value, n) => {
    both += value === id && b[n] === id ? 2 : 0
    all += (value === id ? 1 : 0) + (b[n] === id ? 1 : 0)
  })
  return both / all
}

describe('growing from seeds', () => {
  const { truth, image } = scene()
  const seeded = new Uint8Array(total)
  for (let i = 10; i < 15; i++) seeded[at(i, 14, 4)] = 1
  for (let i = 24; i < 29; i++) seeded[at(i, 15, 3)] = 2

  it('fills two organs that touch from a dash in each, and leaves the fat', () => {
    const grown = grownFromSeeds(seeded, image, size, spacing, { growing: [1, 2], ground: 0, reachMm: 18 })
    expect(overlap(grown, truth, 1)).toBeGreaterThan(0.87)
    expect(overlap(grown, truth, 2)).toBeGreaterThan(0.87)
  })

  it('grows one structure against the background and walls, which stay as they are', () => {
    const walled = seeded.slice()
    for (let n = 0; n < total; n++) if (truth[n] === 2) walled[n] = 7
    const grown = grownFromSeeds(walled, image, size, spacing, { growing: [1], ground: 0, reachMm: 18 })
    expect(overlap(grown, truth, 1)).toBeGreaterThan(0.87)
    grown.forEach((id, n) => expect(id === 7).toBe(walled[n] === 7))
  })

  it('stops at what the reader painted as background, like tissue as it may be, and leaves no mark of that', () => {
    // Both boxes of the same tissue: nothing but the marks tells them apart.
    const same = Int16Array.from(truth, (id, n) => (id === 2 ? image[n] - 70 : image[n]))
    const marked = seeded.map((id) => (id === 2 ? 9 : id))
    const without = grownFromSeeds(seeded.map((id) => (id === 2 ? 0 : id)), same, size, spacing, { growing: [1], ground: 0, reachMm: 18 }) // prettier-ignore
    const grown = grownFromSeeds(marked, same, size, spacing, { growing: [1], ground: 0, reachMm: 18, against: 9 })
    expect(grown.includes(9)).toBe(false)
    expect(overlap(without, truth, 1)).toBeLessThan(0.75)
    expect(overlap(grown, truth, 1)).toBeGreaterThan(0.85)
    expect(grown.filter((id, n) => id === 1 && marked[n] === 9).length).toBe(0)
  })

  it('keeps the seeds, goes no further than its reach around them, and grows only into the ground it is given', () => {
    const inside = Uint8Array.from(truth, (id, n) => (seeded[n] === 1 ? 1 : id === 1 ? 5 : 0))
    const grown = grownFromSeeds(inside, image, size, spacing, { growing: [1], ground: 5, reachMm: 4 })
    grown.forEach((id, n) => {
      if (seeded[n] === 1) expect(id).toBe(1)
      if (id === 1 && seeded[n] !== 1) expect(inside[n]).toBe(5)
      if (inside[n] === 0) expect(id).toBe(0)
    })
    expect(grown[at(19, 20, 5)]).toBe(5)
    expect(grown[at(12, 16, 4)]).toBe(1)
  })
})
