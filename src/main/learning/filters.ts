import type { Vec3 } from '../../shared/geometry/affine'

/** Blurs a patch in place by a Gaussian of `sigma` voxels, cut at three of them; at the edges the outermost voxel goes on. */
export function blur(values: Float32Array, dims: Vec3, sigma: number): void {
  const reach = Math.max(1, Math.ceil(3 * sigma))
  const kernel = Float64Array.from({ length: 2 * reach + 1 }, (_, n) => Math.exp(-0.5 * ((n - reach) / sigma) ** 2))
  const sum = kernel.reduce((a, b) => a + b, 0)
  const strides = [1, dims[0], dims[0] * dims[1]]
  for (const axis of [0, 1, 2] as const) {
    const [size, stride] = [dims[axis], strides[axis]]
    const line = new Float64Array(size)
    eachLine(dims, axis, (start) => {
      for (let n = 0; n < size; n++) line[n] = values[start + n * stride]
      for (let n = 0; n < size; n++) {
        let mean = 0
        for (let tap = -reach; tap <= reach; tap++) {
          mean += kernel[tap + reach] * line[Math.min(size - 1, Math.max(0, n + tap))]
        }
        values[start + n * stride] = mean / sum
      }
    })
  }
}

/**
 * Makes a patch look as if it had been scanned with larger voxels, in place: every 1 / `zoom`-th voxel is kept, and what lies
 * between is interpolated (nnU-Net's simulation of low resolution).
 * @param zoom above 0, at most 1, along i, j, k
 */
export function lowerResolution(values: Float32Array, dims: Vec3, zoom: Vec3): void {
  const strides = [1, dims[0], dims[0] * dims[1]]
  for (const axis of [0, 1, 2] as const) {
    const [size, stride] = [dims[axis], strides[axis]]
    const kept = Math.max(1, Math.round(size * zoom[axis]))
    if (kept === size) continue
    const line = new Float64Array(kept)
    eachLine(dims, axis, (start) => {
      for (let n = 0; n < kept; n++) line[n] = values[start + Math.floor(((n + 0.5) * size) / kept) * stride]
      for (let n = 0; n < size; n++) {
        const at = Math.min(kept - 1, Math.max(0, ((n + 0.5) * kept) / size - 0.5))
        const low = Math.floor(at)
        const high = Math.min(kept - 1, low + 1)
        values[start + n * stride] = line[low] + (at - low) * (line[high] - line[low])
      }
    })
  }
}

/** Calls with the first index of every line along an axis. */
function eachLine([nx, ny, nz]: Vec3, axis: 0 | 1 | 2, see: (start: number) => void): void {
  if (axis === 0) for (let row = 0; row < ny * nz; row++) see(row * nx)
  else if (axis === 1) for (let k = 0; k < nz; k++) for (let i = 0; i < nx; i++) see(i + nx * ny * k)
  else for (let n = 0; n < nx * ny; n++) see(n)
}
