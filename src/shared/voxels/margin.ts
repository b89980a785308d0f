import type { Vec3 } from '../geometry/affine'
import { squaredDistanceTo } from './distance'
import { inverted } from './mask'

/**
 * Grows a mask by `mm` (every voxel whose centre lies within that of a mask voxel's centre) or, where `mm` is negative,
 * shrinks it by as much. Exact Euclidean distances on any spacing. What lies outside the block is neither inside nor
 * outside: an organ that the image cuts off is not eaten away from there.
 */
export function withMargin(mask: Uint8Array, size: Vec3, spacing: Vec3, mm: number): Uint8Array {
  if (mm === 0) return mask.slice()
  const grows = mm > 0
  const limit = mm * mm * (1 + 1e-9)
  const squared = squaredDistanceTo(grows ? mask : inverted(mask), size, spacing, limit)
  const out = new Uint8Array(mask.length)
  for (let n = 0; n < out.length; n++) out[n] = squared[n] <= limit === grows ? 1 : 0
  return out
}

/** Where the wall of a hollowed structure lies with regard to its surface. */
export type Wall = 'inside' | 'middle' | 'outside'

/** Leaves only a wall of `mm` along a mask's surface. */
export function hollowed(mask: Uint8Array, size: Vec3, spacing: Vec3, mm: number, wall: Wall): Uint8Array {
  const out = { inside: 0, middle: mm / 2, outside: mm }[wall]
  const outer = withMargin(mask, size, spacing, out)
  const inner = withMargin(mask, size, spacing, out - mm)
  for (let n = 0; n < outer.length; n++) outer[n] &= 1 - inner[n]
  return outer
}

/** Closes gaps and notches up to twice `mm` wide, and leaves the outside as it is elsewhere. */
export function closed(mask: Uint8Array, size: Vec3, spacing: Vec3, mm: number): Uint8Array {
  return withMargin(withMargin(mask, size, spacing, mm), size, spacing, -mm)
}

/** Removes spikes and bridges up to twice `mm` wide. */
export function opened(mask: Uint8Array, size: Vec3, spacing: Vec3, mm: number): Uint8Array {
  return withMargin(withMargin(mask, size, spacing, -mm), size, spacing, mm)
}
