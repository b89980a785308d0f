import type { Vec3 } from '../../../shared/geometry/affine'

export const dot = (a: Vec3, b: Vec3): number => a[0] * b[0] + a[1] * b[1] + a[2] * b[2]

export const cross = (a: Vec3, b: Vec3): Vec3 => [
  a[1] * b[2] - a[2] * b[1],
  a[2] * b[0] - a[0] * b[2],
  a[0] * b[1] - a[1] * b[0],
]

export const subtract = (a: Vec3, b: Vec3): Vec3 => [a[0] - b[0], a[1] - b[1], a[2] - b[2]]

export const add = (a: Vec3, b: Vec3): Vec3 => [a[0] + b[0], a[1] + b[1], a[2] + b[2]]

export const times = (a: Vec3, s: number): Vec3 => [a[0] * s, a[1] * s, a[2] * s]

/** Between DICOM's LPS and RAS, either way: x and y change sign. */
export const flipLps = (a: Vec3): Vec3 => [-a[0], -a[1], a[2]]
