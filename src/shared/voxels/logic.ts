import type { Vec3 } from '../geometry/affine'
import { withMargin } from './margin'

/** How a structure is changed by another one. */
export type LogicOperation = 'add' | 'subtract' | 'intersect' | 'copy'

/**
 * A mask combined with another that is first grown by a margin: `add` joins them, `subtract` takes the other away,
 * `intersect` leaves what lies in both, `copy` is the other alone. In a label map two structures never overlap, so that
 * it is the margin that makes a gap of `subtract` and a rim of `intersect`.
 * @param mm margin around `other`, 0 or more
 */
export function combined(
  operation: LogicOperation,
  mask: Uint8Array,
  other: Uint8Array,
  size: Vec3,
  spacing: Vec3,
  mm: number,
): Uint8Array {
  const grown = withMargin(other, size, spacing, mm)
  switch (operation) {
    case 'add':
      return mask.map((inside, n) => inside | grown[n])
    case 'subtract':
      return mask.map((inside, n) => inside & (1 - grown[n]))
    case 'intersect':
      return mask.map((inside, n) => inside & grown[n])
    case 'copy':
      return grown
  }
}

/** Two values change places. */
export function swapped(labels: Uint8Array, a: number, b: number): Uint8Array {
  return labels.map((label) => (label === a ? b : label === b ? a : label))
}
