import type { Random } from '../../shared/random'

/** Nodes along each axis of the lattice, a power of two; the pattern repeats after as many wavelengths. */
const SIDE = 32

/** Smooth random values in space: value noise (Perlin 1985) on a lattice that repeats. Cheap enough to ask at every voxel. */
export class Noise {
  private readonly lattice = new Float32Array(SIDE ** 3)

  constructor(random: Random) {
    for (let n = 0; n < this.lattice.length; n++) this.lattice[n] = random.between(-1, 1)
  }

  /** Between -1 and 1, mean 0, standard deviation about 0.35; bumps are about `wavelength` mm wide. */
  at(x: number, y: number, z: number, wavelength: number): number {
    const { lattice } = this
    // Shifted so that the lattice's corner, where all wavelengths agree, lies outside the body.
    const u = x / wavelength + 4096.37
    const v = y / wavelength + 4096.11
    const w = z / wavelength + 4096.71
    const iu = u | 0
    const iv = v | 0
    const iw = w | 0
    const fu = eased(u - iu)
    const fv = eased(v - iv)
    const fw = eased(w - iw)
    const mask = SIDE - 1
    const x0 = iu & mask
    const x1 = (iu + 1) & mask
    const y0 = (iv & mask) * SIDE
    const y1 = ((iv + 1) & mask) * SIDE
    const z0 = (iw & mask) * SIDE * SIDE
    const z1 = ((iw + 1) & mask) * SIDE * SIDE
    const a = lattice[x0 + y0 + z0] + fu * (lattice[x1 + y0 + z0] - lattice[x0 + y0 + z0])
    const b = lattice[x0 + y1 + z0] + fu * (lattice[x1 + y1 + z0] - lattice[x0 + y1 + z0])
    const c = lattice[x0 + y0 + z1] + fu * (lattice[x1 + y0 + z1] - lattice[x0 + y0 + z1])
    const d = lattice[x0 + y1 + z1] + fu * (lattice[x1 + y1 + z1] - lattice[x0 + y1 + z1])
    const near = a + fv * (b - a)
    const far = c + fv * (d - c)
    return near + fw * (far - near)
  }
}

function eased(t: number): number {
  return t * t * (3 - 2 * t)
}
