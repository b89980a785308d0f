import type { Affine } from '../../shared/geometry/affine'
import { Breath } from '../editor/breath'
import type { Overview } from './overview'
import type { ShownSurface, SurfaceReply, SurfaceRequest } from './surfaces'

/** Makes the surfaces of one case off the main thread: all of them first, then those that changed. */
export class SurfaceMaker {
  private readonly worker = new Worker(new URL('./surface.worker.ts', import.meta.url), { type: 'module' })
  /** Made and not shown yet, by value; what is newer takes the place of what is older. */
  private readonly waiting = new Map<number, ShownSurface>()
  private isShowing = false
  private isDisposed = false

  /** @param show is given one surface after the other, while the window goes on */
  constructor(private readonly show: (value: number, surface: ShownSurface) => void) {
    this.worker.onmessage = ({ data }: MessageEvent<SurfaceReply>) => {
      for (const { value, surface } of data.surfaces) this.waiting.set(value, surface)
      if (!this.isShowing) void this.showAll()
    }
  }

  request(overview: Overview, affine: Affine, values: readonly number[]): void {
    if (this.isDisposed) return
    const request: SurfaceRequest = { overview, affine, values }
    this.worker.postMessage(request, [overview.data.buffer])
  }

  dispose(): void {
    this.isDisposed = true
    this.worker.terminate()
  }

  private async showAll(): Promise<void> {
    this.isShowing = true
    const breath = new Breath()
    for (let first = this.first(); first && !this.isDisposed; first = this.first()) {
      const [value, surface] = first
      this.waiting.delete(value)
      this.show(value, surface)
      await breath.due()
    }
    this.isShowing = false
  }

  private first(): [number, ShownSurface] | undefined {
    const [first] = this.waiting
    return first
  }
}
