import { NVImage, SLICE_TYPE } from '@niivue/niivue'
import { identityAffine, type Affine, type Vec3 } from '../../shared/geometry/affine'
import type { Box } from '../editor/box'
import type { Plane } from '../editor/brush'
import type { Projection } from '../editor/screenCut'
import type { Arrival } from '../review/arrival'
import type { CountedLabels } from '../review/voxels'
import { panBy, wholeSlice, zoomAt } from './camera'
import type { Tile } from './layouts'
import { panesOf, type Pane } from './pane'
import { PictureAhead } from './pictureAhead'
import { proxyNifti } from './proxyVolume'
import { SliceProgram, type TellUniform } from './sliceProgram'
import { StructureMeshes } from './structureMeshes'
import { textureToTexture, type Grid } from './textureSpace'
import { planes, TiledNiivue } from './tiledNiivue'
import { VolumeTextures, type OtherPicture } from './textures'
import type { ScreenPoint } from './viewerState.svelte'

const sliceTypes = {
  axial: SLICE_TYPE.AXIAL,
  coronal: SLICE_TYPE.CORONAL,
  sagittal: SLICE_TYPE.SAGITTAL,
  '3d': SLICE_TYPE.RENDER,
} as const

/** Voxels of labels that are sent to the graphics card in one go. */
const sentAtOnce = 500_000

/** What lies under a point of the screen. */
export type Hit =
  | { readonly view: '3d' }
  /** `point` in continuous voxel coordinates (centres are integers); it may lie outside the image. */
  | { readonly view: Plane; readonly point: Vec3; readonly other: boolean }

/** What is shown besides the case's own picture. */
export interface Besides {
  readonly heat: boolean
  readonly difference: boolean
}

/** What the slice shader draws besides the voxels. */
export interface Look {
  /** [black, white] in HU. */
  readonly range: readonly [number, number]
  readonly maskOpacity: number
  readonly activeLabel: number
  readonly showCrosshair: boolean
}

/** What knows NiiVue, with its own kind of it (`TiledNiivue`) and the meshes it draws (`StructureMeshes`): pictures go in, screen positions come out as voxels. */
export class NiivueAdapter {
  /** The structures in the 3-D view. */
  readonly meshes: StructureMeshes
  private readonly nv: TiledNiivue
  private readonly program: SliceProgram
  private textures: VolumeTextures | null = null
  /** What is shown besides: the shader that knows of it takes longer. */
  private besides: Besides = { heat: false, difference: false }
  private hasOther = false
  private grid: Grid = { dims: [1, 1, 1], affine: identityAffine }
  /** What is sent already of the image that is loaded next. */
  private ahead: PictureAhead | null = null
  private frame = 0
  /** Told after every drawing. */
  ondraw: () => void = () => undefined

  private constructor() {
    this.nv = new TiledNiivue({
      backColor: [0.024, 0.027, 0.031, 1],
      crosshairWidth: 0,
      show3Dcrosshair: false,
      isOrientationTextVisible: false,
      isOrientCube: false,
      isColorbar: false,
      isRuler: false,
      interactive: false,
      dragAndDropEnabled: false,
      loadingText: '',
      meshThicknessOn2D: 0,
      isRadiologicalConvention: true,
      sagittalNoseLeft: true,
      isSliceMM: false,
      logLevel: 'silent',
    })
    this.program = new SliceProgram(this.nv)
    this.meshes = new StructureMeshes(this.nv, () => this.requestDraw())
  }

  static async attach(canvas: HTMLCanvasElement): Promise<NiivueAdapter> {
    const adapter = new NiivueAdapter()
    await adapter.nv.attachToCanvas(canvas)
    adapter.nv.scene.renderAzimuth = 200
    adapter.nv.scene.renderElevation = 12
    return adapter
  }

  /**
   * Sends the voxels of the image that is loaded next as they come; what was shown before must be cleared.
   * Where the graphics card cannot hold them, `load` says so.
   */
  prepare(dims: Vec3, image: Arrival<Int16Array>, labels: Arrival<CountedLabels>): void {
    this.clear()
    try {
      this.ahead = new PictureAhead(this.nv.gl, dims, image, labels)
      this.textures = this.ahead.textures
    } catch {
      this.ahead = null
    }
  }

  /**
   * Shows another image; tells whether its labels were sent ahead, as they were when they came.
   * @throws RangeError where the graphics card cannot hold it
   */
  async load(voxels: Int16Array, labels: Uint8Array, dims: Vec3, affine: Affine): Promise<boolean> {
    const { nv } = this
    const ahead = this.ahead?.holds(labels) ? this.ahead : null
    nv.isLoading = true
    try {
      const buffer = proxyNifti(voxels, dims, affine)
      const proxy = await NVImage.loadFromUrl({ url: 'proxy.nii', name: 'proxy.nii', buffer })
      if (!ahead) this.clear()
      this.ahead = null
      this.grid = { dims, affine }
      const textures = ahead?.textures ?? new VolumeTextures(nv.gl, dims)
      this.textures = textures
      const isThere = await (ahead?.sent ?? textures.send(voxels, labels))
      if (isThere && this.textures === textures) this.show(proxy)
    } finally {
      nv.isLoading = false
    }
    this.requestDraw()
    return ahead !== null
  }

  private show(proxy: NVImage): void {
    const { nv } = this
    this.hasOther = false
    this.setBesides({ heat: false, difference: false })
    nv.addVolume(proxy)
    for (const plane of planes) nv.cameras[plane] = wholeSlice
  }

  clear(): void {
    const { nv } = this
    this.meshes.clear()
    this.textures?.delete()
    this.textures = null
    this.ahead = null
    for (const volume of [...nv.volumes]) nv.removeVolume(volume)
  }

  /** Draws at the next animation frame; many calls make one drawing. */
  requestDraw(): void {
    if (this.frame) return
    this.frame = requestAnimationFrame(() => {
      this.frame = 0
      // Nothing is shown before it is there whole.
      if (!this.textures || this.nv.volumes.length === 0) return
      this.nv.fit()
      this.nv.drawScene()
      this.ondraw()
    })
  }

  setTiles(tiles: readonly Tile[]): void {
    this.nv.others = tiles.map(({ other }) => other ?? false)
    this.nv.customLayout = tiles.map(({ view, rect }) => ({
      sliceType: sliceTypes[view],
      position: [rect[0], rect[1], rect[2], rect[3]],
    }))
    this.requestDraw()
  }

  setLook({ range, maskOpacity, activeLabel, showCrosshair }: Look): void {
    const { pixelRatio } = this
    this.tell('windowRange', (gl, at) => gl.uniform2f(at, ...range))
    this.tell('maskOpacity', (gl, at) => gl.uniform1f(at, maskOpacity))
    this.tell('activeLabel', (gl, at) => gl.uniform1i(at, activeLabel))
    this.tell('crosshairAlpha', (gl, at) => gl.uniform1f(at, showCrosshair ? 0.55 : 0))
    this.tell('pixel', (gl, at) => gl.uniform1f(at, pixelRatio))
  }

  setPalette(rgba: Uint8Array): void {
    this.textures?.updatePalette(rgba)
    this.requestDraw()
  }

  setBesides(besides: Besides): void {
    this.besides = besides
    this.tell('showHeat', (gl, at) => gl.uniform1i(at, besides.heat ? 1 : 0))
    this.tell('difference', (gl, at) => gl.uniform1i(at, besides.difference ? 1 : 0))
    this.program.use(this.besides.heat || this.besides.difference || this.hasOther)
  }

  /** @param bits 64ths of a bit, on a grid of its own */
  setHeat({ bits, dims, affine }: Grid & { readonly bits: Uint8Array }): void {
    this.textures?.setHeat(bits, dims)
    const matrix = textureToTexture(this.grid, { dims, affine })
    this.tell('toHeat', (gl, at) => gl.uniformMatrix4fv(at, false, matrix))
  }

  /** Keeps another picture ready, for tiles that show it and for differences; null gives its memory free. */
  setOther(other: OtherPicture | null): void {
    this.textures?.makeRoom(other)
    if (other) void this.textures?.sendOther(other).then((isThere) => isThere && this.requestDraw())
    this.nv.otherReachesOn = Boolean(other?.image)
    this.hasOther = other !== null
    this.tell('otherHasCt', (gl, at) => gl.uniform1i(at, other?.image ? 1 : 0))
    this.program.use(this.besides.heat || this.besides.difference || this.hasOther)
  }

  setOtherPalette(rgba: Uint8Array): void {
    this.textures?.updatePalette(rgba, 1)
    this.requestDraw()
  }

  /** Where the other image lies: its grid, in the millimetres of the case's own. */
  placeOther(grid: Grid): void {
    const matrix = textureToTexture(this.grid, grid)
    this.tell('toOther', (gl, at) => gl.uniformMatrix4fv(at, false, matrix))
  }

  /** The patient's right on the left of the screen, or as seen from above. */
  setRadiological(radiological: boolean): void {
    this.nv.opts.isRadiologicalConvention = radiological
    this.requestDraw()
  }

  /** The planes show the slices through this voxel. */
  setCrosshair(voxel: Vec3): void {
    const frac: [number, number, number] = [
      (voxel[0] + 0.5) / this.dims[0],
      (voxel[1] + 0.5) / this.dims[1],
      (voxel[2] + 0.5) / this.dims[2],
    ]
    this.nv.scene.crosshairPos = frac
    this.tell('crosshair', (gl, at) => gl.uniform3f(at, ...frac))
  }

  /** Shows what a box of the labels is now; a large one is sent slice by slice, while the window goes on. */
  updateLabels(labels: Uint8Array, box: Box): void {
    const [nx, ny, nz] = [0, 1, 2].map((axis) => box.max[axis] - box.min[axis])
    if (nx * ny * nz > sentAtOnce) return void this.sendGently(labels, box)
    this.textures?.updateLabels(labels, box)
    this.requestDraw()
  }

  private async sendGently(labels: Uint8Array, box: Box): Promise<void> {
    if (await this.textures?.sendLabels(labels, box)) this.requestDraw()
  }

  /** What lies under a point in CSS pixels from the canvas's corner; null between tiles. */
  hit(x: number, y: number): Hit | null {
    const { nv } = this
    const [px, py] = [x * this.pixelRatio, y * this.pixelRatio]
    const tile = nv.tileIndex(px, py)
    if (tile < 0) return null
    if (nv.screenSlices[tile].axCorSag > SLICE_TYPE.SAGITTAL) return { view: '3d' }
    const frac = nv.screenXY2TextureFrac(px, py, tile, false)
    const point = [0, 1, 2].map((axis) => frac[axis] * this.dims[axis] - 0.5)
    const view = planes[nv.screenSlices[tile].axCorSag]
    return { view, point: [point[0], point[1], point[2]], other: nv.others[tile] ?? false }
  }

  /** The planes as they were drawn last. */
  panes(): Pane[] {
    return panesOf(this.nv, this.dims, this.pixelRatio)
  }

  /** Where a point of a plane, in continuous voxel coordinates, is on the screen; null where the plane is not shown. */
  screenOf(plane: Plane, point: Vec3): ScreenPoint | null {
    return (
      this.panes()
        .find((pane) => pane.plane === plane && !pane.other)
        ?.toScreen(point) ?? null
    )
  }

  /** How voxels lie on the screen in the 3-D view, CSS pixels; null where it is not shown. */
  projection3d(affine: Affine): Projection | null {
    const { nv } = this
    const tile = nv.screenSlices.find(({ axCorSag }) => axCorSag > SLICE_TYPE.SAGITTAL)
    if (!tile) return null
    const [left, top, width, height] = tile.leftTopWidthHeight
    const { renderAzimuth, renderElevation } = nv.scene
    const [mvp] = nv.calculateMvpMatrix(null, [left, top, width, height], renderAzimuth, renderElevation)
    // Columns first; what it makes of millimetres runs from -1 to 1 over the tile, upwards.
    const row = (n: 0 | 1, scale: number, offset: number): [number, number, number, number] => {
      const mm = [0, 1, 2, 3].map(
        (column) => (scale * mvp[4 * column + n] + (column === 3 ? offset : 0)) / this.pixelRatio,
      )
      const along = (axis: 0 | 1 | 2): number => affine.reduce((sum, line, at) => sum + mm[at] * line[axis], 0)
      return [along(0), along(1), along(2), affine.reduce((sum, line, at) => sum + mm[at] * line[3], mm[3])]
    }
    return [row(0, width / 2, left + width / 2), row(1, -height / 2, top + height / 2)]
  }

  /** How many CSS pixels a millimetre takes in a plane. */
  pixelsPerMm(plane: Plane): number {
    const tile = this.tileOf(plane)
    return tile ? tile.leftTopWidthHeight[2] / Math.abs(tile.fovMM[0]) / this.pixelRatio : 0
  }

  /** Zooms a plane about a point in CSS pixels. */
  zoom(plane: Plane, factor: number, x: number, y: number): void {
    const at = this.nv.tileIndex(x * this.pixelRatio, y * this.pixelRatio)
    const tile = at < 0 ? undefined : this.nv.screenSlices[at]
    if (!tile) return
    const [left, top, width, height] = tile.leftTopWidthHeight
    const across = (x * this.pixelRatio - left) / width - 0.5
    const up = 0.5 - (y * this.pixelRatio - top) / height
    const mirrored = tile.fovMM[0] < 0
    const offset = [Math.abs(tile.fovMM[0]) * across * (mirrored ? -1 : 1), tile.fovMM[1] * up] as const
    this.nv.cameras[plane] = zoomAt(this.nv.cameras[plane], factor, offset)
    this.requestDraw()
  }

  zoomAboutCentre(plane: Plane, factor: number): void {
    this.nv.cameras[plane] = zoomAt(this.nv.cameras[plane], factor, [0, 0])
    this.requestDraw()
  }

  /** Moves a plane's image with the pointer, CSS pixels. */
  pan(plane: Plane, dx: number, dy: number): void {
    const tile = this.tileOf(plane)
    if (!tile) return
    const [, , width, height] = tile.leftTopWidthHeight
    const mm = [
      (dx * this.pixelRatio * tile.fovMM[0]) / width,
      (-dy * this.pixelRatio * tile.fovMM[1]) / height,
    ] as const
    this.nv.cameras[plane] = panBy(this.nv.cameras[plane], mm)
    this.requestDraw()
  }

  resetCameras(): void {
    for (const plane of planes) this.nv.cameras[plane] = wholeSlice
    this.nv.scene.volScaleMultiplier = 1
    this.requestDraw()
  }

  /** Turns the 3-D view, degrees. */
  rotate(azimuth: number, elevation: number): void {
    const { scene } = this.nv
    scene.renderAzimuth += azimuth
    scene.renderElevation = Math.min(90, Math.max(-90, scene.renderElevation + elevation))
    this.requestDraw()
  }

  zoom3d(factor: number): void {
    const { scene } = this.nv
    scene.volScaleMultiplier = Math.min(8, Math.max(0.3, scene.volScaleMultiplier * factor))
    this.requestDraw()
  }

  private get dims(): Vec3 {
    return this.grid.dims
  }

  private tileOf(plane: Plane): TiledNiivue['screenSlices'][number] | undefined {
    return this.nv.screenSlices.find((tile) => tile.axCorSag === planes.indexOf(plane))
  }

  private get pixelRatio(): number {
    return this.nv.uiData.dpr || 1
  }

  private tell(name: string, tell: TellUniform): void {
    this.program.tell(name, tell)
    this.requestDraw()
  }
}
