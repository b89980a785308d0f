import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Vec3 } from '../../../../src/shared/geometry/affine'
import { seededRandom } from '../../../../src/shared/random'
import { findComponents } from '../../../../src/shared/voxels/components'
import { grainOf } from '../../../../src/shared/voxels/proposal/clickPatch'
import { aroundBox, centreOfBox, type ProposalInput } from '../../../../src/shared/voxels/proposal/hints'
import { propose, type WindowScorer } from '../../../../src/shared/voxels/proposal/propose'
import { proposalNetwork } from '../../../../src/shared/voxels/proposal/proposalNetwork'
import { networkScorer } from '../../../../src/shared/voxels/proposal/windowNetwork'

const network = networkScorer(proposalNetwork())
const spacing = [0.8, 0.8, 2.5] as const
const indexOf = ([i, j, k]: Vec3, [nx, ny]: Vec3): number => i + nx * (j + ny * k)

/** Scores as a network at its worst might give them. */
const arbitraryScorer = (seed: number, bias: number): WindowScorer => {
  return ({ grid }) =>
    grid.values.map(
      (_, n) =>
        bias +
        seededRandom(seed)
          .fork(String(n % 97))
          .normal(),
    )
}

const points = (size: Vec3, most: number): fc.Arbitrary<Vec3[]> =>
  fc.array(
    fc.tuple(...size.map((n) => fc.integer({ min: 0, max: n - 1 }))).map(([i, j, k]): Vec3 => [i, j, k]),
    { maxLength: most },
  )

/** Blocks of noise with points anywhere, some of it blocked, with and without a mask to begin from. */
const inputs: fc.Arbitrary<ProposalInput> = fc
  .tuple(fc.integer({ min: 3, max: 9 }), fc.integer({ min: 3, max: 9 }), fc.integer({ min: 1, max: 7 }))
  .chain((size) =>
    fc
      .record({
        seed: fc.nat(),
        inside: points(size, 4),
        outside: points(size, 4),
        begins: fc.boolean(),
        merges: fc.boolean(),
      })
      .map((draw) => {
        const random = seededRandom(draw.seed)
        const cells = size[0] * size[1] * size[2]
        const one = (chance: number): Uint8Array =>
          Uint8Array.from({ length: cells }, () => (random.next() < chance ? 1 : 0))
        const prior = one(0.3)
        prior[cells - 1] = 1
        const inside = draw.inside.length > 0 || draw.begins ? draw.inside : [[0, 0, 0] as const]
        return {
          image: Int16Array.from({ length: cells }, () => Math.round(100 * random.normal())),
          size,
          spacing,
          grain: { factor: [1, 1, 1] as const, noise: 50 },
          prior: draw.begins ? prior : null,
          blocked: one(0.1),
          before: draw.merges ? one(0.4) : null,
          newest:
            draw.inside.length > 0
              ? { inside: true, points: inside.slice(-1) }
              : { inside: false, points: draw.outside.slice(-1) },
          inside,
          outside: draw.outside,
          boxes: [],
        }
      }),
  )

describe('a proposal', () => {
  it.each([
    ['any scores', null],
    ['its own network', network],
  ])(
    'with %s leaves out what is marked outside or blocked, and hangs together with what is marked inside',
    (_, own) => {
      fc.assert(
        fc.property(inputs, fc.nat(), fc.constantFrom(-3, 0, 3), (input, seed, bias) => {
          const mask = propose(input, own ?? arbitraryScorer(seed, bias))
          const { size, inside, outside, blocked, prior } = input
          for (const point of outside) expect(mask[indexOf(point, size)]).toBe(0)
          mask.forEach((voxel, n) => expect(voxel && blocked![n]).toBe(0))
          const said = new Set(outside.map((point) => indexOf(point, size)))
          const kept = inside.map((point) => indexOf(point, size)).filter((n) => !blocked![n] && !said.has(n))
          for (const n of kept) expect(mask[n]).toBe(1)
          const { start, length, component, sizes } = findComponents(mask, size, { connectivity: 6 })
          const held = new Set<number>()
          start.forEach((first, r) => {
            for (let n = first; n < first + length[r]; n++) if (kept.includes(n) || prior?.[n]) held.add(component[r])
          })
          expect(held.size).toBe(sizes.length)
        }),
        { numRuns: own ? 15 : 40 },
      )
    },
  )

  it('finds an even ball from one point in it', () => {
    const { input, truth } = ballOf(12, [30, 30, 12])
    const mask = propose({ ...input, inside: [[15, 15, 6]] }, network)
    expect(dsc(mask, truth)).toBeGreaterThan(0.85)
  })

  it('keeps to the box on its slice', () => {
    const { input } = ballOf(12, [30, 30, 12])
    const box = { low: [11, 11, 6], high: [19, 19, 7] } as const
    const mask = propose({ ...input, inside: [centreOfBox(box)], boxes: [box] }, network)
    for (let j = 0; j < 30; j++) {
      for (let i = 0; i < 30; i++) {
        const within = i >= 11 && i < 19 && j >= 11 && j < 19
        if (!within) expect(mask[indexOf([i, j, 6], input.size)]).toBe(0)
      }
    }
    expect(aroundBox(box)).toHaveLength(8)
  })

  it('needs something to begin with', () => {
    const { input } = ballOf(5, [12, 12, 5])
    expect(() => propose({ ...input, outside: [[1, 1, 1]] }, network)).toThrow(RangeError)
  })
})

/** A bright ball of a diameter in mm in the middle of noise. */
function ballOf(diameter: number, size: Vec3): { input: ProposalInput; truth: Uint8Array } {
  const random = seededRandom(4)
  const cells = size[0] * size[1] * size[2]
  const truth = Uint8Array.from({ length: cells }, (_, n) => {
    const at = [n % size[0], Math.floor(n / size[0]) % size[1], Math.floor(n / size[0] / size[1])]
    const mm = Math.hypot(...at.map((v, axis) => (v - size[axis] / 2) * spacing[axis]))
    return mm < diameter / 2 ? 1 : 0
  })
  const image = Int16Array.from(truth, (voxel) => Math.round(40 + 100 * voxel + 10 * random.normal()))
  const newest = { inside: true, points: [] }
  const grain = grainOf(image, size, spacing, [[15, 15, 6]])
  const input = {
    grain,
    image,
    size,
    spacing,
    prior: null,
    before: null,
    newest,
    blocked: null,
    inside: [],
    outside: [],
    boxes: [],
  }
  return { input, truth }
}

function dsc(a: Uint8Array, b: Uint8Array): number {
  const both = a.reduce((sum, v, n) => sum + (v & b[n]), 0)
  return (2 * both) / (a.reduce((s, v) => s + v, 0) + b.reduce((s, v) => s + v, 0))
}
