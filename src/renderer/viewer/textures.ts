import type { Vec3 } from '../../shared/geometry/affine'
import { wholeBox, type Box } from '../editor/box'
import { units } from './sliceShader'

/** The full-size CT (R16I) and label volume (R8UI) on the graphics card, with the palette that colours the labels. */
export class VolumeTextures {
  private readonly ct: WebGLTexture
  private readonly labels: WebGLTexture
  private readonly palette: WebGLTexture

  /** @throws RangeError where the graphics card takes no texture that large. */
  constructor(
    private readonly gl: WebGL2RenderingContext,
    private readonly dims: Vec3,
    voxels: Int16Array,
    labels: Uint8Array,
  ) {
    const limit = gl.getParameter(gl.MAX_3D_TEXTURE_SIZE) as number
    if (Math.max(...dims) > limit) {
      throw new RangeError(
        `this graphics card shows at most ${limit} voxels along an axis; the image has ${dims.join(' x ')}`,
      )
    }
    this.ct = this.volume(units.ct, gl.R16I)
    this.write(gl.SHORT, voxels, wholeBox(dims))
    this.labels = this.volume(units.labels, gl.R8UI)
    this.updateLabels(labels, wholeBox(dims))
    this.palette = gl.createTexture()
    gl.activeTexture(gl.TEXTURE0 + units.palette)
    gl.bindTexture(gl.TEXTURE_2D, this.palette)
    this.nearest(gl.TEXTURE_2D)
    gl.texStorage2D(gl.TEXTURE_2D, 1, gl.RGBA8, 256, 1)
    gl.activeTexture(gl.TEXTURE0)
  }

  /** Sends one box of the label volume. */
  updateLabels(labels: Uint8Array, box: Box): void {
    this.gl.activeTexture(this.gl.TEXTURE0 + units.labels)
    this.gl.bindTexture(this.gl.TEXTURE_3D, this.labels)
    this.write(this.gl.UNSIGNED_BYTE, labels, box)
    this.gl.activeTexture(this.gl.TEXTURE0)
  }

  /** 256 colours, RGBA; alpha 0 hides a value. */
  updatePalette(rgba: Uint8Array): void {
    const { gl } = this
    gl.activeTexture(gl.TEXTURE0 + units.palette)
    gl.bindTexture(gl.TEXTURE_2D, this.palette)
    gl.pixelStorei(gl.UNPACK_FLIP_Y_WEBGL, false)
    gl.texSubImage2D(gl.TEXTURE_2D, 0, 0, 0, 256, 1, gl.RGBA, gl.UNSIGNED_BYTE, rgba)
    gl.activeTexture(gl.TEXTURE0)
  }

  delete(): void {
    for (const texture of [this.ct, this.labels, this.palette]) this.gl.deleteTexture(texture)
  }

  private volume(unit: number, format: GLenum): WebGLTexture {
    const { gl } = this
    const texture = gl.createTexture()
    gl.activeTexture(gl.TEXTURE0 + unit)
    gl.bindTexture(gl.TEXTURE_3D, texture)
    this.nearest(gl.TEXTURE_3D)
    gl.texStorage3D(gl.TEXTURE_3D, 1, format, ...this.dims)
    return texture
  }

  private nearest(target: GLenum): void {
    const { gl } = this
    for (const filter of [gl.TEXTURE_MIN_FILTER, gl.TEXTURE_MAG_FILTER]) gl.texParameteri(target, filter, gl.NEAREST)
    for (const wrap of [gl.TEXTURE_WRAP_S, gl.TEXTURE_WRAP_T, gl.TEXTURE_WRAP_R]) {
      if (target === gl.TEXTURE_3D || wrap !== gl.TEXTURE_WRAP_R) gl.texParameteri(target, wrap, gl.CLAMP_TO_EDGE)
    }
  }

  /** Uploads a box straight out of the whole volume's memory, by row length, image height and a source offset. */
  private write(type: GLenum, source: Int16Array | Uint8Array, { min, max }: Box): void {
    const { gl } = this
    const [nx, ny] = this.dims
    gl.pixelStorei(gl.UNPACK_ALIGNMENT, 1)
    gl.pixelStorei(gl.UNPACK_ROW_LENGTH, nx)
    gl.pixelStorei(gl.UNPACK_IMAGE_HEIGHT, ny)
    const size = [max[0] - min[0], max[1] - min[1], max[2] - min[2]] as const
    const offset = min[0] + nx * (min[1] + ny * min[2])
    gl.texSubImage3D(gl.TEXTURE_3D, 0, ...min, ...size, gl.RED_INTEGER, type, source, offset)
    gl.pixelStorei(gl.UNPACK_ROW_LENGTH, 0)
    gl.pixelStorei(gl.UNPACK_IMAGE_HEIGHT, 0)
  }
}
