import type { Vec3 } from '../../shared/geometry/affine'
import { Field } from './field'
import { idOf } from './labels'
import type { Noise } from './noise'
import type { Patient, Phase } from './patient'
import { mix, ramp, type Palette, type Part, type Tissue } from './tissue'
import { placesWithin } from './vesselTree'

/** Organs that tumours are put into, how often, and how large they get (radius, mm). */
const hosts = [
  { organ: 'liver', chance: 0.55, most: 5, radius: [5, 26] },
  { organ: 'right-kidney', chance: 0.16, most: 1, radius: [7, 17] },
  { organ: 'left-kidney', chance: 0.16, most: 1, radius: [7, 17] },
  { organ: 'pancreas', chance: 0.18, most: 1, radius: [6, 12] },
] as const

/** HU relative to the host, by phase: non-contrast, arterial, portal, late. */
const contrastToHost: Readonly<Record<string, Readonly<Record<Phase, number>>>> = {
  metastasis: { 'non-contrast': -16, arterial: -14, portal: -48, late: -26 },
  hypervascular: { 'non-contrast': -8, arterial: 52, portal: -12, late: -24 },
  renal: { 'non-contrast': 2, arterial: -62, portal: -80, late: -70 },
  pancreatic: { 'non-contrast': -5, arterial: -42, portal: -36, late: -16 },
}

/** Tumours inside their organs; each is a part painted only where its host is. `most` limits how many there are. */
export function makeLesions(
  patient: Patient,
  palette: Palette,
  organs: Readonly<Record<string, Field>>,
  most = Infinity,
): Part[] {
  const random = patient.random.fork('lesions')
  const parts: Part[] = []
  for (const { organ, chance, most: mostHere, radius } of hosts) {
    const field = organs[organ]
    const some = random.next() < chance
    const count = some ? 1 + random.int(mostHere) : 0
    for (let n = 0; n < count && parts.length < most; n++) {
      const r = radius[0] + (radius[1] - radius[0]) * random.next() ** 2
      const [place] = placesWithin(field, 1, Math.min(r * 0.8, organ === 'liver' ? 12 : 5), random)
      if (!place) continue
      const kind =
        organ === 'liver'
          ? random.next() < 0.65
            ? 'metastasis'
            : 'hypervascular'
          : organ === 'pancreas'
            ? 'pancreatic'
            : 'renal'
      const hostHu = organ === 'liver' ? palette.liver : organ === 'pancreas' ? palette.pancreas : palette.renalCortex
      const hu = hostHu + contrastToHost[kind][patient.phase] * random.between(0.75, 1.2)
      const necrosis = r > 11 && random.next() < 0.6 ? random.between(0.3, 0.7) : 0
      parts.push({
        field: blob(place, r, patient.noise),
        label: idOf('lesion'),
        within: idOf(organ),
        tissue: tumour(patient.noise, hu, hostHu, r, necrosis),
      })
    }
  }
  return parts
}

function blob([x0, y0, z0]: Vec3, r: number, noise: Noise): Field {
  const reach = r * 1.4 + 3
  return Field.of(
    { low: [x0 - reach, y0 - reach, z0 - reach], high: [x0 + reach, y0 + reach, z0 + reach] },
    r < 8 ? 1 : 1.6,
    (x, y, z) => Math.hypot(x - x0, y - y0, (z - z0) * 1.05) - r + r * 0.35 * noise.at(x, y, z, r * 1.6),
  )
}

/** A rim a little like the host, a core that may be dead. */
function tumour(noise: Noise, hu: number, host: number, r: number, necrosis: number): Tissue {
  return (depth, x, y, z) => {
    const rim = mix(mix(hu, host, 0.35), hu, ramp(0, 2.2, depth))
    const core = ramp(r * (1 - necrosis) * 0.7, r * (1 - necrosis) * 0.7 + 3, depth + 2 * noise.at(x, y, z, 7))
    return mix(rim, 20, necrosis > 0 ? core * 0.75 : 0) + 8 * noise.at(x, y, z, 5)
  }
}
