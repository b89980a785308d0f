import type { Patient } from './patient'
import { FAR, Field, smoothMax, type RowDistance } from './field'

/** The trunk's nested surfaces: skin, fascia (around the muscles) and the inner wall. */
export interface Trunk {
  readonly skin: Field
  readonly fascia: Field
  readonly inner: Field
  /** Signed distance, mm, to what lies below the diaphragm. */
  readonly belowDiaphragm: (x: number, y: number, z: number) => number
}

const bounds = { low: [-215, -150, -225], high: [215, 165, 195] } as const

export function makeTrunk(patient: Patient): Trunk {
  const { innerWidth, innerFront, innerBack, adiposity, breath, random } = patient
  const muscle = random.between(10, 14)
  const fat = 7 + 24 * adiposity
  // The muscles along the lumbar spine are the thickest.
  const back = (z: number): number => innerBack(z) + 25 + 8 * Math.exp(-(((z + 70) / 70) ** 2))
  const squareness = random.between(2.25, 2.6)

  const inner = (z: number): Oval => ({ width: innerWidth(z), front: innerFront(z), back: innerBack(z) })
  const fascia = (z: number): Oval => ({
    width: innerWidth(z) + muscle,
    front: innerFront(z) + muscle * 0.8,
    back: back(z),
  })
  const skin = (z: number): Oval => {
    const chest = Math.min(1, Math.max(0, (z - 20) / 80))
    const belly = Math.exp(-(((z + 70) / 80) ** 2))
    const side = fat * (0.75 - 0.25 * chest)
    const front = fat * (0.85 - 0.35 * chest + 0.35 * belly)
    return {
      width: innerWidth(z) + muscle + side,
      front: innerFront(z) + muscle * 0.8 + front,
      back: back(z) + fat * 0.65,
    }
  }
  const skinRows = ovals(skin, squareness - 0.15)
  // The groove along the spine.
  const grooved = (z: number): ((y: number) => RowDistance) => {
    const row = skinRows(z)
    return (y) => {
      const distance = row(y)
      return y < 0 ? (x, i) => distance(x, i) + 5 * Math.exp(-((x / 14) ** 2)) : distance
    }
  }

  const right = { x: random.between(55, 70), top: 96 + breath + random.between(-5, 5) }
  const left = { x: random.between(-75, -58), top: 84 + breath + random.between(-6, 5) }
  const middle = 80 + 0.8 * breath
  const diaphragm = (x: number, y: number): number => {
    const bump = (dome: { x: number }): number => Math.exp(-(((x - dome.x) / 48) ** 2))
    const apex = middle + (right.top - middle) * bump(right) + (left.top - middle) * bump(left)
    const edge = 6 + 0.4 * breath + (y > 0 ? 38 * Math.min(1, y / 70) : 0)
    // 0 in the middle of the trunk, 1 at its wall; the dome's lowest place lies against the wall.
    const z = 50
    const across = Math.abs(x) / innerWidth(z)
    const along = Math.abs(y + 4) / (y > -4 ? innerFront(z) : innerBack(z))
    const out = (across ** squareness + along ** squareness) ** (1 / squareness)
    return edge + (apex - edge) * (out < 1 ? (1 - out ** 4.3) ** 0.7 : 1 - out)
  }
  const step = 5
  return {
    skin: Field.ofRows(bounds, step, grooved),
    fascia: Field.ofRows(bounds, step, ovals(fascia, squareness)),
    inner: Field.ofRows(bounds, step, ovals(inner, squareness)),
    belowDiaphragm: belowSurface(diaphragm),
  }
}

/** Signed distance to what lies below a surface of given height; the heights are tabulated every 4 mm. */
function belowSurface(height: (x: number, y: number) => number): Trunk['belowDiaphragm'] {
  const step = 4
  const [x0, y0] = [-220, -160]
  const [nx, ny] = [112, 84]
  const heights = new Float32Array(nx * ny)
  for (let j = 0; j < ny; j++) for (let i = 0; i < nx; i++) heights[i + nx * j] = height(x0 + i * step, y0 + j * step)
  // The dome is inclined nearly everywhere: what lies so far below it vertically is nearer than that.
  const slope = 0.6
  return (x, y, z) => {
    const u = Math.max(0, Math.min(nx - 1.001, (x - x0) / step))
    const v = Math.max(0, Math.min(ny - 1.001, (y - y0) / step))
    const n = Math.floor(u) + nx * Math.floor(v)
    const [fu, fv] = [u % 1, v % 1]
    const near = heights[n] + fu * (heights[n + 1] - heights[n])
    const far = heights[n + nx] + fu * (heights[n + nx + 1] - heights[n + nx])
    return (z - near - fv * (far - near)) * slope
  }
}

/** Half axes of the trunk at a height, mm. */
interface Oval {
  readonly width: number
  readonly front: number
  readonly back: number
}

/** Signed distance (measured along the ray from the middle) to the ovals |x/a|^n + |y/b|^n = 1 of each height, row by row. */
function ovals(at: (z: number) => Oval, n: number): (z: number) => (y: number) => RowDistance {
  return (z) => {
    const { width: a, front, back } = at(z)
    // Powers cost most of it, and are the same in every row.
    const across: number[] = []
    return (y) => {
      const b = y > 0 ? front : back
      if (Math.abs(y) - b > FAR + 1) return () => FAR
      const along = Math.abs(y / b) ** n
      return (x, i) => {
        if (Math.abs(x) - a > FAR + 1) return FAR
        const f = ((across[i] ??= Math.abs(x / a) ** n) + along) ** (1 / n)
        const r = Math.sqrt(x * x + y * y)
        return f < 1e-6 ? -Math.min(a, b) : r - r / f
      }
    }
  }
}

/** Inside the trunk's wall and below the diaphragm, `gap` mm from either: where abdominal organs may be. */
export function abdomen(trunk: Trunk, gap: number): (x: number, y: number, z: number) => number {
  return (x, y, z) => smoothMax(trunk.inner.at(x, y, z) + gap, trunk.belowDiaphragm(x, y, z) + gap, 6)
}
