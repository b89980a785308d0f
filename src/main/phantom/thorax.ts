import { ellipsoid, Field, smoothMax } from './field'
import type { Patient } from './patient'
import { mix, plain, ramp, type Palette, type Part, type Tissue } from './tissue'
import type { Trunk } from './trunk'
import { growTree, placesWithin } from './vesselTree'

/** Lung bases with their vessels, the diaphragm under them, and the heart's lower part. */
export function makeThorax(patient: Patient, palette: Palette, trunk: Trunk): Part[] {
  const random = patient.random.fork('thorax')
  const { noise, spineX, spineY } = patient
  const bounds = { low: [-150, -112, -20], high: [150, 95, 195] } as const
  const lungs = Field.of(bounds, 2.6, (x, y, z) => {
    const wall = trunk.inner.at(x, y, z) + 3
    const floor = -trunk.belowDiaphragm(x, y, z)
    const dx = (x - spineX(z)) / (x < 0 ? 31 : 25)
    const dy = (y - spineY(z) - 22) / 50
    const f = Math.sqrt(dx * dx + dy * dy)
    const mediastinum = (1 - f) * 28
    return smoothMax(smoothMax(wall, floor, 3), mediastinum, 6)
  })
  const heartX = random.between(-26, -14)
  const heartZ = 128 + patient.breath * 0.7 + random.between(-4, 6)
  const heartAt = (x: number, y: number, z: number): number => {
    const [dx, dy, dz] = [x - heartX, y - 22, z - heartZ]
    return ellipsoid(dx * 0.93 + dy * 0.3, dy * 0.93 - dx * 0.25 + dz * 0.12, dz, [60, 43, 43])
  }
  const heart = Field.of(
    { low: [-110, -50, 70], high: [70, 90, 190] },
    2.6,
    (x, y, z) => heartAt(x, y, z) + 2 * noise.at(x, y, z, 30),
  )
  const vessels = new Field(bounds, 2)
  for (const side of [-1, 1] as const) {
    const half = Field.of(bounds, 5, (x, y, z) => (x * side > 0 ? lungs.at(x, y, z) : 12))
    const places = placesWithin(half, 320, 3, random)
    vessels.addBranches(growTree([side * 40, -8, 175], 8, places, random), 0.9)
  }
  vessels.within((x, y, z) => lungs.at(x, y, z) + 1.5)
  return [
    {
      field: lungs,
      label: 0,
      coat: { mm: 3, hu: palette.muscle },
      // The lower lung is denser, where blood and weight gather.
      tissue: (_, x, y, z) =>
        palette.lung + 70 * ramp(-20, -95, y) + 35 * noise.at(x, y, z, 4) + 25 * noise.at(x, y, z, 25),
    },
    { field: vessels, label: null, tissue: plain(mix(palette.heartBlood, palette.lung, 0.12)) },
    {
      field: heart,
      label: 0,
      coat: { mm: 6, hu: palette.fat + 10 },
      tissue: heartTissue(patient, palette, heartX, heartZ),
    },
  ]
}

/** Chambers of blood in muscle: the left ventricle thick-walled, the right side thin. */
function heartTissue({ noise }: Patient, palette: Palette, heartX: number, heartZ: number): Tissue {
  return (depth, x, y, z) => {
    const [dx, dy, dz] = [x - heartX, y - 22, z - heartZ]
    const left = ellipsoid(dx + 16, dy + 6, dz, [24, 20, 30])
    const right = ellipsoid(dx - 24, dy - 4, dz, [30, 27, 34])
    const chamber = Math.min(left, right)
    const blood = palette.heartBlood - (left < right ? 0 : 18) + 8 * noise.at(x, y, z, 16)
    return mix(palette.myocardium, blood, ramp(1, -1, chamber) * ramp(2, 4, depth))
  }
}
