import { describe, expect, it } from 'vitest'
import { infoNce, regionContrast } from '../../../src/main/graph/contrast'
import type { Value } from '../../../src/main/graph/session'
import { seededRandom } from '../../../src/shared/random'
import { hasTorch } from '../../peers/torch'
import { compareWithTorch, type PeerLoss } from './besideTorch'
import { evaluate } from './differences'

const random = seededRandom(21)
const normals = (...dims: number[]): Value => ({
  data: Float32Array.from({ length: dims.reduce((a, b) => a * b) }, () => random.normal()),
  dims,
})
const flags = (...values: number[]): Value => ({ data: Float32Array.from(values), dims: [values.length, 1] })

const peers: PeerLoss[] = [
  {
    name: 'infoNce',
    options: { temperature: 0.2, others: 'negative' },
    inputs: [normals(6, 8), normals(6, 8), normals(11, 8)],
    by: [0, 1, 2],
    program: (tape, [q, k, n]) => infoNce(tape, q, k, n, 0.2, 'negative'),
  },
  ...[flags(1, 1, 1, 1, 1), flags(1, 0, 1, 1, 0)].map((valid): PeerLoss => ({
    name: 'regionContrast',
    options: { temperature: 0.3 },
    inputs: [normals(5, 6), normals(5, 6), valid],
    by: [0, 1],
    program: (tape, [q, p, v]) => regionContrast(tape, q, p, v, 0.3),
  })),
]

describe('contrast', () => {
  it.skipIf(!hasTorch)('gives the losses and gradients of PyTorch in float64', () => compareWithTorch(peers))

  it('is least where every region is like itself in the other view and unlike all others', async () => {
    const own: Value = { data: Float32Array.of(1, 0, 0, 0, 1, 0, 0, 0, 1), dims: [3, 3] }
    const turned: Value = { data: Float32Array.of(0, 1, 0, 0, 0, 1, 1, 0, 0), dims: [3, 3] }
    const loss = async (views: Value): Promise<number> => {
      const { data } = await evaluate([own, views, flags(1, 1, 1)], (tape, [q, p, v]) =>
        regionContrast(tape, q, p, v, 0.1),
      )
      return Number(data[0])
    }
    // The equation counts a region's likeness to itself among the negatives: log 2 is all that there is to reach.
    expect(await loss(own)).toBeCloseTo(Math.log(2), 3)
    expect(await loss(turned)).toBeGreaterThan(5)
  })

  it('counts nothing where there is no region', async () => {
    const { data } = await evaluate([normals(3, 4), normals(3, 4), flags(0, 0, 0)], (tape, [q, p, v]) =>
      regionContrast(tape, q, p, v, 0.1),
    )
    expect(Number(data[0])).toBe(0)
  })
})
