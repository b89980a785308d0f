import type { Random } from '../../shared/random'
import type { Field } from './field'
import { phases, type Phase } from './patient'

/** HU at a point: `depth` mm below the part's surface, at (x, y, z) in the atlas frame, `up` mm above the table. */
export type Tissue = (depth: number, x: number, y: number, z: number, up: number) => number

/** A shape with what it is made of. Parts are painted in order, later ones over earlier ones. */
export interface Part {
  readonly field: Field
  readonly tissue: Tissue
  /** Label id that it writes; null leaves the labels as they are. */
  readonly label: number | null
  /** A thin coat around it, such as the fat between organs: HU and thickness in mm. It writes label 0. */
  readonly coat?: { readonly mm: number; readonly hu: number }
  /** Painted only where the label is this one already. */
  readonly within?: number
}

/**
 * Typical HU by phase: non-contrast, late arterial (35 s), portal venous (70 s), late (180 s). After the ranges in Webb,
 * Brant and Major, Fundamentals of Body CT, and published multiphase attenuation tables.
 */
const typical = {
  fat: [-105, -105, -105, -105],
  muscle: [52, 58, 64, 64],
  liver: [57, 70, 108, 90],
  spleen: [48, 118, 122, 95],
  renalCortex: [34, 165, 185, 155],
  renalMedulla: [31, 75, 165, 160],
  renalPelvis: [6, 8, 25, 210],
  pancreas: [42, 102, 95, 74],
  aorta: [42, 300, 160, 118],
  cava: [40, 75, 135, 116],
  portalVein: [42, 105, 172, 124],
  hepaticVein: [42, 62, 160, 120],
  adrenal: [28, 72, 76, 58],
  bile: [8, 8, 8, 9],
  gallbladderWall: [35, 50, 62, 55],
  esophagus: [38, 58, 68, 60],
  stomachWall: [40, 78, 88, 74],
  bowelWall: [36, 84, 98, 74],
  colonWall: [36, 62, 78, 66],
  myocardium: [45, 92, 108, 94],
  heartBlood: [42, 280, 152, 118],
  disc: [82, 84, 88, 86],
  marrow: [165, 168, 178, 172],
  cord: [36, 37, 38, 38],
  cartilage: [96, 98, 102, 100],
  lung: [-855, -855, -850, -852],
} as const satisfies Record<string, readonly [number, number, number, number]>

export type TissueName = keyof typeof typical
export type Palette = Readonly<Record<TissueName, number>>

/** The HU of each tissue in one patient: enhancement varies by a fifth, each tissue a little besides. */
export function makePalette(random: Random, phase: Phase): Palette {
  const column = phases.indexOf(phase)
  const strength = random.between(0.8, 1.2)
  // Fatty liver is common, and makes the liver darker than the spleen.
  const steatosis = random.next() < 0.2 ? random.between(8, 35) : 0
  const entries = Object.entries(typical).map(([name, hu]) => {
    const enhanced = hu[0] + (hu[column] - hu[0]) * strength
    const own = hu[column] < -50 || hu[column] < 20 ? 3 : 5
    return [name, enhanced + own * random.normal() - (name === 'liver' ? steatosis : 0)] as const
  })
  return Object.fromEntries(entries) as Palette
}

/** One HU throughout. */
export function plain(hu: number): Tissue {
  return () => hu
}

/** 0 below `from`, 1 above `to`, smooth between. */
export function ramp(from: number, to: number, at: number): number {
  const t = Math.max(0, Math.min(1, (at - from) / (to - from)))
  return t * t * (3 - 2 * t)
}

export function mix(a: number, b: number, t: number): number {
  return a + (b - a) * t
}
