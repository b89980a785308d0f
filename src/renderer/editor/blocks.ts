import type { Vec3 } from '../../shared/geometry/affine'
import { boxOf, cropped, unionOf, type Box } from '../../shared/voxels/box'
import type { Breath } from './breath'

/** The smallest box around a value, found while the window goes on; null where there is none. */
export async function boxOfGently(voxels: Uint8Array, dims: Vec3, value: number, breath: Breath): Promise<Box | null> {
  const area = dims[0] * dims[1]
  let box: Box | null = null
  for (let k = 0; k < dims[2]; k++) {
    const found = boxOf(voxels.subarray(k * area, (k + 1) * area), [dims[0], dims[1], 1], value)
    if (found) {
      const [low, high] = [found.low, found.high]
      box = unionOf(box, { low: [low[0], low[1], k], high: [high[0], high[1], k + 1] })
    }
    await breath.due()
  }
  return box
}

/** The voxels of a box, copied out while the window goes on. */
export async function croppedGently<T extends Uint8Array | Int16Array>(
  voxels: T,
  dims: Vec3,
  { low, high }: Box,
  breath: Breath,
): Promise<T> {
  const area = (high[0] - low[0]) * (high[1] - low[1])
  const out = new (voxels.constructor as new (length: number) => T)(area * (high[2] - low[2]))
  for (let k = low[2]; k < high[2]; k++) {
    const slice = { low: [low[0], low[1], k], high: [high[0], high[1], k + 1] } as const
    out.set(cropped(voxels, dims, slice), area * (k - low[2]))
    await breath.due()
  }
  return out
}
