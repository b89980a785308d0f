import type { Vec3 } from '../../shared/geometry/affine'
import type { Plane } from '../editor/brush'
import { SliceWire } from '../editor/wire'
import type { OpenCase } from '../review/openCase.svelte'
import type { OutlineDraft } from '../review/outlineDraft.svelte'
import type { Tools } from '../review/tools.svelte'
import type { NiivueAdapter } from './niivueAdapter'
import type { ScreenPoint, ViewerState } from './viewerState.svelte'

/** A click this near to the first corner closes the outline, CSS pixels; one this near to the last is a slip. */
const near = { first: 7, last: 2 } as const

/** Draws an outline corner by corner, as a polygon or along a livewire, and shows it on the screen as it grows. */
export class SlicePen {
  private wire: { readonly from: Vec3; readonly wire: SliceWire } | null = null

  constructor(
    private readonly adapter: NiivueAdapter,
    private readonly viewer: ViewerState,
    private readonly tools: Tools,
    private readonly opened: OpenCase,
    private readonly draft: OutlineDraft,
  ) {
    draft.legTo = (point) => this.leg(point, draft.plane)
  }

  click(point: Vec3, plane: Plane): void {
    const { draft } = this
    if (!draft.drawing || !draft.isOn(plane, point)) draft.start(plane, this.start(point))
    else if (draft.corners.length > 2 && this.away(plane, point, draft.corners[0]) < near.first) return this.close()
    else if (this.away(plane, point, draft.corners[draft.corners.length - 1]) >= near.last)
      draft.add(this.leg(point, plane))
    this.show(point, plane)
  }

  /** Closes the outline; what it encloses becomes an edit. */
  close(): void {
    this.draft.close(this.opened)
    this.show(null, this.draft.plane)
  }

  /** Draws the outline again, with a leg to the pointer where that is on its slice. */
  show(pointer: Vec3 | null, plane: Plane): void {
    const { draft, viewer } = this
    if (!draft.drawing) {
      if (viewer.lassoCorners.length > 0) viewer.lasso = viewer.lassoCorners = []
      return
    }
    // On another slice it waits, out of sight.
    const visible = draft.isOn(draft.plane, viewer.crosshair)
    const leg = pointer && draft.isOn(plane, pointer) ? this.leg(pointer, plane) : []
    const onScreen = (points: readonly Vec3[]): ScreenPoint[] =>
      (visible ? points : [])
        .map((point) => this.adapter.screenOf(draft.plane, point))
        .filter((point) => point !== null)
    viewer.lassoCorners = onScreen(draft.corners)
    viewer.lasso = onScreen([...draft.points, ...leg])
  }

  private start(point: Vec3): Vec3 {
    return this.tools.pen === 'livewire' ? [Math.round(point[0]), Math.round(point[1]), Math.round(point[2])] : point
  }

  private leg(to: Vec3, plane: Plane): readonly Vec3[] {
    const { last } = this.draft
    if (this.tools.pen !== 'livewire' || !last) return [to]
    if (this.wire?.from !== last) {
      const { image, dims, spacing } = this.opened
      const from: Vec3 = [Math.round(last[0]), Math.round(last[1]), Math.round(last[2])]
      this.wire = { from: last, wire: new SliceWire(image, dims, spacing, plane, from) }
    }
    return this.wire.wire.to(to)
  }

  private away(plane: Plane, a: Vec3, b: Vec3): number {
    const [p, q] = [this.adapter.screenOf(plane, a), this.adapter.screenOf(plane, b)]
    return p && q ? Math.hypot(p[0] - q[0], p[1] - q[1]) : Infinity
  }
}
