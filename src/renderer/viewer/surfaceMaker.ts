import { Breath } from '../editor/breath'
import type { ShownSurface, SurfaceReply, SurfaceRequest } from './surfaces'

/** Makes the surfaces of one case off the main thread: all of them first, then those that changed. */
export class SurfaceMaker {
  private readonly worker = new Worker(new URL('./surface.worker.ts', import.meta.url), { type: 'module' })
  /** Made and not shown yet, by value; what is newer takes the place of what is older. */
  private readonly waiting = new Map<number, ShownSurface>()
  private isShowing = false
  /** Of the labels that the surfaces which came last are of. */
  private edits = 0
  private isDisposed = false

  /**
   * @param show is given one surface after the other, while the window goes on
   * @param shown is told of which edit's labels all of them are shown
   */
  constructor(
    private readonly show: (value: number, surface: ShownSurface) => void,
    private readonly shown: (edits: number) => void,
  ) {
    this.worker.onmessage = ({ data }: MessageEvent<SurfaceReply>) => {
      this.edits = data.edits
      for (const { value, surface } of data.surfaces) this.waiting.set(value, surface)
      if (!this.isShowing) void this.showAll()
    }
  }

  request(request: SurfaceRequest): void {
    if (!this.isDisposed) this.worker.postMessage(request, [request.overview.data.buffer])
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
    if (!this.isDisposed) this.shown(this.edits)
  }

  private first(): [number, ShownSurface] | undefined {
    const [first] = this.waiting
    return first
  }
}
