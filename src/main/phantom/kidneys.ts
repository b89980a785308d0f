import type { Vec3 } from '../../shared/geometry/affine'
import { smoothCurve, type Knot } from './curve'
import { ellipsoid, Field, smoothMax } from './field'
import { idOf } from './labels'
import type { Patient } from './patient'
import { mix, plain, ramp, type Palette, type Part, type Tissue } from './tissue'
import type { Trunk } from './trunk'

export interface Kidneys {
  readonly right: Field
  readonly left: Field
  readonly rightAdrenal: Field
  readonly leftAdrenal: Field
  /** The fat around the right and the left kidney, which muscles and all organs are painted over. */
  readonly fat: readonly [Part, Part]
  readonly parts: Part[]
}

/** A kidney's own frame: w along its length (up), u outward from the hilum, v across. */
interface Pose {
  readonly centre: Vec3
  readonly side: 1 | -1
  readonly half: Vec3
  readonly tilt: number
  readonly turn: number
}

export function makeKidneys(patient: Patient, palette: Palette, trunk: Trunk): Kidneys {
  const random = patient.random.fork('kidneys')
  const ml = Math.min(200, Math.max(125, 160 + 18 * random.normal()))
  const rightPose = drawPose(1, random.between(-26, -12), random.next)
  const leftPose = drawPose(-1, random.between(-12, 3), random.next)
  const rightAdrenal = makeAdrenal(patient, 1, random.between(2.8, 5.5))
  const leftAdrenal = makeAdrenal(patient, -1, random.between(3, 6))
  const right = makeKidney(
    patient,
    trunk,
    rightPose,
    ml * random.between(0.93, 1.05) * patient.size ** 0.5,
    rightAdrenal,
  )
  const left = makeKidney(patient, trunk, leftPose, ml * random.between(0.95, 1.1) * patient.size ** 0.5, leftAdrenal)
  const fat = (pose: Pose): Part => ({
    field: perirenalFat(trunk, pose, patient),
    label: 0,
    tissue: perirenalTissue(patient, palette),
    coat: { mm: 1.3, hu: -20 },
  })
  const adrenalTissue = plain(palette.adrenal)
  const coat = { mm: 1.2, hu: palette.fat }
  const kidney = (pose: Pose, field: Field, label: number): Part[] => [
    { field: collectingSystem(pose), label: 0, tissue: plain(palette.renalPelvis), coat: { mm: 1, hu: palette.fat } },
    { field, label, tissue: kidneyTissue(patient, palette, pose), coat: { mm: 1, hu: palette.fat } },
  ]
  return {
    right,
    left,
    rightAdrenal,
    leftAdrenal,
    fat: [fat(rightPose), fat(leftPose)],
    parts: [
      ...kidney(rightPose, right, idOf('right-kidney')),
      ...kidney(leftPose, left, idOf('left-kidney')),
      { field: rightAdrenal, label: idOf('right-adrenal-gland'), tissue: adrenalTissue, coat },
      { field: leftAdrenal, label: idOf('left-adrenal-gland'), tissue: adrenalTissue, coat },
    ],
  }
}

function drawPose(side: 1 | -1, z: number, next: () => number): Pose {
  const vary = (by: number): number => (next() - 0.5) * 2 * by
  return {
    centre: [side * (63 + vary(4)), -33 + vary(4), z],
    side,
    half: [26 + vary(2), 25 + vary(2), 54 + vary(5)],
    tilt: 0.2 + vary(0.08),
    turn: 0.5 + vary(0.2),
  }
}

/** From the atlas to the kidney's frame. */
function toKidney({ centre, side, tilt, turn }: Pose): (x: number, y: number, z: number) => Vec3 {
  const [cosTilt, sinTilt, cosTurn, sinTurn] = [Math.cos(tilt), Math.sin(tilt), Math.cos(turn), Math.sin(turn)]
  return (x, y, z) => {
    const dx = (x - centre[0]) * side
    const dy = y - centre[1]
    const dz = z - centre[2]
    // The upper pole leans to the midline and to the back.
    const lx = dx * cosTilt + dz * sinTilt
    const lz = -dx * sinTilt + dz * cosTilt
    const ly = dy + 0.12 * dz
    // The hilum looks forward and to the midline.
    return [lx * cosTurn - ly * sinTurn, lx * sinTurn + ly * cosTurn, lz]
  }
}

function boundsOf({ centre, half }: Pose, more: number): { low: Vec3; high: Vec3 } {
  const reach = [half[0] + 16 + more, half[1] + 14 + more, half[2] + 6 + more]
  return {
    low: [centre[0] - reach[0], centre[1] - reach[1], centre[2] - reach[2]],
    high: [centre[0] + reach[0], centre[1] + reach[1], centre[2] + reach[2]],
  }
}

/** The sinus: a fat-filled pocket that opens at the hilum. */
function sinus(u: number, v: number, w: number, half: Vec3): number {
  return ellipsoid(u + half[0] * 0.82, v, w, [half[0] * 0.95, half[1] * 0.42, half[2] * 0.55])
}

function makeKidney(patient: Patient, trunk: Trunk, pose: Pose, ml: number, adrenal: Field): Field {
  const { noise } = patient
  const place = toKidney(pose)
  const field = Field.of(boundsOf(pose, 0), 1.6, (x, y, z) => {
    const [u, v, w] = place(x, y, z)
    // Bent around the hilum, like a bean.
    const bend = 0.0035 * w * w
    const body = ellipsoid(u + bend, v, w, pose.half)
    const lobes = 0.9 * noise.at(x, y, z, 22)
    return smoothMax(body + lobes, -sinus(u, v, w, pose.half), 4)
  })
  return field.within((x, y, z) => trunk.inner.at(x, y, z) + 7, 5).growTo(ml, 5, [[adrenal, 2.5]])
}

function kidneyTissue({ noise, phase }: Patient, palette: Palette, pose: Pose): Tissue {
  // Later the medulla has caught up with the cortex.
  const contrast = phase === 'late' ? 0.3 : 1
  const place = toKidney(pose)
  return (depth, x, y, z) => {
    const [u, v, w] = place(x, y, z)
    const rim = -ellipsoid(u + 0.0035 * w * w, v, w, pose.half)
    // Pyramids lie side by side around the sinus; columns of cortex run between them.
    const angle = Math.atan2(v, u + pose.half[0] * 0.5)
    const pyramid = Math.cos(w * 0.34 + 0.6 * Math.sin(angle * 2)) * Math.cos(angle * 3)
    const inMedulla = ramp(5, 7.5, rim) * ramp(-0.45, 0.05, pyramid) * ramp(0.5, 2, depth)
    return mix(palette.renalCortex, palette.renalMedulla, inMedulla * contrast) + 8 * noise.at(x, y, z, 5)
  }
}

function collectingSystem(pose: Pose): Field {
  const field = new Field(boundsOf(pose, 24), 1.5)
  const place = (u: number, v: number, w: number, r: number): Knot => {
    const [c, s] = [Math.cos(pose.turn), Math.sin(pose.turn)]
    const lx = u * c + v * s
    const ly = -u * s + v * c
    const dx = lx * Math.cos(pose.tilt) - w * Math.sin(pose.tilt)
    const dz = lx * Math.sin(pose.tilt) + w * Math.cos(pose.tilt)
    return [pose.centre[0] + dx * pose.side, pose.centre[1] + ly - 0.12 * dz, pose.centre[2] + dz, r]
  }
  const [hu, , hw] = pose.half
  for (const w of [-0.3, 0, 0.3])
    field.addTube([place(-hu * 0.75, 0, w * hw * 0.4, 2.4), place(-hu * 0.25, 0, w * hw, 2.2)])
  field.addTube(
    smoothCurve([
      place(-hu * 0.7, 0, 0, 3.6),
      place(-hu * 1.1, 1, -hw * 0.16, 4.2),
      place(-hu * 1.25, 1, -hw * 0.5, 2),
    ]),
  )
  return field
}

/** The fat around the kidney, bounded by Gerota's fascia. */
function perirenalFat(trunk: Trunk, pose: Pose, { adiposity, noise }: Patient): Field {
  const more = 4 + 9 * adiposity
  const half: Vec3 = [pose.half[0] + more, pose.half[1] + more, pose.half[2] + 10 + more]
  const place = toKidney(pose)
  return Field.of(boundsOf(pose, more + 12), 2.5, (x, y, z) => {
    const [u, v, w] = place(x, y, z)
    return ellipsoid(u, v, w, half) + 1.5 * noise.at(x, y, z, 30)
  }).within((x, y, z) => trunk.inner.at(x, y, z) + 2.5, 4)
}

function perirenalTissue({ noise }: Patient, palette: Palette): Tissue {
  return (_, x, y, z) => {
    const strand = ramp(0.04, 0, Math.abs(noise.at(x, y, z, 16)))
    return palette.fat + 38 * strand
  }
}

/** Thin limbs that meet in a ridge in front: an inverted V on the right, a lambda on the left. */
function makeAdrenal(patient: Patient, side: 1 | -1, ml: number): Field {
  const random = patient.random.fork(`adrenal ${side}`)
  const vary = (by: number): number => random.between(-by, by)
  const centre: Vec3 =
    side === 1 ? [30 + vary(2), -27 + vary(2), 40 + vary(4)] : [-31 + vary(3), -17 + vary(3), 34 + vary(4)]
  const height = random.between(13, 17)
  const field = new Field(
    { low: [centre[0] - 28, centre[1] - 34, centre[2] - 26], high: [centre[0] + 28, centre[1] + 22, centre[2] + 26] },
    1,
  )
  const limbs =
    side === 1
      ? [
          { dx: 9, dy: -17 },
          { dx: -3, dy: -19 },
        ]
      : [
          { dx: -11, dy: -17 },
          { dx: 4, dy: -19 },
        ]
  for (let w = -height; w <= height; w += 1.5) {
    const t = w / height
    // The ridge slopes back towards the top; the limbs are longest in the middle and shorter above.
    const ridge: Knot = [centre[0] - side * 3 * t, centre[1] + 4 - 4 * t, centre[2] + w, 2.3 * Math.sqrt(1.05 - t * t)]
    const reach = 0.95 - 0.35 * t * t - (t > 0 ? 0.25 * t : 0)
    for (const { dx, dy } of limbs) {
      const end: Knot = [ridge[0] + dx * reach, ridge[1] + dy * reach, ridge[2], 1.5 * Math.sqrt(1.02 - t * t)]
      const middle: Knot = [
        (ridge[0] + end[0]) / 2 + side * 0.8,
        (ridge[1] + end[1]) / 2,
        ridge[2],
        1.75 * Math.sqrt(1.02 - t * t),
      ]
      field.addTube(smoothCurve([ridge, middle, end], 4))
    }
    field.addTube([[ridge[0], ridge[1] + 4 * (1 - t * t), ridge[2], 2.1 * Math.sqrt(1.02 - t * t)], ridge])
  }
  return field.growTo(ml, 1.1)
}
