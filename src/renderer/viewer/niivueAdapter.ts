import { Niivue, NVImage, NVMesh, SLICE_TYPE, type MM } from '@niivue/niivue'
import type { Affine, Vec3 } from '../../shared/geometry/affine'
import type { Box } from '../editor/box'
import { inPlane, type Plane } from '../editor/brush'
import type { Projection } from '../editor/screenCut'
import { panBy, viewOf, wholeSlice, zoomAt, type Camera } from './camera'
import type { Tile } from './layouts'
import { proxyNifti } from './proxyVolume'
import { sliceShader, units } from './sliceShader'
import { VolumeTextures } from './textures'
import type { ScreenPoint } from './viewerState.svelte'
import type { TriangleSurface } from '../../shared/voxels/surfaceNets'

const planes: readonly Plane[] = ['axial', 'coronal', 'sagittal']
const sliceTypes = {
  axial: SLICE_TYPE.AXIAL,
  coronal: SLICE_TYPE.CORONAL,
  sagittal: SLICE_TYPE.SAGITTAL,
  '3d': SLICE_TYPE.RENDER,
} as const

/** What lies under a point of the screen. */
export type Hit =
  | { readonly view: '3d' }
  /** `point` in continuous voxel coordinates (centres are integers); it may lie outside the image. */
  | { readonly view: Plane; readonly point: Vec3 }

/** What the slice shader draws besides the voxels. */
export interface Look {
  /** [black, white] in HU. */
  readonly range: readonly [number, number]
  readonly maskOpacity: number
  readonly activeLabel: number
  readonly showCrosshair: boolean
}

/**
 * NiiVue with two changes: each tile is filled to its edges by the camera of its plane, and the volume itself is not ray
 * cast (the 3-D view shows surfaces).
 */
class TiledNiivue extends Niivue {
  readonly cameras: Record<Plane, Camera> = { axial: wholeSlice, coronal: wholeSlice, sagittal: wholeSlice }
  private tileSize: [number, number] = [1, 1]

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

/** The only file that knows NiiVue: pictures go in, screen positions come out as voxels. */
export class NiivueAdapter {
  private readonly nv: TiledNiivue
  private textures: VolumeTextures | null = null
  private uniforms = new Map<string, WebGLUniformLocation | null>()
  private meshes = new Map<number, NVMesh>()
  private dims: Vec3 = [1, 1, 1]
  private frame = 0

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
  }

  static async attach(canvas: HTMLCanvasElement): Promise<NiivueAdapter> {
    const adapter = new NiivueAdapter()
    await adapter.nv.attachToCanvas(canvas)
    adapter.nv.scene.renderAzimuth = 200
    adapter.nv.scene.renderElevation = 12
    return adapter
  }

  /** Shows another image. @throws RangeError where the graphics card cannot hold it. */
  async load(voxels: Int16Array, labels: Uint8Array, dims: Vec3, affine: Affine): Promise<void> {
    const { nv } = this
    const proxy = await NVImage.loadFromUrl({
      url: 'proxy.nii',
      name: 'proxy.nii',
      buffer: proxyNifti(voxels, dims, affine),
    })
    this.clear()
    this.dims = dims
    this.textures = new VolumeTextures(nv.gl, dims, voxels, labels)
    // NiiVue draws as soon as it has a volume or a shader: the samplers must have their units before it has both.
    nv.setCustomSliceShader(sliceShader)
    this.uniforms = new Map()
    this.setUniforms((at, gl) => {
      gl.uniform1i(at('ct'), units.ct)
      gl.uniform1i(at('labels'), units.labels)
      gl.uniform1i(at('palette'), units.palette)
    })
    nv.addVolume(proxy)
    for (const plane of planes) nv.cameras[plane] = wholeSlice
  }

  clear(): void {
    const { nv } = this
    for (const id of [...this.meshes.keys()]) this.removeSurface(id)
    this.textures?.delete()
    this.textures = null
    for (const volume of [...nv.volumes]) nv.removeVolume(volume)
  }

  /** Draws at the next animation frame; many calls make one drawing. */
  requestDraw(): void {
    if (this.frame) return
    this.frame = requestAnimationFrame(() => {
      this.frame = 0
      if (this.textures) this.nv.drawScene()
    })
  }

  setTiles(tiles: readonly Tile[]): void {
    this.nv.customLayout = tiles.map(({ view, rect }) => ({
      sliceType: sliceTypes[view],
      position: [rect[0], rect[1], rect[2], rect[3]],
    }))
    this.requestDraw()
  }

  setLook({ range, maskOpacity, activeLabel, showCrosshair }: Look): void {
    this.setUniforms((at, gl) => {
      gl.uniform2f(at('windowRange'), ...range)
      gl.uniform1f(at('maskOpacity'), maskOpacity)
      gl.uniform1i(at('activeLabel'), activeLabel)
      gl.uniform1f(at('crosshairAlpha'), showCrosshair ? 0.55 : 0)
      gl.uniform1f(at('pixel'), this.pixelRatio)
    })
  }

  setPalette(rgba: Uint8Array): void {
    this.textures?.updatePalette(rgba)
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
    this.setUniforms((at, gl) => gl.uniform3f(at('crosshair'), ...frac))
  }

  updateLabels(labels: Uint8Array, box: Box): void {
    this.textures?.updateLabels(labels, box)
    this.requestDraw()
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
    return { view: planes[nv.screenSlices[tile].axCorSag], point: [point[0], point[1], point[2]] }
  }

  /** Where a point of a plane, in continuous voxel coordinates, is on the screen; null where the plane is not shown. */
  screenOf(plane: Plane, point: Vec3): ScreenPoint | null {
    const { nv, dims } = this
    const index = nv.screenSlices.findIndex((tile) => tile.axCorSag === planes.indexOf(plane))
    if (index < 0) return null
    const [left, top, width, height] = nv.screenSlices[index].leftTopWidthHeight
    const [a, b] = inPlane[plane]
    const corner = nv.screenXY2TextureFrac(left, top, index, false)
    const opposite = nv.screenXY2TextureFrac(left + width, top + height, index, false)
    const share = (axis: 0 | 1 | 2): number =>
      ((point[axis] + 0.5) / dims[axis] - corner[axis]) / (opposite[axis] - corner[axis])
    return [(left + share(a) * width) / this.pixelRatio, (top + share(b) * height) / this.pixelRatio]
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
    const tile = this.tileOf(plane)
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

  /** Shows a structure's surface in the 3-D view, or removes it where it has none any more. */
  setSurface(id: number, surface: TriangleSurface, color: readonly [number, number, number], visible: boolean): void {
    this.removeSurface(id)
    if (surface.triangles.length === 0) return
    const rgba = Uint8Array.from([...color.map((c) => Math.round(255 * c)), 255])
    const mesh = new NVMesh(surface.points, surface.triangles, String(id), rgba, 1, visible, this.nv.gl)
    this.meshes.set(id, mesh)
    // Not addMesh: it works out the whole volume's gradients again for every mesh.
    this.nv.meshes = [...this.meshes.values()]
    this.requestDraw()
  }

  showSurface(id: number, visible: boolean): void {
    const mesh = this.meshes.get(id)
    if (mesh) mesh.visible = visible
    this.requestDraw()
  }

  private removeSurface(id: number): void {
    this.meshes.get(id)?.unloadMesh(this.nv.gl)
    this.meshes.delete(id)
    this.nv.meshes = [...this.meshes.values()]
  }

  private tileOf(plane: Plane): TiledNiivue['screenSlices'][number] | undefined {
    return this.nv.screenSlices.find((tile) => tile.axCorSag === planes.indexOf(plane))
  }

  private get pixelRatio(): number {
    return this.nv.uiData.dpr || 1
  }

  private setUniforms(
    set: (at: (name: string) => WebGLUniformLocation | null, gl: WebGL2RenderingContext) => void,
  ): void {
    const shader = this.nv.customSliceShader
    if (!shader) return
    const { gl } = this.nv
    shader.use(gl)
    set((name) => {
      let at = this.uniforms.get(name)
      if (at === undefined) {
        at = gl.getUniformLocation(shader.program, name)
        this.uniforms.set(name, at)
      }
      return at
    }, gl)
    this.requestDraw()
  }
}
