import { columnOf, type Affine, type Vec3 } from '../../shared/geometry/affine'
import { axisMapOf } from '../../shared/geometry/orientation'
import type { View } from './layouts'

export const viewTitles: Readonly<Record<View, string>> = {
  axial: 'Axial',
  coronal: 'Coronal',
  sagittal: 'Sagittal',
  '3d': '3-D',
}

export interface EdgeLetters {
  readonly left: string
  readonly right: string
  readonly top: string
  readonly bottom: string
}

const towards = ['R', 'A', 'S'] as const
const away = ['L', 'P', 'I'] as const
/** What an axis leans less than this towards is not said, degrees. */
const LEAN = 5

const unit = (vector: Vec3): Vec3 => {
  const length = Math.hypot(...vector) || 1
  return [vector[0] / length, vector[1] / length, vector[2] / length]
}

/** The patient's direction that a vector runs in, the nearest letter first: 'A', or 'AS' where it leans. */
export function directionLetters(vector: Vec3): string {
  const parts = unit(vector)
  const least = Math.sin((LEAN * Math.PI) / 180)
  return [0, 1, 2]
    .filter((axis) => Math.abs(parts[axis]) > least)
    .sort((a, b) => Math.abs(parts[b]) - Math.abs(parts[a]))
    .map((axis) => (parts[axis] > 0 ? towards[axis] : away[axis]))
    .join('')
}

/**
 * The patient's directions at each edge of a plane of an image whose voxel axes run along RAS as nearly as they can.
 * Radiological: the patient's right on the left of the screen; neurological: on the right. The nose is to the left.
 */
export function edgeLetters(view: View, affine: Affine, radiological: boolean): EdgeLetters | null {
  if (view === '3d') return null
  const column = (axis: 0 | 1 | 2, sign: 1 | -1): string => {
    const [x, y, z] = columnOf(affine, axis)
    return directionLetters([sign * x, sign * y, sign * z])
  }
  const up = view === 'axial' ? 1 : 2
  const across = view === 'sagittal' ? 1 : 0
  // Along which way of its axis the screen's right lies.
  const right = view === 'sagittal' || radiological ? -1 : 1
  return {
    left: column(across, right === 1 ? -1 : 1),
    right: column(across, right),
    top: column(up, 1),
    bottom: column(up, -1),
  }
}

/** By how much an image's axes lean from the patient's, degrees: the most of the three. */
export function obliqueDegrees(affine: Affine): number {
  const { world } = axisMapOf(affine)
  const angles = ([0, 1, 2] as const).map((axis) => {
    const part = Math.abs(unit(columnOf(affine, axis))[world[axis]])
    return (Math.acos(Math.min(1, part)) * 180) / Math.PI
  })
  return Math.max(...angles)
}

/** What is said of an image that is not cut along the patient's axes; null where it (nearly) is. */
export function obliqueNote(affine: Affine): string | null {
  const degrees = obliqueDegrees(affine)
  return degrees > LEAN ? `oblique ${Math.round(degrees)}\u00b0` : null
}
