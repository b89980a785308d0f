import type { Vec3 } from '../../shared/geometry/affine'
import type { ColourSet } from '../review/colours'
import { nameSet, toggled, type NameSet } from '../review/nameSets'
import { sliceAxis, type Plane } from '../editor/brush'
import type { LayoutId, View } from './layouts'
import { defaultWindow, dragWindow, imageLimits, type Window, type WindowPreset } from './windows'
import { WindowShelf } from './windowShelf.svelte'

/** What lies under the pointer. */
export interface Cursor {
  readonly view: Plane
  readonly voxel: Vec3
  /** RAS mm */
  readonly mm: Vec3
  readonly hu: number
  readonly label: number
}

/** The brush's outline around the pointer, CSS pixels from the viewer's corner. */
export interface Ring {
  readonly x: number
  readonly y: number
  readonly radius: number
}

/** CSS pixels from the viewer's corner. */
export type ScreenPoint = readonly [x: number, y: number]

/** How the reader looks at the case; the same for the next case that is opened. */
export class ViewerState {
  /** Of CTs. */
  huWindow = $state.raw<Window>(defaultWindow)
  /** Of the open image, where its values are no HU: then the range of another image says nothing of it. */
  private imageWindow = $state.raw<Window | null>(null)
  /** The window that shows all of that image; null of a CT. */
  whole = $state.raw<WindowPreset | null>(null)
  layout = $state<LayoutId>('focus')
  maximised = $state<View | null>(null)
  surfaces = $state(true)
  /** Planes that are not shown, whatever the layout. */
  hiddenPlanes = $state.raw<NameSet>(nameSet())
  maskOpacity = $state(0.35)
  colours = $state<ColourSet>('schema')
  /** Structures that are drawn as outlines only, whatever the masks' opacity is. */
  outlined = $state.raw<NameSet>(nameSet())
  crosshairShown = $state(true)
  /** The patient's right on the left of the screen; else on the right. */
  radiological = $state(true)
  readonly windows = new WindowShelf()
  /** The plane that keys act on: where the pointer was last. */
  plane = $state<Plane>('axial')
  /** The voxel whose slices are shown. */
  crosshair = $state.raw<Vec3>([0, 0, 0])
  cursor = $state.raw<Cursor | null>(null)
  ring = $state.raw<Ring | null>(null)
  /** Whether the pointer is over the other picture, which is looked at only. */
  overOther = $state(false)
  /** The outline under way, CSS pixels from the viewer's corner, and the corners that were clicked. */
  lasso = $state.raw<readonly ScreenPoint[]>([])
  lassoCorners = $state.raw<readonly ScreenPoint[]>([])
  dims = $state.raw<Vec3>([1, 1, 1])
  /** Grows whenever every plane is to be shown whole again. */
  resets = $state(0)

  get window(): Window {
    return this.imageWindow ?? this.huWindow
  }

  set window(window: Window) {
    if (this.imageWindow) this.imageWindow = window
    else this.huWindow = window
  }

  /** The windows to choose from: those of CT say nothing of another image. */
  get presets(): readonly WindowPreset[] {
    return this.whole ? [this.whole, ...this.windows.own] : this.windows.all
  }

  /** What is written behind a value. */
  get unit(): string {
    return this.whole ? '' : ' HU'
  }

  dragWindow(dx: number, dy: number): void {
    this.window = dragWindow(this.window, dx, dy, this.whole ? imageLimits : undefined)
  }

  /** Shows a new image from its middle. @param whole the window that shows all of it, where its values are no HU */
  reset(dims: Vec3, whole: Window | null = null): void {
    this.whole = whole && { id: 'whole', title: 'Whole range', ...whole }
    this.imageWindow = whole
    this.dims = dims
    this.cursor = null
    this.goTo([Math.floor(dims[0] / 2), Math.floor(dims[1] / 2), Math.floor(dims[2] / 2)])
  }

  /** Moves the crosshair to a voxel, or to the one nearest to it within the image. */
  goTo(voxel: Vec3): void {
    const within = (axis: 0 | 1 | 2): number => Math.min(this.dims[axis] - 1, Math.max(0, Math.round(voxel[axis])))
    this.crosshair = [within(0), within(1), within(2)]
  }

  scroll(plane: Plane, slices: number): void {
    const axis = sliceAxis[plane]
    const [i, j, k] = this.crosshair
    this.goTo([i + (axis === 0 ? slices : 0), j + (axis === 1 ? slices : 0), k + (axis === 2 ? slices : 0)])
  }

  resetView(): void {
    this.resets++
  }

  setMaskOpacity(opacity: number): void {
    this.maskOpacity = Math.round(100 * Math.min(1, Math.max(0, opacity))) / 100
  }

  toggleOutlined(structure: string): void {
    this.outlined = toggled(this.outlined, structure)
  }

  togglePlane(plane: Plane): void {
    this.hiddenPlanes = toggled(this.hiddenPlanes, plane)
    this.maximised = null
  }

  toggleMaximised(view: View): void {
    this.maximised = this.maximised === view ? null : view
  }
}
