import type { Plane } from '../editor/brush'

export type View = Plane | '3d'
export const planes = ['axial', 'coronal', 'sagittal'] as const satisfies readonly Plane[]
export const layoutIds = ['focus', 'grid', 'row'] as const
export type LayoutId = (typeof layoutIds)[number]

export const layoutTitles: Readonly<Record<LayoutId, string>> = {
  focus: 'Axial large',
  grid: 'Four equal',
  row: 'Side by side',
}

/** Fractions of the viewer: left, top, width, height. */
export type Rect = readonly [number, number, number, number]

export interface Tile {
  readonly view: View
  readonly rect: Rect
  /** Shows the other picture, that of a comparison or of a prior study. */
  readonly other?: boolean
}

/** Pixels between tiles. */
const gap = 2

/** Cuts [0, 1] into equal parts with a gap of `space` between them. */
function cut(parts: number, space: number): { start: number; size: number }[] {
  const size = (1 - space * (parts - 1)) / parts
  return Array.from({ length: parts }, (_, n) => ({ start: n * (size + space), size }))
}

/**
 * Where each view lies in a viewer of `size` pixels. One view alone where it is maximised; no 3-D tile where surfaces are
 * switched off, and no plane that is hidden unless nothing else were left; with a plane `beside`, that plane twice, the case's own picture to the left of the other.
 */
export function tilesOf(
  layout: LayoutId,
  size: readonly [number, number],
  options: { maximised: View | null; surfaces: boolean; hidden?: ReadonlySet<string>; beside?: Plane | null },
): readonly Tile[] {
  const { beside } = options
  if (beside) {
    const halves = cut(2, gap / size[0])
    return halves.map(({ start, size: width }, n) => ({ view: beside, rect: [start, 0, width, 1], other: n === 1 }))
  }
  if (options.maximised) return [{ view: options.maximised, rect: [0, 0, 1, 1] }]
  const shown: View[] = [
    ...planes.filter((plane) => !options.hidden?.has(plane)),
    ...(options.surfaces ? ['3d' as const] : []),
  ]
  const views: View[] = shown.length > 0 ? shown : ['axial']
  if (views.length === 1) return [{ view: views[0], rect: [0, 0, 1, 1] }]
  const [dx, dy] = [gap / size[0], gap / size[1]]
  if (layout === 'row' || (layout === 'grid' && views.length === 2)) {
    return cut(views.length, dx).map(({ start, size: width }, n) => ({ view: views[n], rect: [start, 0, width, 1] }))
  }
  if (layout === 'grid' && views.length === 4) {
    const columns = cut(2, dx)
    const rows = cut(2, dy)
    return views.map((view, n) => {
      const [column, row] = [columns[n % 2], rows[Math.floor(n / 2)]]
      return { view, rect: [column.start, row.start, column.size, row.size] }
    })
  }
  const large = layout === 'focus' ? 0.66 : 0.5
  const side = { start: large + dx, size: 1 - large - dx }
  const stacked = views.slice(1)
  return [
    { view: views[0], rect: [0, 0, large, 1] },
    ...cut(stacked.length, dy).map(({ start, size: height }, n): Tile => {
      return { view: stacked[n], rect: [side.start, start, side.size, height] }
    }),
  ]
}
