import { ellipsoid, Field, smoothMax } from './field'
import { idOf } from './labels'
import type { Patient } from './patient'
import type { Palette, Part, Tissue } from './tissue'
import { abdomen, type Trunk } from './trunk'

/** A crescent between the diaphragm and the stomach, `keepClear` carved out of it. */
export function makeSpleen(
  patient: Patient,
  palette: Palette,
  trunk: Trunk,
  keepClear: readonly (readonly [Field, number])[],
): { field: Field; part: Part } {
  const random = patient.random.fork('spleen')
  const vary = (by: number): number => random.between(-by, by)
  const ml = Math.min(360, Math.max(120, 225 * Math.exp(0.28 * random.normal()))) * patient.size ** 0.5
  const centre = [-102 + vary(4), -34 + vary(6), 36 + vary(7)] as const
  const lean = random.between(0.25, 0.55)
  const half = [33 + vary(3), 54 + vary(5), 52 + vary(6)] as const
  const [cosLean, sinLean] = [Math.cos(lean), Math.sin(lean)]
  const field = Field.of({ low: [-165, -112, -50], high: [-40, 45, 120] }, 2.2, (x, y, z) => {
    const dx = x - centre[0]
    const dy = y - centre[1]
    const dz = z - centre[2]
    // Its long axis follows the tenth rib: backward and up.
    const v = dy * cosLean + dz * sinLean
    const w = dz * cosLean - dy * sinLean
    const body = ellipsoid(dx, v, w, half)
    const hollow = 44 - Math.hypot(dx - 66, (v - 14) * 0.9, (w + 4) * 0.8)
    const notch = 1.8 * patient.noise.at(x, y, z, 24)
    return smoothMax(body + notch, hollow, 8)
  })
  field.within(abdomen(trunk, 2.5), 5).growTo(ml, 16, [...keepClear])
  // Growing must not push it into the wall.
  field.within(abdomen(trunk, 2.2))
  return {
    field,
    part: { field, label: idOf('spleen'), tissue: spleenTissue(patient, palette), coat: { mm: 1, hu: palette.fat } },
  }
}

/** In the arterial phase red and white pulp fill at different speeds, which shows as stripes. */
function spleenTissue({ noise, phase }: Patient, palette: Palette): Tissue {
  const stripes = phase === 'arterial' ? 34 : 4
  return (_, x, y, z) =>
    palette.spleen + stripes * Math.sin(x * 0.5 + 9 * noise.at(x, y, z, 18)) * 0.7 + 6 * noise.at(x, y, z, 6)
}
