/** How one plane is looked at: `zoom` 1 shows the whole slice; `pan` moves the view's centre, mm along the slice. */
export interface Camera {
  readonly zoom: number
  readonly pan: readonly [number, number]
}

export const wholeSlice: Camera = { zoom: 1, pan: [0, 0] }

/** A slice's extent, or the part of it in view: mm along its two axes. */
export interface Extent {
  readonly min: readonly [number, number]
  readonly max: readonly [number, number]
}

const zoomLimits = [0.5, 40] as const

/**
 * What a tile of `size` pixels shows of a slice: as much as the zoom says, with square millimetres, the tile filled to its
 * edges.
 */
export function viewOf(slice: Extent, size: readonly [number, number], { zoom, pan }: Camera): Extent {
  const width = slice.max[0] - slice.min[0]
  const height = slice.max[1] - slice.min[1]
  const mmPerPixel = Math.max(width / size[0], height / size[1]) / zoom
  const centre = [(slice.min[0] + slice.max[0]) / 2 + pan[0], (slice.min[1] + slice.max[1]) / 2 + pan[1]] as const
  const half = [(size[0] * mmPerPixel) / 2, (size[1] * mmPerPixel) / 2] as const
  return {
    min: [centre[0] - half[0], centre[1] - half[1]],
    max: [centre[0] + half[0], centre[1] + half[1]],
  }
}

/** Zooms by a factor and keeps what lies `offset` mm from the view's centre where it is on the screen. */
export function zoomAt(camera: Camera, factor: number, offset: readonly [number, number]): Camera {
  const zoom = Math.min(zoomLimits[1], Math.max(zoomLimits[0], camera.zoom * factor))
  const keep = 1 - camera.zoom / zoom
  return { zoom, pan: [camera.pan[0] + offset[0] * keep, camera.pan[1] + offset[1] * keep] }
}

/** Moves the image by `mm` under the eye. */
export function panBy(camera: Camera, mm: readonly [number, number]): Camera {
  return { zoom: camera.zoom, pan: [camera.pan[0] - mm[0], camera.pan[1] - mm[1]] }
}
