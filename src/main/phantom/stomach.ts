import { smoothCurve, type Knot } from './curve'
import { Field } from './field'
import { idOf } from './labels'
import type { Patient } from './patient'
import { mix, ramp, type Palette, type Part, type Tissue } from './tissue'
import { abdomen, type Trunk } from './trunk'

export interface UpperGut {
  readonly esophagus: Field
  readonly stomach: Field
  readonly parts: Part[]
}

export function makeStomach(
  patient: Patient,
  palette: Palette,
  trunk: Trunk,
  keepClear: readonly (readonly [Field, number])[],
): UpperGut {
  const random = patient.random.fork('stomach')
  const vary = (by: number): number => random.between(-by, by)
  const { breath, spineX, spineY } = patient
  const lift = 0.6 * breath
  const sag = random.between(-14, 10)
  const full = random.between(0.88, 1.1)
  const cardia: Knot = [-16 + vary(3), 2 + vary(3), 60 + lift, 9]
  const path: Knot[] = [
    [-52 + vary(4), -20 + vary(5), 70 + lift, 30 * full],
    [-62 + vary(4), -2 + vary(5), 58 + lift, 33 * full],
    [-62 + vary(4), 22 + vary(4), 38 + lift, 30 * full],
    [-54 + vary(4), 42 + vary(4), 14 + sag * 0.4, 26 * full],
    [-30 + vary(4), 53 + vary(3), -10 + sag, 21 * full],
    [0 + vary(4), 54 + vary(3), -16 + sag, 18 * full],
    [24 + vary(3), 45 + vary(3), -6 + sag * 0.5, 14],
    [38, 36, 1, 8],
  ]
  const stomach = new Field({ low: [-115, -70, -70], high: [60, 100, 115] }, 2.2)
    .addTube(smoothCurve(path))
    .addTube([cardia, [-40, 4, 58 + lift, 16]])
  const { noise } = patient
  const ml = Math.min(460, Math.max(180, 290 + 70 * random.normal()))
  stomach
    .roughen((x, y, z) => 1.8 * noise.at(x, y, z, 26))
    .within(abdomen(trunk, 3.5), 8)
    .growTo(ml, 12, keepClear)
    .within(abdomen(trunk, 3))

  const tube: Knot[] = []
  for (let z = 190; z > 84; z -= 15)
    tube.push([spineX(z) - 3 - 5 * ramp(150, 85, z), spineY(z) + 24 + 9 * ramp(150, 80, z), z, 8])
  const esophagus = new Field({ low: [-45, -60, 30], high: [25, 40, 190] }, 1.5)
    .addTube(
      smoothCurve([
        ...tube,
        [-10, (spineY(75) + 36 + cardia[1]) / 2, 75 + lift * 0.5, 7.5],
        [cardia[0], cardia[1], cardia[2], 8],
      ]),
      0.85,
    )
    .carve(stomach, 0)
  for (const [field, gap] of keepClear) esophagus.carve(field, gap)
  const airy = random.next() < 0.35
  const contents = drawContents(patient, random.next)
  const level = random.between(-0.2, 0.7)
  return {
    esophagus,
    stomach,
    parts: [
      {
        field: esophagus,
        label: idOf('esophagus'),
        tissue: esophagusTissue(palette, airy),
        coat: { mm: 1, hu: palette.fat },
      },
      {
        field: stomach,
        label: idOf('stomach'),
        tissue: stomachTissue(patient, palette, contents, level),
        coat: { mm: 1, hu: palette.fat },
      },
    ],
  }
}

function esophagusTissue(palette: Palette, airy: boolean): Tissue {
  const lumen = airy ? -500 : palette.esophagus - 22
  return (depth) => mix(palette.esophagus, lumen, ramp(4.4, 6, depth))
}

interface Contents {
  readonly hu: number
  readonly lumps: number
}

/** Oral contrast, water, or a meal. */
function drawContents({ oralContrast }: Patient, next: () => number): Contents {
  const spread = next()
  if (oralContrast !== null) return { hu: oralContrast * (0.5 + 0.6 * spread), lumps: 60 }
  if (spread < 0.6) return { hu: 6 + 22 * spread, lumps: 8 }
  return { hu: 24 + 16 * spread, lumps: 55 }
}

/** Gas lies above a level that is flat, whatever the stomach's shape. */
function stomachTissue({ noise }: Patient, palette: Palette, contents: Contents, level: number): Tissue {
  // The levels are measured from the table; the stomach's front wall stands about 60 mm above the atlas's middle.
  const surface = 18 + 40 * level
  return (depth, x, y, z, up) => {
    const wall = 3.6 + 3 * Math.max(0, noise.at(x, y, z, 9)) + (x > 5 ? 1.2 : 0)
    const inside = ramp(wall - 0.8, wall + 0.8, depth)
    const fluid = contents.hu + contents.lumps * noise.at(x, y, z, 7)
    const lumen = mix(fluid, -960, ramp(surface - 0.8, surface + 0.8, up))
    return mix(palette.stomachWall, lumen, inside)
  }
}
