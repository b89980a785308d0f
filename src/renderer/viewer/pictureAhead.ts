import type { Vec3 } from '../../shared/geometry/affine'
import { VolumeTextures } from './textures'

/** An image on its way to the graphics card while it still comes, before it is opened. */
export class PictureAhead {
  readonly textures: VolumeTextures
  /** Whether all of it arrived. */
  readonly sent: Promise<boolean>
  private labels: Uint8Array | null = null

  /** @throws RangeError where the graphics card takes no texture that large */
  constructor(gl: WebGL2RenderingContext, dims: Vec3, voxels: Promise<Int16Array>, labels: Promise<Uint8Array>) {
    this.textures = new VolumeTextures(gl, dims)
    this.sent = this.textures.send(
      voxels,
      labels.then((there) => (this.labels = there)),
    )
    this.sent.catch(() => this.textures.delete())
  }

  /** Whether these are the labels that were sent. */
  holds(labels: Uint8Array): boolean {
    return this.labels === labels
  }
}
