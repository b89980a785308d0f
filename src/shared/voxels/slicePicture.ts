import type { Vec3 } from '../geometry/affine'

export type Plane = 'axial' | 'coronal' | 'sagittal'

/** Canonical (RAS) voxels: i to the patient's right, j to the front, k up. */
export interface PictureSource {
  readonly dims: Vec3
  /** mm */
  readonly spacing: Vec3
  readonly image: ArrayLike<number>
  readonly labels?: Uint8Array
}

export interface PictureOptions {
  /** Window width and level, HU. Soft tissue: 400 and 40. */
  readonly width?: number
  readonly level?: number
  /** '#rrggbb' of each label id; labels without one are not drawn. */
  readonly colors?: ReadonlyMap<number, string>
  /** How strongly labels are laid over the image, 0 to 1; their outlines are always full. */
  readonly opacity?: number
  /** Size of a picture's pixel, mm; the voxels' smallest edge in the plane without it. */
  readonly pixelMm?: number
}

export interface Picture {
  readonly width: number
  readonly height: number
  readonly rgba: Uint8ClampedArray<ArrayBuffer>
}

/**
 * One slice as readers see it: the patient's right on the left, front or head at the top, pixels square. The slice is
 * voxel plane `index` along k (axial), j (coronal) or i (sagittal, seen from the patient's left, front on the left).
 */
export function slicePicture(
  source: PictureSource,
  plane: Plane,
  index: number,
  options: PictureOptions = {},
): Picture {
  const { width: windowWidth = 400, level = 40, colors, opacity = 0.35 } = options
  const { dims, spacing, image, labels } = source
  const [across, down] =
    plane === 'axial' ? ([0, 1] as const) : plane === 'coronal' ? ([0, 2] as const) : ([1, 2] as const)
  const pixel = options.pixelMm ?? Math.min(spacing[across], spacing[down])
  const width = Math.max(1, Math.round((dims[across] * spacing[across]) / pixel))
  const height = Math.max(1, Math.round((dims[down] * spacing[down]) / pixel))
  const strides: Vec3 = [1, dims[0], dims[0] * dims[1]]
  const fixed = index * strides[plane === 'axial' ? 2 : plane === 'coronal' ? 1 : 0]
  const rgba = new Uint8ClampedArray(width * height * 4)
  const palette = paletteOf(colors)
  const floor = level - windowWidth / 2
  // All three axes grow against the reading direction: to the right, to the front, up.
  const columns = samples(width, dims[across])
  const rows = samples(height, dims[down])
  for (let v = 0, n = 0; v < height; v++) {
    const [y0, y1, fy] = rows[v]
    for (let u = 0; u < width; u++, n += 4) {
      const [x0, x1, fx] = columns[u]
      const at = (x: number, y: number): number => fixed + x * strides[across] + y * strides[down]
      const top = image[at(x0, y0)] * (1 - fx) + image[at(x1, y0)] * fx
      const bottom = image[at(x0, y1)] * (1 - fx) + image[at(x1, y1)] * fx
      const gray = Math.max(0, Math.min(1, (top * (1 - fy) + bottom * fy - floor) / windowWidth)) * 255
      const x = fx < 0.5 ? x0 : x1
      const y = fy < 0.5 ? y0 : y1
      const label = labels ? labels[at(x, y)] : 0
      const color = palette[label]
      let share = 0
      if (labels && color) {
        const differs = (dx: number, dy: number): boolean => {
          const [p, q] = [x + dx, y + dy]
          return p < 0 || q < 0 || p >= dims[across] || q >= dims[down] || labels[at(p, q)] !== label
        }
        share = differs(1, 0) || differs(-1, 0) || differs(0, 1) || differs(0, -1) ? 1 : opacity
      }
      for (let c = 0; c < 3; c++) rgba[n + c] = color ? gray + share * (color[c] - gray) : gray
      rgba[n + 3] = 255
    }
  }
  return { width, height, rgba }
}

/** For each pixel of an axis that is drawn backwards: the two voxels that it lies between, and how near the second. */
function samples(pixels: number, voxels: number): (readonly [number, number, number])[] {
  return Array.from({ length: pixels }, (_, pixel) => {
    const at = Math.max(0, Math.min(voxels - 1, ((pixels - 1 - pixel + 0.5) * voxels) / pixels - 0.5))
    const low = Math.floor(at)
    return [low, Math.min(voxels - 1, low + 1), at - low] as const
  })
}

function paletteOf(colors: ReadonlyMap<number, string> | undefined): (readonly [number, number, number] | undefined)[] {
  const palette = new Array<readonly [number, number, number] | undefined>(256).fill(undefined)
  colors?.forEach((color, id) => {
    const channel = (at: number): number => parseInt(color.slice(at, at + 2), 16)
    palette[id] = [channel(1), channel(3), channel(5)]
  })
  return palette
}
