import { smoothCurve, type Knot } from './curve'
import { Field } from './field'
import type { Patient } from './patient'
import { mix, plain, ramp, type Palette, type Part, type Tissue } from './tissue'

/** The great vessels, and those whose course the organs follow. */
export interface Vessels {
  readonly aorta: Field
  readonly cava: Field
  /** Portal, splenic and upper mesenteric veins up to the liver's hilum. */
  readonly portal: Field
  /** The aorta's branches to the gut, and the iliac arteries. */
  readonly arteries: Field
  readonly iliacVeins: Field
  /** Where the portal vein enters the liver, and where the liver's veins leave it. */
  readonly hilum: readonly [number, number, number]
  readonly hepaticVeinsEnd: readonly [number, number, number]
  readonly splenicHilum: readonly [number, number, number]
  readonly parts: Part[]
}

export function makeVessels(patient: Patient, palette: Palette): Vessels {
  const { random: patientRandom, spineX, spineY, age } = patient
  const random = patientRandom.fork('vessels')
  const sway = (by: number): number => random.between(-by, by)
  const front = (z: number): number => spineY(z) + 17
  const aortaRadius = mix(8.3, 11, age) + sway(0.9)
  const bifurcation = -108 + sway(8)
  const left = -9 - 5 * age + sway(2)

  const aortaKnots: Knot[] = []
  for (let z = 190; z > bifurcation; z -= 20) {
    const chest = ramp(25, 110, z)
    const kink = 3 * age * Math.sin(z / 28 + 4 * age)
    aortaKnots.push([
      spineX(z) + left - 12 * chest + kink,
      front(z) + 3 + aortaRadius - 9 * chest,
      z,
      aortaRadius + 1.5 * chest - 1.4 * ramp(20, -100, z),
    ])
  }
  const last = aortaKnots[aortaKnots.length - 1]
  const fork: Knot = [last[0] + 2, front(bifurcation) + 2 + aortaRadius * 0.8, bifurcation, aortaRadius * 0.82]
  const aorta = new Field({ low: [-60, -80, -125], high: [40, 40, 190] }, 1.5).addTube(
    smoothCurve([...aortaKnots, fork]),
  )

  const arteries = new Field({ low: [-110, -80, -210], high: [110, 80, 90] }, 1.5)
  for (const side of [-1, 1] as const) {
    arteries.addTube(
      smoothCurve([
        [fork[0], fork[1], bifurcation, 5.6],
        [fork[0] + side * 20, fork[1] - 4, bifurcation - 30, 5],
        [side * 46, fork[1] - 16, bifurcation - 62, 4.6],
        [side * 58, fork[1] - 8, bifurcation - 100, 4.4],
      ]),
    )
  }

  const cavaRadius = random.between(8.5, 11.5)
  const right = 17 + sway(2)
  const cavaKnots: Knot[] = [[spineX(-116) + 8, front(-116) + 9, -116, cavaRadius * 0.9]]
  for (const z of [-90, -60, -30, 0])
    cavaKnots.push([spineX(z) + right, front(z) + 9, z, cavaRadius + (z > -20 ? 1.5 : 0)])
  cavaKnots.push([right + 3, front(30) + 13, 32, cavaRadius + 1.5])
  cavaKnots.push([right + 6, front(60) + 22, 62, cavaRadius + 2])
  cavaKnots.push([right + 6, front(90) + 31, 92, cavaRadius + 3])
  cavaKnots.push([right + 4, front(110) + 38, 112, cavaRadius + 4])
  const cava = new Field({ low: [-20, -60, -135], high: [60, 60, 130] }, 1.5).addTube(
    smoothCurve(cavaKnots),
    random.between(0.72, 0.95),
  )
  const iliacVeins = new Field({ low: [-90, -90, -210], high: [90, 40, -90] }, 2)
  for (const side of [-1, 1] as const) {
    iliacVeins.addTube(
      smoothCurve([
        [spineX(-116) + 8, front(-116) + 9, -116, cavaRadius * 0.8],
        [side * 24 + 4, front(-140) + 2, -142, 6.5],
        [side * 46, front(-160) - 8, -168, 6],
        [side * 56, front(-190) + 2, -205, 6],
      ]),
    )
  }

  const aortaFront = (z: number): readonly [number, number] => {
    const at = aortaKnots.reduce((a, b) => (Math.abs(b[2] - z) < Math.abs(a[2] - z) ? b : a))
    return [at[0], at[1] + at[3] - 2]
  }
  const [celiacX, celiacY] = aortaFront(18)
  const [smaX, smaY] = aortaFront(2)
  const splenicHilum = [-80 + sway(4), -14 + sway(4), 30 + sway(5)] as const
  const hilum = [40 + sway(5), 15 + sway(4), 30 + sway(5)] as const
  arteries.addTube(
    smoothCurve([
      [smaX, smaY, 2, 3.6],
      [smaX + 2, smaY + 11, -8, 3.6],
      [smaX + 4, smaY + 16, -35, 3.4],
      [smaX + 6, smaY + 22, -70, 3],
      [smaX + 14, smaY + 30, -105, 2.4],
    ]),
  )
  const celiac: Knot = [celiacX + 2, celiacY + 12, 17, 3.2]
  arteries.addTube(smoothCurve([[celiacX, celiacY, 20, 3.4], celiac]))
  arteries.addTube(
    smoothCurve([celiac, [18, 22, 16, 2.6], [30, 22, 20, 2.3], [hilum[0] - 3, hilum[1] + 6, hilum[2], 1.9]]),
  )
  const splenicArtery: Knot[] = [celiac]
  for (let t = 0.2; t <= 1.001; t += 0.16) {
    const wind = 5 * age * Math.sin(t * 17)
    splenicArtery.push([
      mix(celiac[0], splenicHilum[0], t),
      mix(celiac[1], splenicHilum[1], t) + 9 * Math.sin(Math.PI * t),
      mix(20, splenicHilum[2], t) + wind,
      2.4,
    ])
  }
  arteries.addTube(smoothCurve(splenicArtery))
  for (const side of [-1, 1] as const) {
    const [x, y] = aortaFront(-6)
    arteries.addTube(
      smoothCurve([
        [x + side * 6, y - 9, -6, 2.6],
        [side * 26, -26, -9, 2.4],
        [side * 40, -32, -12, 2.2],
      ]),
    )
  }

  const confluence: Knot = [13 + sway(2), 13 + sway(2), -4, 6.2]
  const portal = new Field({ low: [-100, -50, -120], high: [70, 60, 60] }, 1.5)
  portal.addTube(smoothCurve([[22, 34, -112, 3.4], [14, 26, -80, 4.6], [12, 18, -40, 5.4], confluence]))
  portal.addTube(smoothCurve([confluence, [26, 13, 14, 6.4], [...hilum, 6.2]]))
  portal.addTube(
    smoothCurve([confluence, [-8, 14, 4, 4.4], [-38, 4, 16, 4.2], [-64, -10, 26, 3.9], [...splenicHilum, 3.4]]),
  )
  // Renal veins: the left one passes in front of the aorta.
  const renal = new Field({ low: [-60, -60, -40], high: [60, 20, 20] }, 1.5)
  const [overX, overY] = aortaFront(-10)
  renal.addTube(
    smoothCurve([
      [-42, -30, -8, 3.8],
      [-26, -12, -8, 3.8],
      [overX, overY + 4, -9, 3.6],
      [14, -6, -10, 3.8],
    ]),
  )
  renal.addTube(
    smoothCurve([
      [40, -30, -18, 3.8],
      [right, -12, -14, 3.8],
    ]),
  )

  const blood: Tissue = arterialBlood(patient, palette)
  const venous = mix(palette.cava, palette.renalCortex, 0.35)
  return {
    aorta,
    cava,
    portal,
    arteries,
    iliacVeins,
    hilum,
    hepaticVeinsEnd: [right + 6, front(82) + 28, 80],
    splenicHilum,
    parts: [
      { field: renal, label: 0, tissue: plain(venous) },
      {
        field: iliacVeins,
        label: 0,
        tissue: plain(palette.cava - (patient.phase === 'portal' ? 30 : 0)),
        coat: { mm: 1, hu: palette.fat },
      },
      { field: arteries, label: 0, tissue: blood, coat: { mm: 1, hu: palette.fat } },
      { field: portal, label: 0, tissue: plain(palette.portalVein), coat: { mm: 1, hu: palette.fat } },
    ],
  }
}

/** Blood, and with age plaques of calcium in the wall. */
export function arterialBlood({ noise, age }: Patient, palette: Palette): Tissue {
  const threshold = 1.05 - 0.8 * age
  return (depth, x, y, z) => {
    const plaque = ramp(threshold, threshold + 0.12, noise.at(x, y, z, 9)) * ramp(2.6, 1.4, depth)
    return mix(palette.aorta, 700, plaque) - 8 * ramp(2, 0.5, depth)
  }
}

/** Veins above the kidneys mix blood that has iodine with blood that does not yet. */
export function cavalBlood({ noise, phase }: Patient, palette: Palette): Tissue {
  const mixing = phase === 'arterial' ? 40 : phase === 'portal' ? 12 : 3
  return (_, x, y, z) => {
    const above = ramp(-20, 10, z)
    const early =
      phase === 'arterial'
        ? mix(palette.cava * 0.7, palette.cava * 1.5, above)
        : mix(palette.cava * 0.88, palette.cava, above)
    return early + mixing * noise.at(x, y, z * 0.5, 10) * above
  }
}
