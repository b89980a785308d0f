import type { Vec3 } from '../../shared/geometry/affine'
import type { Random } from '../../shared/random'

interface Wave {
  readonly k: Vec3
  readonly phase: number
  readonly amplitude: number
}

/** How a patient lies in the scanner: where, how turned, how large, and bent by a smooth displacement of its own. */
export class Pose {
  private readonly shift: Vec3
  private readonly scale: Vec3
  /** Rows are the atlas's axes in scanner coordinates. */
  private readonly turn: readonly [Vec3, Vec3, Vec3]
  private readonly waves: readonly [Wave[], Wave[], Wave[]]

  constructor(random: Random, size: number) {
    const build = size ** (1 / 3)
    this.shift = [6 * random.normal(), 5 * random.normal(), 8 * random.normal()]
    this.scale = [
      build * random.between(0.96, 1.04),
      build * random.between(0.96, 1.04),
      build * random.between(0.95, 1.05),
    ]
    this.turn = rotation(0.02 * random.normal(), 0.02 * random.normal(), 0.035 * random.normal())
    const waves = (): Wave[] =>
      Array.from({ length: 3 }, () => {
        const wavelength = random.between(130, 320)
        const direction: Vec3 = [random.normal(), random.normal(), random.normal()]
        const size = (2 * Math.PI) / wavelength / Math.hypot(...direction)
        const k: Vec3 = [direction[0] * size, direction[1] * size, direction[2] * size]
        return { k, phase: random.between(0, 2 * Math.PI), amplitude: (wavelength / 320) * 5 * random.between(0.3, 1) }
      })
    this.waves = [waves(), waves(), waves()]
  }

  /** Scanner coordinates (RAS mm) to the atlas frame. */
  toAtlas(x: number, y: number, z: number): Vec3 {
    const p = [x - this.shift[0], y - this.shift[1], z - this.shift[2]]
    const along = (axis: 0 | 1 | 2): number => {
      const row = this.turn[axis]
      return (row[0] * p[0] + row[1] * p[1] + row[2] * p[2]) / this.scale[axis]
    }
    const q: Vec3 = [along(0), along(1), along(2)]
    return [q[0] + wave(this.waves[0], q), q[1] + wave(this.waves[1], q), q[2] + wave(this.waves[2], q)]
  }

  /** The inverse, by fixed-point iteration: the displacement changes slowly. */
  toScanner(atlas: Vec3): Vec3 {
    let q = atlas
    for (let round = 0; round < 6; round++) {
      const at = (axis: 0 | 1 | 2): number => atlas[axis] - wave(this.waves[axis], q)
      q = [at(0), at(1), at(2)]
    }
    const s: Vec3 = [q[0] * this.scale[0], q[1] * this.scale[1], q[2] * this.scale[2]]
    const back = (axis: 0 | 1 | 2): number =>
      this.turn[0][axis] * s[0] + this.turn[1][axis] * s[1] + this.turn[2][axis] * s[2] + this.shift[axis]
    return [back(0), back(1), back(2)]
  }
}

function wave(waves: readonly Wave[], q: Vec3): number {
  let sum = 0
  for (const { k, phase, amplitude } of waves)
    sum += amplitude * Math.sin(k[0] * q[0] + k[1] * q[1] + k[2] * q[2] + phase)
  return sum
}

function rotation(a: number, b: number, c: number): readonly [Vec3, Vec3, Vec3] {
  const [ca, sa, cb, sb, cc, sc] = [Math.cos(a), Math.sin(a), Math.cos(b), Math.sin(b), Math.cos(c), Math.sin(c)]
  return [
    [cb * cc, sa * sb * cc - ca * sc, ca * sb * cc + sa * sc],
    [cb * sc, sa * sb * sc + ca * cc, ca * sb * sc - sa * cc],
    [-sb, sa * cb, ca * cb],
  ]
}
