import type { Vec3 } from '../../shared/geometry/affine'
import { smoothCurve, type Knot } from './curve'
import { Field } from './field'
import { hamiltonianPath } from './hamiltonianPath'
import type { Patient } from './patient'
import { mix, plain, ramp, type Palette, type Part, type Tissue } from './tissue'
import type { Trunk } from './trunk'
import { growTree, placesWithin } from './vesselTree'

/** Colon, small bowel and the mesentery's vessels. `keepClear` is carved out of the bowel. */
export function makeBowel(
  patient: Patient,
  palette: Palette,
  trunk: Trunk,
  keepClear: readonly (readonly [Field, number])[],
): Part[] {
  const colon = makeColon(patient, trunk)
  const small = makeSmallBowel(patient, trunk, colon)
  for (const [other, gap] of keepClear) {
    colon.carve(other, gap)
    small.carve(other, gap)
  }
  const coat = { mm: 1.1, hu: palette.fat }
  return [
    {
      field: mesentericVessels(patient, small),
      label: null,
      tissue: plain(mix(palette.portalVein, palette.fat, 0.35)),
    },
    { field: small, label: 0, tissue: smallBowelTissue(patient, palette), coat },
    { field: colon, label: 0, tissue: colonTissue(patient, palette), coat },
  ]
}

function makeColon(patient: Patient, trunk: Trunk): Field {
  const random = patient.random.fork('colon')
  const vary = (by: number): number => random.between(-by, by)
  const { innerWidth, innerFront, noise } = patient
  const wide = random.between(0.85, 1.25)
  const sag = random.between(-38, 5)
  const side = (z: number, inset: number): number => innerWidth(z) - inset
  const front = (z: number): number => innerFront(z) - 24
  const knots: Knot[] = [
    [side(-150, 50), 20 + vary(8), -178, 24 * wide],
    [side(-140, 38), 8 + vary(8), -150, 27 * wide],
    [side(-110, 32), 0 + vary(8), -118, 25 * wide],
    [side(-80, 31), 2 + vary(6), -88, 23 * wide],
    [side(-60, 33), 12 + vary(6), -66 + vary(5), 21 * wide],
    [side(-50, 48), 36, -58 + vary(6), 20 * wide],
    [48 + vary(8), front(-60) - 4, -58 + sag * 0.5, 18 * wide],
    [8 + vary(8), front(-70) + 2, -58 + sag, 18 * wide],
    [-38 + vary(8), front(-60), -44 + sag * 0.8, 18 * wide],
    [-78 + vary(6), front(-20) - 14, -18 + sag * 0.3, 17 * wide],
    [-side(10, 30), 22 + vary(5), 6, 16 * wide],
    [-side(10, 22), -4, 4 + vary(5), 15 * wide],
    [-side(-30, 20), -16 + vary(5), -34, 13 * wide],
    [-side(-70, 20), -14 + vary(5), -74, 12.5 * wide],
    [-side(-110, 24), -6 + vary(5), -114, 12.5 * wide],
    [-side(-150, 30), 2, -150, 13 * wide],
    [-side(-180, 46), 10, -185, 14 * wide],
  ]
  // Haustra: the wall bulges between the bands.
  const curve = smoothCurve(knots, 3).map(([x, y, z, r], n): Knot => [
    x,
    y,
    z,
    r * (1 + 0.13 * Math.sin(n * 0.46)) + vary(0.6),
  ])
  return new Field({ low: [-150, -60, -205], high: [150, 105, 40] }, 2.2)
    .addTube(curve)
    .roughen((x, y, z) => 2.2 * noise.at(x, y, z, 17))
    .within((x, y, z) => Math.max(trunk.inner.at(x, y, z) + 2.5, trunk.belowDiaphragm(x, y, z) + 3), 4)
}

/** Stool mottled with gas on the right, formed on the left, gas where it collects in front. */
function colonTissue({ random, noise }: Patient, palette: Palette): Tissue {
  const gassy = random.fork('colon gas').between(-0.25, 0.25)
  return (depth, x, y, z) => {
    const stool = mix(42, 5, ramp(0, 0.5, noise.at(x, y, z, 11))) + 30 * noise.at(x, y, z, 4.5)
    const bubbles = -520 * ramp(0.22, 0.55, noise.at(x, y, z, 5.5))
    const pocket = ramp(0.02, 0.1, noise.at(x, y * 0.5, z, 42) + 0.006 * (y - 20) + gassy)
    const lumen = mix(stool + bubbles, -940, pocket)
    return mix(palette.colonWall, lumen, ramp(1.6, 3, depth))
  }
}

function makeSmallBowel(patient: Patient, trunk: Trunk, colon: Field): Field {
  const random = patient.random.fork('small bowel')
  const { noise, innerFront } = patient
  const spacing = random.between(24.5, 28)
  const count: Vec3 = [Math.round(185 / spacing), 3, Math.round(165 / spacing)]
  const turn = random.between(-0.35, 0.35)
  const fill = (innerFront(-80) - 6) / 84
  const path = hamiltonianPath(count, random, 900).map(([i, j, k]): Knot => {
    const u = (i - (count[0] - 1) / 2) * spacing + random.normal() * 2.4
    const v = j * spacing * fill + 4 + random.normal() * 2.4
    const w = -26 - k * spacing - (j === 0 ? 12 : 0) + random.normal() * 2.4
    return [
      u * Math.cos(turn) - (w + 110) * Math.sin(turn) * 0.4,
      v,
      w + u * Math.sin(turn) * 0.4,
      random.between(7, 12.8),
    ]
  })
  const field = new Field({ low: [-125, -25, -215], high: [125, 108, 5] }, 2)
  const free = (knot: Knot): boolean =>
    trunk.inner.at(knot[0], knot[1], knot[2]) < -knot[3] - 1 && colon.at(knot[0], knot[1], knot[2]) > knot[3] * 0.4
  let loop: Knot[] = []
  for (const knot of [...path, null]) {
    if (knot && free(knot)) {
      loop.push(knot)
      continue
    }
    if (loop.length > 1) field.addTube(smoothCurve(loop))
    loop = []
  }
  return field
    .roughen((x, y, z) => 1.2 * noise.at(x, y, z, 7) + 1.6 * noise.at(x, y, z, 15))
    .within((x, y, z) => trunk.inner.at(x, y, z) + 3, 3)
    .carve(colon, 1.5)
}

function smallBowelTissue({ noise, oralContrast }: Patient, palette: Palette): Tissue {
  return (depth, x, y, z) => {
    // Here collapsed, there filled; folds reach into the lumen.
    const filled = noise.at(x, y, z, 60)
    const wall = mix(5, 1.8, ramp(-0.35, 0.15, filled)) + 1.4 * noise.at(x, y, z, 4)
    const gas = ramp(0.42, 0.5, noise.at(x, y, z, 33) + 0.004 * (y - 40)) * ramp(3, 5, depth)
    // Contrast has reached some loops and not others.
    const reached = oralContrast === null ? 0 : ramp(-0.15, 0.1, noise.at(x, y, z, 85))
    const fluid = mix(24, oralContrast ?? 0, reached) + 16 * noise.at(x, y, z, 5)
    return mix(palette.bowelWall, mix(fluid, -880, gas), ramp(wall, wall + 1.8, depth))
  }
}

function mesentericVessels(patient: Patient, small: Field): Field {
  const random = patient.random.fork('mesentery')
  const targets = placesWithin(small, 90, 4, random)
  const branches = growTree([8, 22, -45], 4, targets, random)
  return new Field({ low: [-125, -25, -215], high: [125, 108, 5] }, 1.6).addBranches(branches, 0.9)
}
