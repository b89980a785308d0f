import type { Patient } from './patient'
import { Field, smoothMax } from './field'

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

  const inner = (x: number, y: number, z: number): number =>
    ovalDistance(x, y, innerWidth(z), y > 0 ? innerFront(z) : innerBack(z), squareness)
  const fascia = (x: number, y: number, z: number): number =>
    ovalDistance(x, y, innerWidth(z) + muscle, y > 0 ? innerFront(z) + muscle * 0.8 : back(z), squareness)
  const skin = (x: number, y: number, z: number): number => {
    const chest = Math.min(1, Math.max(0, (z - 20) / 80))
    const belly = Math.exp(-(((z + 70) / 80) ** 2))
    const side = fat * (0.75 - 0.25 * chest)
    const front = fat * (0.85 - 0.35 * chest + 0.35 * belly)
    const width = innerWidth(z) + muscle + side
    const depth = y > 0 ? innerFront(z) + muscle * 0.8 + front : back(z) + fat * 0.65
    // The groove along the spine.
    const groove = y < 0 ? 5 * Math.exp(-((x / 14) ** 2)) : 0
    return ovalDistance(x, y, width, depth, squareness - 0.15) + groove
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
    skin: Field.of(bounds, step, skin),
    fascia: Field.of(bounds, step, fascia),
    inner: Field.of(bounds, step, inner),
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

/** Signed distance (measured along the ray from the middle) to the oval |x/a|^n + |y/b|^n = 1. */
function ovalDistance(x: number, y: number, a: number, b: number, n: number): number {
  const f = (Math.abs(x / a) ** n + Math.abs(y / b) ** n) ** (1 / n)
  const r = Math.sqrt(x * x + y * y)
  return f < 1e-6 ? -Math.min(a, b) : r - r / f
}

/** Inside the trunk's wall and below the diaphragm, `gap` mm from either: where abdominal organs may be. */
export function abdomen(trunk: Trunk, gap: number): (x: number, y: number, z: number) => number {
  return (x, y, z) => smoothMax(trunk.inner.at(x, y, z) + gap, trunk.belowDiaphragm(x, y, z) + gap, 6)
}
