import type { Vec3 } from '../../shared/geometry/affine'
import { wholeBox, type Box } from '../editor/box'
import { Breath } from '../editor/breath'
import type { Piece } from '../review/arrival'
import { units } from './sliceShader'

/** Bytes sent in one go. */
const portion = 1 << 20

const bytesPerVoxel = { R16I: 2, R8UI: 1, R8: 1 } as const

/** A volume that is there already, in pieces. */
async function* portionsOf(source: Int16Array | Uint8Array): AsyncGenerator<Piece> {
  for (let at = 0; at < source.byteLength; at += portion) {
    const length = Math.min(portion, source.byteLength - at)
    yield { at, bytes: new Uint8Array(source.buffer, source.byteOffset + at, length) }
  }
}

/** A 3-D texture of one number a voxel, bound to a unit of its own. */
export class VolumeTexture {
  private readonly texture: WebGLTexture

  /** @throws RangeError where the graphics card takes no texture that large. */
  constructor(
    private readonly gl: WebGL2RenderingContext,
    private readonly unit: number,
    private readonly format: 'R16I' | 'R8UI' | 'R8',
    private readonly dims: Vec3,
  ) {
    const limit = gl.getParameter(gl.MAX_3D_TEXTURE_SIZE) as number
    if (Math.max(...dims) > limit) {
      throw new RangeError(
        `this graphics card shows at most ${limit} voxels along an axis; the image has ${dims.join(' x ')}`,
      )
    }
    this.texture = gl.createTexture()
    this.bind()
    sampling(gl, gl.TEXTURE_3D, format === 'R8' ? gl.LINEAR : gl.NEAREST)
    gl.texStorage3D(gl.TEXTURE_3D, 1, gl[format], ...dims)
  }

  private isDeleted = false

  /** Sends a box slice by slice, while the window goes on; false where the texture went meanwhile. */
  async send(source: Int16Array | Uint8Array, { min, max }: Box): Promise<boolean> {
    const breath = new Breath()
    for (let k = min[2]; k < max[2]; k++) {
      if (this.isDeleted) return false
      this.write(source, { min: [min[0], min[1], k], max: [max[0], max[1], k + 1] })
      await breath.due()
    }
    return true
  }

  /** Sends the whole volume, while the window goes on; false where the texture went meanwhile. */
  sendWhole(source: Int16Array | Uint8Array): Promise<boolean> {
    return this.receive(portionsOf(source))
  }

  /**
   * Takes the whole volume as it comes, while the window goes on; false where the texture went meanwhile. It is gathered
   * in a buffer of the graphics card's side and becomes the texture at once: a texture that is filled piece by piece is
   * first made black as a whole, which without a graphics card takes longer than all else.
   */
  async receive(pieces: AsyncIterable<Piece>): Promise<boolean> {
    if (this.isDeleted) return false
    const { gl, dims } = this
    const length = dims[0] * dims[1] * dims[2] * bytesPerVoxel[this.format]
    const buffer = gl.createBuffer()
    const bound = (use: () => void): void => {
      gl.bindBuffer(gl.PIXEL_UNPACK_BUFFER, buffer)
      use()
      gl.bindBuffer(gl.PIXEL_UNPACK_BUFFER, null)
    }
    try {
      const breath = new Breath()
      bound(() => gl.bufferData(gl.PIXEL_UNPACK_BUFFER, length, gl.STREAM_DRAW))
      for await (const { at, bytes } of pieces) {
        if (this.isDeleted) break
        bound(() => gl.bufferSubData(gl.PIXEL_UNPACK_BUFFER, at, bytes))
        await breath.due()
      }
      if (this.isDeleted) return false
      this.bind()
      gl.pixelStorei(gl.UNPACK_FLIP_Y_WEBGL, false)
      gl.pixelStorei(gl.UNPACK_ALIGNMENT, 1)
      bound(() => gl.texSubImage3D(gl.TEXTURE_3D, 0, 0, 0, 0, ...this.dims, this.layout, this.type, 0))
      gl.activeTexture(gl.TEXTURE0)
      return true
    } finally {
      // Where the volume could not be read to its end, too.
      gl.deleteBuffer(buffer)
    }
  }

  /** Uploads a box straight out of the whole volume's memory, by row length, image height and a source offset. */
  write(source: Int16Array | Uint8Array, { min, max }: Box): void {
    const { gl } = this
    const [nx, ny] = this.dims
    this.bind()
    gl.pixelStorei(gl.UNPACK_FLIP_Y_WEBGL, false)
    gl.pixelStorei(gl.UNPACK_ALIGNMENT, 1)
    gl.pixelStorei(gl.UNPACK_ROW_LENGTH, nx)
    gl.pixelStorei(gl.UNPACK_IMAGE_HEIGHT, ny)
    const size = [max[0] - min[0], max[1] - min[1], max[2] - min[2]] as const
    const offset = min[0] + nx * (min[1] + ny * min[2])
    gl.texSubImage3D(gl.TEXTURE_3D, 0, ...min, ...size, this.layout, this.type, source, offset)
    gl.pixelStorei(gl.UNPACK_ROW_LENGTH, 0)
    gl.pixelStorei(gl.UNPACK_IMAGE_HEIGHT, 0)
    gl.activeTexture(gl.TEXTURE0)
  }

  delete(): void {
    this.isDeleted = true
    this.gl.deleteTexture(this.texture)
  }

  private get layout(): GLenum {
    return this.format === 'R8' ? this.gl.RED : this.gl.RED_INTEGER
  }

  private get type(): GLenum {
    return this.format === 'R16I' ? this.gl.SHORT : this.gl.UNSIGNED_BYTE
  }

  private bind(): void {
    this.gl.activeTexture(this.gl.TEXTURE0 + this.unit)
    this.gl.bindTexture(this.gl.TEXTURE_3D, this.texture)
  }
}

function sampling(gl: WebGL2RenderingContext, target: GLenum, filter: GLenum): void {
  gl.texParameteri(target, gl.TEXTURE_MIN_FILTER, filter)
  gl.texParameteri(target, gl.TEXTURE_MAG_FILTER, filter)
  gl.texParameteri(target, gl.TEXTURE_WRAP_S, gl.CLAMP_TO_EDGE)
  gl.texParameteri(target, gl.TEXTURE_WRAP_T, gl.CLAMP_TO_EDGE)
  if (target === gl.TEXTURE_3D) gl.texParameteri(target, gl.TEXTURE_WRAP_R, gl.CLAMP_TO_EDGE)
}

/** The picture that is shown beside the case's own. */
export interface OtherPicture {
  readonly labels: Uint8Array
  /** Of another case; the case's own image where there is none. */
  readonly image: Int16Array | null
  readonly dims: Vec3
}

/**
 * What the slice shader reads: the full-size CT (R16I) and label volume (R8UI), the palette that colours labels, and
 * what may be shown besides: a map of uncertainty, another picture. A unit that has nothing to show holds one voxel.
 */
export class VolumeTextures {
  private readonly ct: VolumeTexture
  private readonly labels: VolumeTexture
  private readonly palette: WebGLTexture
  private heat: VolumeTexture
  private otherCt: VolumeTexture
  private otherLabels: VolumeTexture

  /** @throws RangeError where the graphics card takes no texture that large. */
  constructor(
    private readonly gl: WebGL2RenderingContext,
    dims: Vec3,
  ) {
    this.ct = new VolumeTexture(gl, units.ct, 'R16I', dims)
    this.labels = new VolumeTexture(gl, units.labels, 'R8UI', dims)
    const one: Vec3 = [1, 1, 1]
    this.heat = new VolumeTexture(gl, units.heat, 'R8', one)
    this.otherCt = new VolumeTexture(gl, units.otherCt, 'R16I', one)
    this.otherLabels = new VolumeTexture(gl, units.otherLabels, 'R8UI', one)
    this.palette = gl.createTexture()
    gl.activeTexture(gl.TEXTURE0 + units.palette)
    gl.bindTexture(gl.TEXTURE_2D, this.palette)
    sampling(gl, gl.TEXTURE_2D, gl.NEAREST)
    gl.texStorage2D(gl.TEXTURE_2D, 1, gl.RGBA8, 256, 2)
    gl.activeTexture(gl.TEXTURE0)
  }

  /** Sends the whole picture, while the window goes on; false where it went meanwhile. */
  send(voxels: Int16Array, labels: Uint8Array): Promise<boolean> {
    return this.receive(portionsOf(voxels), portionsOf(labels))
  }

  /** Takes the whole picture as it comes, while the window goes on; false where it went meanwhile. */
  async receive(image: AsyncIterable<Piece>, labels: AsyncIterable<Piece>): Promise<boolean> {
    const received = [this.labels.receive(labels), this.ct.receive(image)]
    return (await Promise.all(received)).every((isThere) => isThere)
  }

  /** Sends one box of the label volume. */
  updateLabels(labels: Uint8Array, box: Box): void {
    this.labels.write(labels, box)
  }

  /** The same slice by slice, while the window goes on. */
  sendLabels(labels: Uint8Array, box: Box): Promise<boolean> {
    return this.labels.send(labels, box)
  }

  /** 256 colours, RGBA; alpha 0 hides a value. Row 0 is the case's own, row 1 the other picture's. */
  updatePalette(rgba: Uint8Array, row: 0 | 1 = 0): void {
    const { gl } = this
    gl.activeTexture(gl.TEXTURE0 + units.palette)
    gl.bindTexture(gl.TEXTURE_2D, this.palette)
    gl.pixelStorei(gl.UNPACK_FLIP_Y_WEBGL, false)
    gl.texSubImage2D(gl.TEXTURE_2D, 0, 0, row, 256, 1, gl.RGBA, gl.UNSIGNED_BYTE, rgba)
    gl.activeTexture(gl.TEXTURE0)
  }

  setHeat(bits: Uint8Array, dims: Vec3): void {
    this.heat.delete()
    this.heat = new VolumeTexture(this.gl, units.heat, 'R8', dims)
    this.heat.write(bits, wholeBox(dims))
  }

  /** Takes another picture's memory, or gives it free. @throws RangeError where the graphics card takes no texture that large */
  makeRoom(other: OtherPicture | null): void {
    const one: Vec3 = [1, 1, 1]
    this.otherCt.delete()
    this.otherLabels.delete()
    const { gl } = this
    this.otherCt = new VolumeTexture(gl, units.otherCt, 'R16I', other?.image ? other.dims : one)
    this.otherLabels = new VolumeTexture(gl, units.otherLabels, 'R8UI', other?.dims ?? one)
  }

  /** Sends the picture that room was made for, while the window goes on; false where it went meanwhile. */
  async sendOther({ image, labels }: OtherPicture): Promise<boolean> {
    const { otherCt, otherLabels } = this
    return (await otherLabels.sendWhole(labels)) && (image === null || otherCt.sendWhole(image))
  }

  delete(): void {
    for (const texture of [this.ct, this.labels, this.heat, this.otherCt, this.otherLabels]) texture.delete()
    this.gl.deleteTexture(this.palette)
  }
}
