import { piecewise, smoothCurve, type Knot } from './curve'
import { FAR, Field, smoothMax } from './field'
import { idOf } from './labels'
import type { Patient } from './patient'
import { mix, plain, ramp, type Palette, type Part, type Tissue } from './tissue'
import type { Trunk } from './trunk'
import { growTree, placesWithin } from './vesselTree'
import type { Vessels } from './vessels'

/** Pear-shaped, under the liver: its neck points to the hilum. */
export function makeGallbladder(patient: Patient, palette: Palette): { field: Field; part: Part } {
  const random = patient.random.fork('gallbladder')
  const vary = (by: number): number => random.between(-by, by)
  const ml = Math.min(56, Math.max(17, 32 * Math.exp(0.35 * random.normal())))
  const knots: Knot[] = [
    [44 + vary(2), 23, 12 + vary(3), 3.5],
    [49 + vary(2), 31 + vary(2), 2, 7],
    [54 + vary(3), 44 + vary(3), -10 + vary(3), 12],
    [58 + vary(4), 55 + vary(4), -20 + vary(4), 13],
  ]
  const field = new Field({ low: [20, 0, -55], high: [95, 92, 35] }, 1.5).addTube(smoothCurve(knots)).growTo(ml, 7)
  const stone: Knot = [55, 44, -12, random.between(2.5, 5)]
  const hasStone = random.next() < 0.12
  const tissue: Tissue = (depth, x, y, z) => {
    const stoneDepth = hasStone ? stone[3] - Math.hypot(x - stone[0], y - stone[1] + 4, z - stone[2]) : -1
    const inside = mix(palette.bile, 180, ramp(-0.8, 0.8, stoneDepth))
    return mix(palette.gallbladderWall, inside, ramp(1, 2.4, depth))
  }
  return { field, part: { field, label: idOf('gallbladder'), tissue, coat: { mm: 0.6, hu: 10 } } }
}

export interface Liver {
  readonly field: Field
  readonly parts: Part[]
}

/** A wedge under the right dome that tapers to the left; it moulds itself around `keepClear`. */
export function makeLiver(
  patient: Patient,
  palette: Palette,
  trunk: Trunk,
  vessels: Vessels,
  keepClear: readonly (readonly [Field, number])[],
): Liver {
  const random = patient.random.fork('liver')
  const ml = Math.min(1950, Math.max(1150, 1560 + 190 * random.normal())) * patient.size ** 0.4
  const reach = random.between(-26, 22)
  const steep = random.between(0.85, 1.2)
  const tip = random.between(-94, -66)
  const { noise } = patient
  // Height of the visceral surface from left to right.
  const under = piecewise([
    [-110 - reach, 84],
    [-70 - reach, 64],
    [-30 - reach * 0.5, 44],
    [0, 30],
    [20, 20],
    [50, -6 * steep],
    [80, -38 * steep],
    [110, -54 * steep],
    [135, -58 * steep],
  ])
  // How far back the liver comes, from left to right: stomach and spine lie behind its left half.
  const behind = piecewise([
    [-110, 48],
    [-60, 34],
    [-15, 20],
    [8, 10],
    [22, -10],
    [34, -42],
    [52, -84],
    [90, -140],
  ])
  const field = Field.of({ low: [-135, -112, -110], high: [150, 100, 122] }, 2.6, (x, y, z) => {
    const wall = trunk.inner.at(x, y, z) + 3
    if (wall > FAR) return FAR
    const dome = trunk.belowDiaphragm(x, y, z) + 2.5
    // Lower down only the right lobe is left, beside the kidney and the duodenum.
    const posterior = (behind(x - 42 * ramp(38, -45, z)) - y) * 0.62
    const shell = smoothMax(smoothMax(wall, dome, 6), posterior, 14)
    return shell > FAR ? FAR : shell + 1.2 * noise.at(x, y, z, 34)
  })
  for (const [other, gap] of keepClear) field.carve(other, gap)

  // The clefts of the falciform ligament and of the ligamentum venosum part the left lobe.
  const cleftX = random.between(-14, 2)
  field.each((n, x, y, z) => {
    const open = 6 * ramp(70, 10, z) * ramp(10, 60, y)
    const cleft = open - Math.abs(x - cleftX - 0.1 * (y - 40)) - 1
    if (cleft > field.data[n]) field.data[n] = cleft
  })

  // The visceral surface is moved until the volume is right; organs below have given it its other sides.
  const shell = field.data.slice()
  const inferior = new Float32Array(shell.length)
  const give = new Float32Array(shell.length)
  field.each((n, x, y, z) => {
    const edge = under(x) - 0.3 * Math.max(-20, Math.min(60, y - 20))
    inferior[n] = (edge - z) * 0.72 + 2.2 * noise.at(x, y, z, 40)
    give[n] = 0.4 + 0.6 * ramp(5, 75, x)
    // However large, it ends above the iliac crest.
    const end = (tip + 0.4 * Math.max(0, 122 - x) - z) * 0.92
    if (shell[n] < FAR) shell[n] = smoothMax(shell[n], end, 20)
  })
  const moveTo = (height: number, n: number): void => {
    field.data[n] = shell[n] >= FAR ? FAR : smoothMax(shell[n], inferior[n] - height * give[n], 9)
  }
  field.data.set(shell)
  // Only these can be inside at all; the search for the right height asks them alone.
  const candidates: number[] = []
  for (let n = 0; n < shell.length; n++) if (shell[n] < field.step) candidates.push(n)
  let [low, high] = [-45, 75]
  let height = 0
  for (let round = 0; round < 10; round++) {
    height = (low + high) / 2
    for (const n of candidates) moveTo(height, n)
    if (field.volumeMl() < ml) low = height
    else high = height
  }
  for (let n = 0; n < shell.length; n++) moveTo(height, n)

  const label = idOf('liver')
  const tree = (root: readonly [number, number, number], radius: number, count: number): Field => {
    const branches = growTree(root, radius, placesWithin(field, count, 6, random), random)
    return new Field({ low: [-135, -112, -110], high: [150, 100, 122] }, 1.6).addBranches(branches, 0.8)
  }
  const portal = tree(vessels.hilum, 6, 46)
  const hepatic = tree(vessels.hepaticVeinsEnd, 6.5, 40)
  const tissue: Tissue = (_, x, y, z) => palette.liver + 5 * noise.at(x, y, z, 5) + 6 * noise.at(x, y, z, 45)
  return {
    field,
    parts: [
      { field, label, tissue, coat: { mm: 0.8, hu: palette.fat } },
      { field: portal, label: null, within: label, tissue: plain(mix(palette.portalVein, palette.liver, 0.12)) },
      { field: hepatic, label: null, within: label, tissue: plain(mix(palette.hepaticVein, palette.liver, 0.12)) },
    ],
  }
}
