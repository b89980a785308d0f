import { Niivue, type MM, type SLICE_TYPE } from '@niivue/niivue'
import type { Plane } from '../editor/brush'
import { beyond } from './sliceShader'
import { viewOf, wholeSlice, type Camera } from './camera'

/** In NiiVue's order of slice types. */
export const planes: readonly Plane[] = ['axial', 'coronal', 'sagittal']

/** A matrix (columns first) from fractions of a slice, stretched about its middle, to where they lie. */
function widened(matrix: ArrayLike<number>, axCorSag: SLICE_TYPE): Float32Array {
  const out = Float32Array.from(matrix)
  for (const axis of axesOf[axCorSag]) {
    for (let row = 0; row < 4; row++) {
      out[12 + row] += 0.5 * (1 - beyond) * matrix[4 * axis + row]
      out[4 * axis + row] *= beyond
    }
  }
  return out
}

/** The axes that lie in a slice, by slice type. */
const axesOf: readonly (readonly number[])[] = [[0, 1], [0, 2], [1, 2]] // prettier-ignore

/**
 * NiiVue with five changes: each tile is filled to its edges by the camera of its plane, the volume itself is not ray
 * cast (the 3-D view shows surfaces), it says of each tile which picture it shows before it is drawn, it
 * draws nothing before an image is there whole, and nothing again for a size that it has already.
 */
export class TiledNiivue extends Niivue {
  readonly cameras: Record<Plane, Camera> = { axial: wholeSlice, coronal: wholeSlice, sagittal: wholeSlice }
  private tileSize: [number, number] = [1, 1]
  /** Which of the layout's tiles show the other picture. */
  others: readonly boolean[] = []
  /** Told which picture is drawn next. */
  ontile: (other: boolean) => void = () => undefined

  /** Whether the other picture has a field of its own, which may reach beyond the volume's. */
  otherReachesOn = false

  /** While another image is taken in: NiiVue draws after every step of that. */
  isLoading = false

  private fitted = ''

  /** Setting the canvas's size, were it the same, would empty it and have all drawn anew. */
  override resizeListener(): void {
    const size = this.canvas ? `${this.canvas.offsetWidth} x ${this.canvas.offsetHeight} x ${devicePixelRatio}` : ''
    if (size === this.fitted) return
    this.fitted = size
    super.resizeListener()
  }

  /** Makes the canvas as large as its place before it is drawn: NiiVue does so only after a first drawing. */
  fit(): void {
    const { isLoading } = this
    this.isLoading = true
    this.resizeListener()
    this.isLoading = isLoading
  }

  override drawScene(): string | undefined {
    const said = this.isLoading ? undefined : super.drawScene()
    return typeof said === 'string' ? said : undefined
  }

  /** The tiles are drawn in the layout's order, and each is listed once it is drawn. */
  override draw2DMain(leftTopWidthHeight: number[], axCorSag: SLICE_TYPE, customMM?: number): void {
    const other = this.others[this.screenSlices.length] ?? false
    this.ontile(other)
    const volume = this.volumes.at(0)
    const own = volume?.frac2mmOrtho
    if (!other || !this.otherReachesOn || !volume || !own || axCorSag > 2) {
      return super.draw2DMain(leftTopWidthHeight, axCorSag, customMM)
    }
    // The slice is drawn larger than it is; what lies where on the screen stays as it is.
    volume.frac2mmOrtho = widened(own, axCorSag)
    super.draw2DMain(leftTopWidthHeight, axCorSag, customMM)
    volume.frac2mmOrtho = own
    const tile = this.screenSlices.at(-1)
    if (tile) tile.AxyzMxy = this.xyMM2xyzMM(axCorSag, tile.sliceFrac)
  }

  override calculateWidthHeight(_type: number, _scale: number[], width: number, height: number): [number, number] {
    this.tileSize = [width, height]
    return [width, height]
  }

  override screenFieldOfViewExtendedVox(axCorSag = 0): MM {
    const slice = super.screenFieldOfViewExtendedVox(axCorSag)
    const { mnMM, mxMM, fovMM } = slice
    const extent = { min: [mnMM[0], mnMM[1]], max: [mxMM[0], mxMM[1]] } as const
    const view = viewOf(extent, this.tileSize, this.cameras[planes[axCorSag]])
    for (const axis of [0, 1] as const) {
      mnMM[axis] = view.min[axis]
      mxMM[axis] = view.max[axis]
      fovMM[axis] = view.max[axis] - view.min[axis]
    }
    return slice
  }

  override drawImage3D(): void {
    return
  }

  /** The 3-D view turns about the surfaces and is filled by them, not by the whole scan. */
  override setPivot3D(): void {
    super.setPivot3D()
    const shown = this.meshes.filter(({ visible }) => visible)
    if (shown.length === 0) return
    const low = [0, 1, 2].map((axis) => Math.min(...shown.map(({ extentsMin }) => [extentsMin].flat()[axis])))
    const high = [0, 1, 2].map((axis) => Math.max(...shown.map(({ extentsMax }) => [extentsMax].flat()[axis])))
    this.pivot3D = low.map((mm, axis) => (mm + high[axis]) / 2)
    this.furthestFromPivot = Math.hypot(...low.map((mm, axis) => high[axis] - mm)) / 2
  }
}
