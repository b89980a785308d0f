import { mirrored, smoothCurve, type Knot } from './curve'
import { Field } from './field'
import type { Patient } from './patient'
import { mix, ramp, type Palette, type Part, type Tissue } from './tissue'
import type { Trunk } from './trunk'

/** Skin, subcutaneous fat, the trunk's wall of muscle, and the fat that fills it: everything that organs are painted on. */
export function makeWall(patient: Patient, palette: Palette, trunk: Trunk): Part[] {
  return [
    { field: trunk.skin, label: 0, tissue: subcutaneous(patient, palette) },
    { field: trunk.fascia, label: 0, tissue: wallMuscle(patient, palette, trunk) },
    { field: trunk.inner, label: 0, tissue: visceralFat(patient, palette) },
  ]
}

/** Skin over fat that thin sheets of tissue divide. */
function subcutaneous({ noise }: Patient, palette: Palette): Tissue {
  return (depth, x, y, z) => {
    const septum = ramp(0.035, 0, Math.abs(noise.at(x, y, z * 0.6, 26))) * ramp(2, 9, depth)
    const fat = palette.fat + 45 * septum + 6 * noise.at(x, y, z, 7)
    return mix(25, fat, ramp(1.4, 2.6, depth))
  }
}

function visceralFat({ noise }: Patient, palette: Palette): Tissue {
  return (_, x, y, z) => palette.fat + 26 * ramp(0.04, 0, Math.abs(noise.at(x, y, z, 19))) + 7 * noise.at(x, y, z, 9)
}

/** Muscle with fat between its layers: three flat muscles at the sides, the rectus in front, a seam in the midline. */
function wallMuscle({ noise, age, adiposity, innerWidth }: Patient, palette: Palette, trunk: Trunk): Tissue {
  const marbling = 0.15 + 0.5 * age * adiposity
  return (_, x, y, z) => {
    const sx = Math.abs(x)
    const within = trunk.inner.at(x, y, z)
    const belly = ramp(30, -10, z)
    const rim = sx / innerWidth(z)
    const layers =
      ramp(0.9, 0.3, Math.abs(within - 4.2 + 1.2 * noise.at(x, y, z, 30))) +
      ramp(0.9, 0.3, Math.abs(within - 8.4 + 1.2 * noise.at(x, y, z, 37)))
    const sides = layers * ramp(0.5, 0.62, rim) * belly
    const seams =
      y > 0 ? 0.8 * ramp(2.2, 0.6, sx) + 0.7 * ramp(2.4, 0.6, Math.abs(sx - 64 - 5 * noise.at(x, y, z, 60))) * belly : 0
    // Over the ribs the wall is mostly fat between thin muscles.
    const chest = ramp(10, 60, z) * ramp(6.5, 9, within) * ramp(0.25, 0.1, Math.abs(noise.at(x, y, z, 34)))
    const behind = y < -60 ? ramp(0.1, 0.5, noise.at(x, y, z, 15)) * marbling : 0
    const fat = Math.min(1, (0.35 + 0.5 * adiposity) * sides + seams + 0.8 * chest + behind)
    return mix(palette.muscle + 10 * noise.at(x, y, z, 6), palette.fat, fat)
  }
}

/** Muscles along the spine and the crura of the diaphragm. */
export function makeMuscles(patient: Patient, palette: Palette): Part[] {
  const { spineX, spineY, noise, age, adiposity } = patient
  const random = patient.random.fork('muscles')
  const build = random.between(0.85, 1.15)
  const field = new Field({ low: [-125, -118, -210], high: [125, 20, 185] }, 2.2)
  const crura = new Field({ low: [-45, -60, -80], high: [45, 20, 110] }, 1.6)
  for (const side of [-1, 1] as const) {
    const psoas: Knot[] = [
      [24, spineY(20) - 2, 18, 4 * build],
      [30, spineY(-20) - 2, -20, 10 * build],
      [36, spineY(-55), -55, 15.5 * build],
      [42, spineY(-90) + 3, -90, 19 * build],
      [50, spineY(-125) + 9, -125, 21 * build],
      [60, -28, -165, 20 * build],
      [70, -14, -205, 18 * build],
    ]
    const quadratus: Knot[] = [
      [48, -70, 25, 6],
      [62, -66, -30, 9 * build],
      [70, -64, -80, 10 * build],
      [78, -66, -110, 8 * build],
    ]
    const iliacus: Knot[] = [
      [92, -40, -128, 8],
      [96, -22, -165, 13],
      [92, -8, -208, 15],
    ]
    for (const muscle of [psoas, quadratus, iliacus]) field.addTube(smoothCurve(mirrored(muscle, side)), 0.92)
    // The erector spinae, as two columns that lie against each other and the spine.
    for (const column of [0, 1] as const) {
      const erector: Knot[] = []
      for (let z = -205; z <= 185; z += 26) {
        const bulk = mix(22 - 1.5 * column, 13 - 2 * column, ramp(-60, 120, z)) * build
        const out = column === 0 ? bulk + 2 : bulk * 2.55
        erector.push([
          spineX(z) + side * out,
          spineY(z) - mix(47, 43, ramp(-40, 60, z)) + 10 * ramp(-120, -200, z) + 4 * column,
          z,
          bulk,
        ])
      }
      field.addTube(smoothCurve(erector), 0.95)
    }
    crura.addTube(
      smoothCurve([
        [side * 11 - 1, spineY(-62) + 17, -66, 2.5],
        [side * 13 + (side === -1 ? -5 : 0), spineY(-20) + 17, -22, 4.6],
        [side * 16 - 3, spineY(20) + 20, 20, 6],
        [side * 17 - 4, spineY(55) + 27, 52, 6],
        [side * 14 - 4, spineY(80) + 34, 76, 4.5],
      ]),
      0.8,
    )
  }
  const marbled: Tissue = (depth, x, y, z) => {
    const grain = noise.at(x, y * 0.6, z * 0.3, 5) + 0.5 * noise.at(x, y, z * 0.3, 14)
    const streak = ramp(0.2, 0.75, grain) * (0.08 + 0.6 * age * adiposity) * ramp(-50, -75, y)
    return mix(palette.muscle + 10 * noise.at(x, y, z, 6), palette.fat, streak) - 12 * ramp(1.5, 0, depth)
  }
  const coat = { mm: 1, hu: mix(palette.muscle, palette.fat, 0.45) }
  return [
    { field, label: 0, tissue: marbled, coat },
    {
      field: crura,
      label: 0,
      tissue: (_, x, y, z) => palette.muscle + 6 * noise.at(x, y, z, 6),
      coat: { mm: 1, hu: palette.fat },
    },
  ]
}
