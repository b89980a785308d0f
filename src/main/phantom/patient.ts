import type { Random } from '../../shared/random'
import { Noise } from './noise'
import { piecewise } from './curve'

export const phases = ['non-contrast', 'arterial', 'portal', 'late'] as const
/** When the scan was made after iodine was injected. */
export type Phase = (typeof phases)[number]

/**
 * One person: the few numbers from which all of the anatomy follows. Shapes are made in the atlas frame: RAS mm with x = 0 in the
 * midline, z = 0 at the middle of the first lumbar vertebra, y = -40 at the middle of its body.
 */
export interface Patient {
  readonly random: Random
  readonly noise: Noise
  readonly phase: Phase
  /** 0 lean to 1 obese. */
  readonly adiposity: number
  /** 0 young to 1 old: calcified arteries, fatty pancreas, thin bone. */
  readonly age: number
  /** HU of the oral contrast medium that fills stomach and bowel; null where none was drunk. */
  readonly oralContrast: number | null
  /** 1 as in the atlas: how large the organs' volumes are for this body. */
  readonly size: number
  /** Sideways and forward course of the spine. */
  readonly spineX: (z: number) => number
  readonly spineY: (z: number) => number
  /** How far the diaphragm stands above its place at rest, mm. */
  readonly breath: number
  /** The inner surface of the trunk's wall: half width, and extent forward and backward, by height. */
  readonly innerWidth: (z: number) => number
  readonly innerFront: (z: number) => number
  readonly innerBack: (z: number) => number
}

export function makePatient(random: Random, phase: Phase): Patient {
  const adiposity = Math.min(1, Math.max(0, 0.42 + 0.26 * random.normal()))
  const size = Math.min(1.18, Math.max(0.85, 1 + 0.07 * random.normal()))
  const scoliosis = random.between(-5, 5)
  const lordosis = random.between(3, 11)
  const kyphosis = random.between(6, 16)
  const wide = random.between(-4, 5)
  const belly = 14 * adiposity + random.between(-3, 3)
  const spineY = piecewise([
    [-220, -66],
    [-175, -52],
    [-140, -40],
    [-100, -40 + 0.8 * lordosis],
    [-65, -40 + lordosis],
    [-30, -40 + 0.6 * lordosis],
    [0, -40],
    [60, -40 - 0.3 * kyphosis],
    [120, -40 - 0.8 * kyphosis],
    [180, -40 - kyphosis],
  ])
  return {
    random,
    noise: new Noise(random.fork('noise')),
    phase,
    adiposity,
    age: random.next(),
    oralContrast: random.fork('oral').next() < 0.22 ? random.fork('oral hu').between(160, 420) : null,
    size,
    spineX: (z) => scoliosis * Math.sin((z + 30) / 75),
    spineY,
    breath: random.between(-10, 12),
    innerWidth: piecewise([
      [-200, 132 + wide],
      [-140, 131 + wide + belly * 0.3],
      [-80, 122 + wide + belly * 0.5],
      [-40, 119 + wide + belly * 0.5],
      [0, 123 + wide + belly * 0.3],
      [40, 129 + wide],
      [80, 130 + wide],
      [120, 126 + wide],
      [170, 114 + wide],
    ]),
    innerFront: piecewise([
      [-200, 64 + belly],
      [-140, 72 + belly],
      [-80, 76 + belly],
      [-30, 77 + belly],
      [20, 78 + 0.6 * belly],
      [70, 75 + 0.2 * belly],
      [120, 70],
      [170, 64],
    ]),
    innerBack: piecewise([
      [-200, 80],
      [-100, 77],
      [-20, 78],
      [60, 84],
      [120, 90],
      [170, 92],
    ]),
  }
}
