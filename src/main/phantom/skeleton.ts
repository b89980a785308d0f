import { distanceBetween, smoothCurve, type Knot } from './curve'
import { FAR, Field, type RowDistance } from './field'
import type { Patient } from './patient'
import { mix, ramp, type Palette, type Part, type Tissue } from './tissue'
import type { Trunk } from './trunk'

/** Middles of the vertebral bodies from L5 up to T5, z in mm of the atlas; L1 is the origin. */
const levels = [-137, -103, -68, -34, 0, 31, 60, 88, 115, 141, 166, 190, 213] as const

/** Thickness of the disc below the vertebra at a level. */
function discBelow(level: number): number {
  return level < 0 ? 10 : level < 60 ? 7 : 5
}

export interface Skeleton {
  readonly parts: Part[]
  /** Everything bony of the spine, discs too: what soft organs keep clear of. */
  readonly spine: Field
}

export function makeSkeleton(patient: Patient, palette: Palette, trunk: Trunk): Skeleton {
  const bone = boneTissue(patient, palette)
  const bodies = vertebralBodies(patient)
  const arches = vertebralArches(patient)
  const canal = spinalCanal(patient)
  const discs = spinalDiscs(patient)
  const spine = Field.of({ low: [-60, -110, -200], high: [60, -5, 185] }, 3, (x, y, z) =>
    Math.min(bodies.at(x, y, z), discs.at(x, y, z), arches.at(x, y, z), canal.at(x, y, z)),
  )
  const { ribs, cartilage } = makeRibs(patient, trunk)
  return {
    spine,
    parts: [
      { field: discs, label: null, tissue: (depth) => palette.disc + (depth > 5 ? -10 : 0) },
      { field: bodies, label: null, tissue: bone },
      { field: arches, label: null, tissue: bone },
      { field: canal, label: null, tissue: (depth) => mix(palette.fat * 0.2, palette.cord, ramp(0.5, 3, depth)) },
      { field: cartilage, label: null, tissue: cartilageTissue(patient, palette) },
      { field: ribs, label: null, tissue: bone },
      { field: makePelvis(patient), label: null, tissue: bone },
    ],
  }
}

/** A dense shell around spongy bone. */
function boneTissue({ noise, age }: Patient, palette: Palette): Tissue {
  const shell = mix(720, 480, age)
  const marrow = palette.marrow + mix(60, -60, age)
  return (depth, x, y, z) => {
    const spongy = marrow + 90 * noise.at(x, y, z, 2.6) + 50 * noise.at(x, y, z, 9)
    return mix(shell, spongy, ramp(0.5, 1.9, depth))
  }
}

function cartilageTissue({ noise, age }: Patient, palette: Palette): Tissue {
  return (_, x, y, z) => {
    const calcified = ramp(0.35 - 0.2 * age, 0.5, noise.at(x, y, z, 8))
    return palette.cartilage + 260 * age * calcified
  }
}

/**
 * The outline of a vertebral body at one height, row by row: flat behind, round in front, waisted between its end plates;
 * (x0, y0) is its middle. What is farther off than FAR is not measured.
 */
function bodyOutline(x0: number, y0: number, half: { width: number; depth: number }): (y: number) => RowDistance {
  // Powers cost most of it, and are the same in every row.
  const across: number[] = []
  return (atY) => {
    const y = atY - y0
    const along = Math.abs(y / half.depth) ** (y < 0 ? 4 : 2.3)
    return (atX, i) => {
      const x = atX - x0
      if (Math.abs(x) - half.width > 2 * FAR) return 2 * FAR
      const f = ((across[i] ??= Math.abs(x / half.width) ** 2.5) + along) ** (1 / 2.4)
      const r = Math.sqrt(x * x + y * y)
      return f < 1e-6 ? -half.depth : r - r / f
    }
  }
}

function bodySize(z: number): { width: number; depth: number } {
  const t = ramp(-140, 160, z)
  return { width: mix(25, 17, t), depth: mix(18, 15, t) }
}

function nearestLevel(z: number): { level: number; low: number; high: number } {
  let n = 0
  for (let at = 1; at < levels.length; at++) if (Math.abs(levels[at] - z) < Math.abs(levels[n] - z)) n = at
  const below = n > 0 ? levels[n - 1] : levels[0] - 34
  const above = n + 1 < levels.length ? levels[n + 1] : levels[n] + 24
  return {
    level: levels[n],
    low: (levels[n] + below) / 2 + discBelow(levels[n]) / 2,
    high: (levels[n] + above) / 2 - discBelow(above) / 2,
  }
}

function vertebralBodies({ spineX, spineY, noise }: Patient): Field {
  return Field.ofRows({ low: [-34, -90, -160], high: [34, -8, 185] }, 1.75, (z) => {
    const { level, low, high } = nearestLevel(z)
    const size = bodySize(z)
    const waist = 2.2 * Math.cos(((z - level) / (high - low)) * Math.PI)
    const half = { width: size.width - waist, depth: size.depth - waist * 0.8 }
    const outline = bodyOutline(spineX(level), spineY(level), half)
    const ends = Math.max(low - z, z - high)
    return (y) => {
      const side = outline(y)
      return (x, i) => Math.max(side(x, i), ends) + 0.6 * noise.at(x, y, z, 7)
    }
  })
}

function spinalDiscs({ spineX, spineY }: Patient): Field {
  return Field.ofRows({ low: [-34, -90, -160], high: [34, -8, 185] }, 2, (z) => {
    const { low, high } = nearestLevel(z)
    const outline = bodyOutline(spineX(z), spineY(z), bodySize(z))
    // Between the end plates: where the nearest body does not reach.
    const between = Math.min(z - low, high - z)
    return (y) => {
      const side = outline(y)
      return (x, i) => Math.max(side(x, i), between)
    }
  })
}

function spinalCanal({ spineX, spineY }: Patient): Field {
  const knots: Knot[] = []
  for (let z = -175; z <= 185; z += 12) knots.push([spineX(z), spineY(z) - bodySize(z).depth - 8.5, z, 8.5])
  return new Field({ low: [-24, -105, -180], high: [24, -35, 190] }, 2).addTube(knots, 0.9)
}

/** Pedicles, laminae, joints, transverse and spinous processes of each vertebra. */
function vertebralArches({ spineX, spineY }: Patient): Field {
  const field = new Field({ low: [-52, -122, -165], high: [52, -36, 185] }, 1.5)
  for (const level of levels) {
    if (level > 180) continue
    const size = bodySize(level)
    const x = spineX(level)
    const back = spineY(level) - size.depth
    const lumbar = level <= 0
    for (const side of [-1, 1] as const) {
      const at = (dx: number, dy: number, dz: number, r: number): Knot => [x + side * dx, back + dy, level + dz, r]
      field.addTube([at(size.width * 0.62, 3, 6, 4), at(13.5, -10, 5, 4.2)])
      field.addTube([at(14.5, -9, 13, 4), at(16, -15, 0, 4.8), at(14.5, -16, -16, 4)])
      field.addTube([at(14, -14, -2, 3.6), at(1, -21.5, -7, 3.4)])
      if (lumbar) field.addTube([at(15, -10, 3, 3.4), at(43, -15, 4, 2.4)])
      else field.addTube([at(15, -11, 4, 4), at(30, -22, 7, 3.6)])
    }
    const drop = lumbar ? -4 : -16
    field.addTube([
      [x, back - 21, level - 6, 3.2],
      [x, back - 44, level - 8 + drop, 3.4],
    ])
    field.addTube([
      [x, back - 21, level - 14, 3],
      [x, back - 42, level - 18 + drop, 3.4],
    ])
  }
  return field
}

/** From the spine around the trunk: how far along (in radians from the back) each rib goes, and how far it drops. */
const ribs = [
  { level: 213, end: 2.62, drop: 112, cartilage: true },
  { level: 190, end: 2.6, drop: 108, cartilage: true },
  { level: 166, end: 2.5, drop: 105, cartilage: true },
  { level: 141, end: 2.38, drop: 100, cartilage: true },
  { level: 115, end: 2.2, drop: 92, cartilage: true },
  { level: 88, end: 1.95, drop: 82, cartilage: true },
  { level: 60, end: 1.5, drop: 60, cartilage: false },
  { level: 31, end: 0.95, drop: 30, cartilage: false },
] as const

function makeRibs(patient: Patient, trunk: Trunk): { ribs: Field; cartilage: Field } {
  const bounds = { low: [-165, -120, -60], high: [165, 110, 185] } as const
  const bone = new Field(bounds, 2)
  const gristle = new Field(bounds, 2.5)
  const { spineX, spineY } = patient
  for (const { level, end, drop, cartilage } of ribs) {
    for (const side of [-1, 1] as const) {
      const knots: Knot[] = [
        [spineX(level) + side * 19, spineY(level) - 17, level + 4, 3.8],
        [spineX(level) + side * 34, spineY(level) - 31, level + 2, 3.8],
      ]
      for (let angle = 0.75; angle <= end; angle += 0.12)
        knots.push(onWall(trunk, angle, side, level - dropAt(angle, drop), 4.2))
      const curve = smoothCurve(knots, 4)
      bone.addTube(curve.filter((knot) => knot[2] > -70))
      // Ribs are higher than they are thick.
      bone.addTube(curve.map(([x, y, z, r]) => [x, y, z + 2.6, r * 0.9] as const))
      bone.addTube(curve.map(([x, y, z, r]) => [x, y, z - 2.6, r * 0.9] as const))
      const last = knots[knots.length - 1]
      if (!cartilage) continue
      const goal: Knot = [side * 16, trunkFront(trunk, 16, 118), 118, 4.5]
      const steps = Math.ceil(distanceBetween(last, goal) / 12)
      const path: Knot[] = []
      for (let n = 0; n <= steps; n++) {
        const t = n / steps
        const x = mix(last[0], goal[0], t)
        // First along the rib, then up along the costal margin.
        const z = mix(last[2], goal[2], t * t)
        path.push([x, trunkFront(trunk, x, z), z, 4.6])
      }
      gristle.addTube(smoothCurve(path, 4))
    }
  }
  // The lower end of the breastbone.
  const sternum: Knot[] = [104, 116, 128, 150, 190].map((z) => [0, trunkFront(trunk, 0, z), z, z < 110 ? 4 : 6])
  for (const x of [-8, 0, 8]) bone.addTube(sternum.map(([, y, z, r]) => [x, y, z, r] as const))
  return { ribs: bone, cartilage: gristle }
}

function dropAt(angle: number, drop: number): number {
  return drop * ramp(0.2, 3.1, angle) * 1.15
}

/** A point 6 mm outside the inner wall, `angle` from the back. */
function onWall(trunk: Trunk, angle: number, side: 1 | -1, z: number, radius: number): Knot {
  const dx = Math.sin(angle) * side
  const dy = -Math.cos(angle)
  let [low, high] = [20, 220]
  for (let round = 0; round < 14; round++) {
    const middle = (low + high) / 2
    if (trunk.inner.at(dx * middle, dy * middle, z) < 6) low = middle
    else high = middle
  }
  return [dx * low, dy * low, z, radius]
}

/** Where the wall's middle lies in front of a point. */
function trunkFront(trunk: Trunk, x: number, z: number): number {
  let [low, high] = [0, 200]
  for (let round = 0; round < 14; round++) {
    const middle = (low + high) / 2
    if (trunk.inner.at(x, middle, z) < 5) low = middle
    else high = middle
  }
  return low
}

/** The iliac wings, as a bowl's wall, and the sacrum between them. */
function makePelvis({ spineX, spineY, innerWidth, noise }: Patient): Field {
  const crest = -108
  return Field.ofRows({ low: [-155, -115, -210], high: [155, 60, -95] }, 2.5, (z) => {
    const down = crest - z
    const lean = 0.28 * down
    // A plate seen from above: from the sacroiliac joint outward and forward to the anterior spine.
    const from = [40, -72] as const
    const to = [innerWidth(-140) - 4 - lean * 0.7, Math.min(46, -30 + down * 1.1)] as const
    const [vx, vy] = [to[0] - from[0], to[1] - from[1]]
    const outline = bodyOutline(spineX(z), spineY(z) - 8, { width: 50 - 0.25 * Math.max(0, -165 - z), depth: 24 })
    const above = z + 157
    return (y) => {
      const side = outline(y)
      return (x, i) => {
        const sx = Math.abs(x)
        const t = Math.max(0, Math.min(1, ((sx - from[0]) * vx + (y - from[1]) * vy) / (vx * vx + vy * vy)))
        const bow = 14 * Math.sin(Math.PI * t)
        const plate =
          Math.hypot(sx - (from[0] + t * vx + bow * 0.8), y - (from[1] + t * vy - bow)) -
          mix(8, 4.5, Math.sin(Math.PI * t))
        const top = crest - 18 * (2 * t - 1) ** 2
        const wing = Math.max(plate, z - top)
        const sacrum = above > 2 * FAR ? above : Math.max(side(x, i), above)
        return Math.min(wing, sacrum) + 0.8 * noise.at(x, y, z, 8)
      }
    }
  })
}
