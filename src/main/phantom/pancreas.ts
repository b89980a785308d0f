import { smoothCurve, type Knot } from './curve'
import { Field } from './field'
import { idOf } from './labels'
import type { Patient } from './patient'
import { mix, ramp, type Palette, type Part, type Tissue } from './tissue'

export interface PancreasAndDuodenum {
  readonly pancreas: Field
  readonly duodenum: Field
  readonly parts: Part[]
}

/** The pancreas, and the duodenum's C around its head. `keepClear` is carved out of both. */
export function makePancreas(
  patient: Patient,
  palette: Palette,
  keepClear: readonly (readonly [Field, number])[],
): PancreasAndDuodenum {
  const random = patient.random.fork('pancreas')
  const vary = (by: number): number => random.between(-by, by)
  const { noise, age } = patient
  const drop = vary(6)
  const tailRise = vary(7)
  const path: Knot[] = [
    [32 + vary(2), 13 + vary(2), -34 + drop, 11],
    [31 + vary(2), 16 + vary(2), -20 + drop, 14],
    [15 + vary(2), 27 + vary(2), -5 + drop, 8.5],
    [-12 + vary(3), 30 + vary(3), 5, 9.5],
    [-38 + vary(3), 16 + vary(3), 13 + tailRise, 10],
    [-62 + vary(3), -2 + vary(3), 20 + tailRise, 10.5],
    [-78 + vary(3), -12 + vary(3), 25 + tailRise, 8.5],
  ]
  const pancreas = new Field({ low: [-105, -45, -70], high: [60, 65, 60] }, 1.5).addTube(smoothCurve(path)).addTube([
    [26, 11, -36 + drop, 9],
    [15, 6, -37 + drop, 6.5],
  ])
  const ml = Math.min(112, Math.max(58, mix(95, 70, age) + 10 * random.normal()))
  const lobes = mix(1, 3.2, age)
  pancreas
    .roughen((x, y, z) => lobes * (noise.at(x, y, z, 7.5) + 0.3) + 1.5 * noise.at(x, y, z, 22))
    .growTo(ml * patient.size ** 0.5, 5, keepClear)

  const fall = vary(7)
  const c: Knot[] = [
    [42, 33, 3, 10.5],
    [52 + vary(2), 20, 7, 11],
    [56 + vary(2), 8, -10, 12],
    [56 + vary(3), 2, -34 + fall * 0.5, 12],
    [49, 1, -55 + fall, 12.5],
    [28, 8, -64 + fall, 11.5],
    [2, 12, -62 + fall, 10.5],
    [-20, 11, -52 + fall, 11],
    [-29, 14, -34, 11],
    [-30, 24, -22, 10.5],
  ]
  const duodenum = new Field({ low: [-60, -35, -100], high: [85, 65, 35] }, 1.5).addTube(smoothCurve(c))
  duodenum
    .roughen((x, y, z) => 1.6 * noise.at(x, y, z, 9))
    .growTo(random.between(55, 95), 4, [...keepClear, [pancreas, 1]])
  const gassy = random.between(-0.1, 0.6)
  return {
    pancreas,
    duodenum,
    parts: [
      {
        field: duodenum,
        label: idOf('duodenum'),
        tissue: duodenumTissue(patient, palette, gassy),
        coat: { mm: 0.9, hu: palette.fat },
      },
      {
        field: pancreas,
        label: idOf('pancreas'),
        tissue: pancreasTissue(patient, palette),
        coat: { mm: 0.9, hu: palette.fat },
      },
    ],
  }
}

/** Fat between the lobules, the more of it with age. */
function pancreasTissue({ noise, age }: Patient, palette: Palette): Tissue {
  const threshold = mix(0.62, 0.2, age)
  return (depth, x, y, z) => {
    const cleft = ramp(threshold, threshold + 0.3, noise.at(x, y, z, 5)) * ramp(6, 1, depth)
    return mix(palette.pancreas, palette.fat, 0.55 * cleft) + 7 * noise.at(x, y, z, 3.4)
  }
}

function duodenumTissue({ noise, oralContrast }: Patient, palette: Palette, gassy: number): Tissue {
  return (depth, x, y, z) => {
    const folds = 2.4 + 2 * Math.max(0, noise.at(x, y, z, 5))
    const gas = ramp(0.72 - gassy, 0.84 - gassy, noise.at(x, y, z, 24) + 0.012 * y) * ramp(4, 6, depth)
    const fluid = (oralContrast ?? 40) * 0.6 + 12 * noise.at(x, y, z, 6)
    const lumen = mix(fluid, -900, gas)
    return mix(palette.bowelWall, lumen, ramp(folds, folds + 1.8, depth))
  }
}
