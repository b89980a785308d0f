import type { Affine } from '../../shared/geometry/affine'
import type { Overview } from './overview'
import type { SurfaceReply, SurfaceRequest } from './surfaces'

/** Makes surfaces off the main thread; only the answer to the latest request counts. */
export class SurfaceMaker {
  private readonly worker = new Worker(new URL('./surface.worker.ts', import.meta.url), { type: 'module' })
  private turn = 0

  constructor(onready: (surfaces: SurfaceReply['surfaces']) => void) {
    this.worker.onmessage = ({ data }: MessageEvent<SurfaceReply>) => {
      if (data.turn === this.turn) onready(data.surfaces)
    }
  }

  request(overview: Overview, affine: Affine, values: readonly number[]): void {
    const request: SurfaceRequest = { turn: ++this.turn, overview, affine, values }
    this.worker.postMessage(request, [overview.data.buffer])
  }

  dispose(): void {
    this.worker.terminate()
  }
}
