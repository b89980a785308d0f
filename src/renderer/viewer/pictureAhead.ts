import type { Vec3 } from '../../shared/geometry/affine'
import type { Arrival } from '../review/arrival'
import type { CountedLabels } from '../review/voxels'
import { VolumeTextures } from './textures'

/** An image on its way to the graphics card while it still comes, before it is opened. */
export class PictureAhead {
  readonly textures: VolumeTextures
  /** Whether all of it arrived. */
  readonly sent: Promise<boolean>
  private labels: Uint8Array | null = null

  /** @throws RangeError where the graphics card takes no texture that large */
  constructor(gl: WebGL2RenderingContext, dims: Vec3, image: Arrival<Int16Array>, labels: Arrival<CountedLabels>) {
    this.textures = new VolumeTextures(gl, dims)
    labels.whole.then(
      (there) => (this.labels = there.labels),
      () => undefined,
    )
    this.sent = this.textures.receive(image.pieces, labels.pieces)
    this.sent.catch(() => this.textures.delete())
  }

  /** Whether these are the labels that were sent. */
  holds(labels: Uint8Array): boolean {
    return this.labels === labels
  }
}
