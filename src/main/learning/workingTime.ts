import type { Work } from '../../shared/progress'

/** How long a run has worked, its earlier sittings included: while it gives way to a reader, no time goes by. */
export class WorkingTime {
  private away = 0

  /**
   * @param started when this sitting began, ms of `performance.now`
   * @param before seconds that earlier sittings took
   */
  constructor(
    private readonly started: number,
    private readonly before: number,
  ) {}

  get seconds(): number {
    return this.before + (performance.now() - this.started - this.away) / 1000
  }

  async giveWay({ giveWay }: Work): Promise<void> {
    if (!giveWay) return
    const left = performance.now()
    await giveWay()
    this.away += performance.now() - left
  }
}
