import { describe, expect, it } from 'vitest'
import type { Vec3 } from '../../../src/shared/geometry/affine'
import { bodyOf } from '../../../src/shared/voxels/body'

const dims: Vec3 = [80, 60, 6]
const spacing: Vec3 = [1.5, 1.5, 3]

/** A cylinder of tissue with lungs in it, above a table, in air. */
function scan(): { image: Int16Array; inBody: (n: number) => boolean } {
  const place = (n: number): Vec3 => [n % dims[0], Math.floor(n / dims[0]) % dims[1], Math.floor(n / dims[0] / dims[1])]
  const inBody = (n: number): boolean => {
    const [i, j] = place(n)
    return ((i - 40) / 30) ** 2 + ((j - 26) / 20) ** 2 <= 1
  }
  const image = Int16Array.from({ length: dims[0] * dims[1] * dims[2] }, (_, n) => {
    const [i, j] = place(n)
    const lung = Math.hypot(i - 28, j - 26) < 8 || Math.hypot(i - 52, j - 26) < 8
    const table = j >= 54 && j < 57
    return inBody(n) ? (lung ? -850 : 40) : table ? 100 : -1000
  })
  return { image, inBody }
}

describe('the body on a CT', () => {
  it('is all tissue that hangs together with the air in it, to the voxel, without the table and the air around', () => {
    const { image, inBody } = scan()
    const body = bodyOf(image, dims, spacing)
    const wrong = [...body].filter((inside, n) => (inside === 1) !== inBody(n)).length
    expect(wrong).toBe(0)
  })

  it('is nothing where there is only air', () => {
    expect(bodyOf(new Int16Array(dims[0] * dims[1] * dims[2]).fill(-1000), dims, spacing).includes(1)).toBe(false)
  })
})
