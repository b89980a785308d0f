import { axisMapOf, axisMapOfCodes, type Orientation } from '../../shared/geometry/orientation'
import type { Vec3 } from '../../shared/geometry/affine'
import type { Grid } from '../imaging/volume'
import type { Inference, ModelManifest } from './manifest'

export type Axis = 0 | 1 | 2

/** How the axes that a manifest speaks of run along an image's voxel axes. */
export interface ModelAxes {
  /** The image's axis that model axis n runs along. */
  readonly imageAxis: readonly [Axis, Axis, Axis]
  /** Whether model axis n runs against it. */
  readonly flipped: readonly [boolean, boolean, boolean]
}

/** @throws RangeError where `codes` are no orientation. */
export function modelAxes(image: Grid, codes: Orientation): ModelAxes {
  const here = axisMapOf(image.affine)
  const wanted = axisMapOfCodes(codes)
  const imageAxis = wanted.world.map((world) => here.world.indexOf(world) as Axis)
  const flipped = imageAxis.map((axis, n) => here.flipped[axis] !== wanted.flipped[n])
  return { imageAxis: [imageAxis[0], imageAxis[1], imageAxis[2]], flipped: [flipped[0], flipped[1], flipped[2]] }
}

/** Something given by model axis, in the order of the image's axes. */
export function byImageAxis<T>({ imageAxis }: ModelAxes, byModelAxis: readonly [T, T, T]): [T, T, T] {
  const at = (axis: Axis): T => byModelAxis[imageAxis.indexOf(axis)]
  return [at(0), at(1), at(2)]
}

/**
 * The orientation of the volume whose data is the network's tensor as it stands. A tensor with axes 'ijk' (k fastest)
 * is the tensor of the volume whose axes are named in reverse, i fastest: so no voxel is ever transposed for it.
 */
export function tensorOrientation({ input, preprocess }: Pick<ModelManifest, 'input' | 'preprocess'>): Orientation {
  return input.axes === 'kji' ? preprocess.orientation : [...preprocess.orientation].reverse().join('')
}

/** How a network is run, with its triples in the order of that volume's axes. */
export interface TensorInference {
  readonly inference: Inference
  /** Input voxels to one output voxel. */
  readonly stride: Vec3
  readonly kind: ModelManifest['output']['kind']
  /** The axis from foot to head. */
  readonly upAxis: Axis
}

export function tensorInference(
  manifest: Pick<ModelManifest, 'input' | 'inference' | 'output' | 'preprocess'>,
): TensorInference {
  const { input, inference, output } = manifest
  const { kind, stride } = output
  const upAxis = [...tensorOrientation(manifest)].findIndex((code) => code === 'S' || code === 'I') as Axis
  if (input.axes === 'kji') return { inference, stride, kind, upAxis }
  const turned: Inference =
    inference.kind === 'whole'
      ? { kind: 'whole', multipleOf: reversed(inference.multipleOf) }
      : { ...inference, patch: reversed(inference.patch) }
  return { inference: turned, stride: reversed(stride), kind, upAxis }
}

function reversed<T>([a, b, c]: readonly [T, T, T]): [T, T, T] {
  return [c, b, a]
}
