import type { Affine } from '../../shared/geometry/affine'
import type { Overview } from './overview'
import type { SurfaceReply, SurfaceRequest } from './surfaces'

/** Makes surfaces off the main thread; only the answer to the latest request counts. */
export class SurfaceMaker {
  private readonly worker = new Worker(new URL('./surface.worker.ts', import.meta.url), { type: 'module' })
  private turn = 0

  /** @param onready is told of the surfaces, and can ask whether they are still the latest while it takes its time */
  constructor(onready: (surfaces: SurfaceReply['surfaces'], isLatest: () => boolean) => Promise<void>) {
    this.worker.onmessage = ({ data }: MessageEvent<SurfaceReply>) => {
      const isLatest = (): boolean => data.turn === this.turn
      if (isLatest()) void onready(data.surfaces, isLatest)
    }
  }

  request(overview: Overview, affine: Affine, values: readonly number[]): void {
    const request: SurfaceRequest = { turn: ++this.turn, overview, affine, values }
    this.worker.postMessage(request, [overview.data.buffer])
  }

  dispose(): void {
    this.turn++
    this.worker.terminate()
  }
}
