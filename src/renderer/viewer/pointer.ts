import { applyAffine, type Vec3 } from '../../shared/geometry/affine'
import type { Plane } from '../editor/brush'
import { outlineMask } from '../editor/outline'
import type { Look } from '../look/look.svelte'
import { beginStroke, editByMask, editObstacle, editRegion } from '../review/editing'
import type { OpenCase } from '../review/openCase.svelte'
import type { Review } from '../review/review.svelte'
import type { Tools } from '../review/tools.svelte'
import { dragOf, WheelSteps, type DragKind } from './drags'
import type { Hit, NiivueAdapter } from './niivueAdapter'
import { SlicePen } from './slicePen'
import type { ViewerState } from './viewerState.svelte'

/** A press that moves less than this many pixels is a click. */
const clickPixels = 4

interface Drag {
  readonly kind: DragKind
  readonly plane: Plane | null
  readonly startX: number
  readonly startY: number
  x: number
  y: number
  /** The voxel that an alignment moves on from. */
  from: Vec3 | null
}

/** Turns what the pointer does over the viewer into looking and painting; moves are handled once a frame. */
export class Pointer {
  private drag: Drag | null = null
  private latest: { x: number; y: number } | null = null
  private frame = 0
  private readonly wheel = new WheelSteps()
  /** Continuous voxel coordinates of the outline under way. */
  private lasso: Vec3[] = []
  private readonly tools: Tools
  readonly pen: SlicePen

  constructor(
    private readonly surface: HTMLElement,
    private readonly adapter: NiivueAdapter,
    private readonly viewer: ViewerState,
    private readonly review: Review,
    private readonly look: Look,
    private readonly opened: OpenCase,
    /** Why painting is not possible now besides the structure's lock; null where it is. */
    private readonly obstacle: () => string | null,
    private readonly refuse: (line: string) => void,
  ) {
    this.tools = review.tools
    this.pen = new SlicePen(adapter, viewer, review.tools, opened, review.outline)
  }

  down(event: PointerEvent): void {
    const { x, y } = this.place(event)
    const hit = this.adapter.hit(x, y)
    if (!hit || this.drag) return
    const kind = this.kindOf(event, hit)
    if (!kind) return
    event.preventDefault()
    // A field that was typed into would keep the keys, and undo its text instead of what is painted now.
    if (document.activeElement instanceof HTMLInputElement) document.activeElement.blur()
    this.surface.setPointerCapture(event.pointerId)
    const from = hit.view === '3d' ? null : hit.point
    this.drag = { kind, plane: hit.view === '3d' ? null : hit.view, startX: x, startY: y, x, y, from }
    if (kind === 'cut') this.startCut(x, y)
    if (hit.view === '3d') return
    this.viewer.plane = hit.view
    if (kind === 'crosshair') this.viewer.goTo(hit.point)
    if (kind === 'island') this.pointAtIsland(hit.point)
    if (kind === 'mark') this.startMark(hit.point, hit.view, event.altKey)
    if (kind === 'measure' && this.tools.measures) {
      this.look.measurements.press(this.tools.measures, hit.view, hit.point)
    }
    if (kind === 'paint' || kind === 'lasso' || kind === 'region' || kind === 'corner') {
      this.startEditing(kind, hit.point, hit.view, x, y)
    }
  }

  move(event: MouseEvent): void {
    this.latest = this.place(event)
    this.frame ||= requestAnimationFrame(() => this.flush())
  }

  up(event: PointerEvent): void {
    this.latest = this.place(event)
    this.flush()
    if (this.drag?.kind === 'measure') this.look.measurements.release()
    if (this.drag?.kind === 'lasso') this.closeLasso(this.drag.plane)
    if (this.drag?.kind === 'cut') void this.closeCut()
    if (this.drag?.kind === 'mark') this.review.proposals.end()
    this.drag = null
    this.opened.endStroke()
  }

  leave(): void {
    if (this.drag) return
    this.latest = null
    this.viewer.cursor = null
    this.viewer.ring = null
  }

  turn(event: WheelEvent): void {
    event.preventDefault()
    const { x, y } = this.place(event)
    const hit = this.adapter.hit(x, y)
    if (!hit) return
    const zoom = Math.exp(-event.deltaY * (event.deltaMode === 0 ? 0.0016 : 0.05))
    if (hit.view === '3d') return this.adapter.zoom3d(zoom)
    if (event.ctrlKey || event.metaKey) return this.adapter.zoom(hit.view, zoom, x, y)
    // With Shift some systems turn the wheel sideways.
    const deltaY = event.deltaY || event.deltaX
    const steps = this.wheel.add({ deltaY, deltaMode: event.deltaMode })
    const slices = -steps * (event.shiftKey ? 10 : 1)
    if (hit.other && this.look.prior.aligning) this.look.prior.step(hit.view, slices)
    else if (steps !== 0) this.viewer.scroll(hit.view, slices)
    this.move(event)
  }

  /** Draws the ring and the outline again after the tool, the slice or the tiles changed. */
  refresh(): void {
    this.pen.show(null, this.viewer.plane)
    if (this.latest) this.frame ||= requestAnimationFrame(() => this.flush())
    else this.viewer.ring = null
  }

  dispose(): void {
    cancelAnimationFrame(this.frame)
    this.review.outline.drop()
    this.viewer.lasso = this.viewer.lassoCorners = []
    this.opened.endStroke()
  }

  /** What a press does where it hits; the other picture is looked at only. */
  private kindOf(event: PointerEvent, hit: Hit): DragKind | null {
    const other = hit.view !== '3d' && hit.other
    const tool = other ? 'navigate' : this.tools.active
    const kind = dragOf(event, hit.view === '3d', tool, this.tools.pen)
    return kind === 'crosshair' && other && this.look.prior.aligning ? 'align' : kind
  }

  private startEditing(
    kind: 'paint' | 'lasso' | 'region' | 'corner',
    at: Vec3,
    plane: Plane,
    x: number,
    y: number,
  ): void {
    const { opened, tools } = this
    const line = this.obstacle() ?? editObstacle(opened, tools)
    if (line !== null) {
      this.drag = null
      return this.refuse(line)
    }
    if (kind === 'paint') return beginStroke(opened, tools, at, plane)
    if (kind === 'lasso') return this.lengthenLasso(at, x, y)
    this.drag = null
    if (kind === 'corner') this.pen.click(at, plane)
    else if (!editRegion(opened, tools, at)) this.refuse('Nothing to fill here in the range of the tool')
  }

  private pointAtIsland(at: Vec3): void {
    this.drag = null
    const voxel: Vec3 = [Math.round(at[0]), Math.round(at[1]), Math.round(at[2])]
    const line = this.obstacle()
    if (line !== null) return this.refuse(line)
    const { deeds, tools } = this.review
    void deeds.point(tools.islandDeed, this.opened, voxel).then((answer) => answer !== null && this.refuse(answer))
  }

  private startCut(x: number, y: number): void {
    const line = this.obstacle() ?? editObstacle(this.opened, this.tools)
    if (line === null) this.viewer.lasso = [[x, y]]
    else {
      this.drag = null
      this.refuse(line)
    }
  }

  private async closeCut(): Promise<void> {
    const { viewer, opened, tools } = this
    const outline = viewer.lasso
    viewer.lasso = []
    const projection = this.adapter.projection3d(opened.detail.affine)
    if (!projection || outline.length < 3) return
    const answer = await this.review.deeds.cut(opened, { outline, projection, cuts: tools.cuts })
    if (answer !== null) this.refuse(answer)
  }

  private startMark(at: Vec3, plane: Plane, alt: boolean): void {
    const line = this.obstacle() ?? this.review.proposals.begin(this.opened, at, plane, alt)
    if (line === null) return
    this.drag = null
    this.refuse(line)
  }

  /** Whether the pointer went far enough from where it went down to be more than a click. */
  private isDragged({ startX, startY, x, y }: Drag): boolean {
    return Math.hypot(x - startX, y - startY) >= clickPixels
  }

  private lengthenLasso(point: Vec3, x: number, y: number): void {
    this.lasso.push(point)
    this.viewer.lasso = [...this.viewer.lasso, [x, y]]
  }

  private closeLasso(plane: Plane | null): void {
    const mask = plane && outlineMask(this.lasso, plane, this.opened.dims)
    this.lasso = []
    this.viewer.lasso = []
    if (mask) editByMask(this.opened, this.tools, mask, this.tools.removes ? 'Cut' : 'Outline')
  }

  private flush(): void {
    cancelAnimationFrame(this.frame)
    this.frame = 0
    if (!this.latest) return
    const { x, y } = this.latest
    const hit = this.adapter.hit(x, y)
    this.viewer.overOther = hit !== null && hit.view !== '3d' && hit.other
    if (this.drag) this.pull(this.drag, x, y)
    if (this.drag?.kind === 'cut' && hit?.view === '3d') this.viewer.lasso = [...this.viewer.lasso, [x, y]]
    this.pen.show(hit && hit.view !== '3d' ? hit.point : null, this.viewer.plane)
    if (!hit || hit.view === '3d') {
      if (!this.drag) this.viewer.cursor = null
      this.viewer.ring = null
      return
    }
    if (this.drag?.kind === 'paint' && hit.view === this.drag.plane) this.opened.moveStroke(hit.point)
    if (this.drag?.kind === 'lasso' && hit.view === this.drag.plane) this.lengthenLasso(hit.point, x, y)
    if (this.drag?.kind === 'mark' && hit.view === this.drag.plane && this.isDragged(this.drag)) {
      this.review.proposals.moveTo(hit.point)
    }
    if (this.drag?.kind === 'crosshair' && hit.view === this.drag.plane) this.viewer.goTo(hit.point)
    if (this.drag?.kind === 'align' && hit.view === this.drag.plane) this.align(this.drag, hit.point)
    if (this.tools.measures && !hit.other) this.look.measurements.follow(hit.view, hit.point)
    if (!this.drag) this.viewer.plane = hit.view
    if (hit.other && !this.drag) this.viewer.ring = null
    else this.showRing(x, y, hit.view)
    this.readCursor(hit.point, hit.view, hit.other)
  }

  private align(drag: Drag, to: Vec3): void {
    if (drag.from) this.look.prior.drag(drag.from, to)
    drag.from = to
  }

  /** What depends on how far the pointer went. */
  private pull(drag: Drag, x: number, y: number): void {
    const [dx, dy] = [x - drag.x, y - drag.y]
    drag.x = x
    drag.y = y
    if (drag.kind === 'window') this.viewer.dragWindow(dx, dy)
    if (drag.kind === 'rotate') this.adapter.rotate(dx * 0.6, dy * 0.6)
    if (drag.kind === 'pan' && drag.plane) this.adapter.pan(drag.plane, dx, dy)
    if (drag.kind === 'zoom') {
      const factor = Math.exp(-dy * 0.008)
      if (drag.plane) this.adapter.zoomAboutCentre(drag.plane, factor)
      else this.adapter.zoom3d(factor)
    }
  }

  private showRing(x: number, y: number, plane: Plane): void {
    const painting = this.drag === null || this.drag.kind === 'paint'
    const radius = this.tools.radiusMm * this.adapter.pixelsPerMm(plane)
    this.viewer.ring = this.tools.paints && painting ? { x, y, radius } : null
  }

  private readCursor(point: Vec3, view: Plane, other: boolean): void {
    const { dims, image, editor, detail } = this.opened
    const voxel: Vec3 = [Math.round(point[0]), Math.round(point[1]), Math.round(point[2])]
    // Another study's field may reach on.
    const isBeyond = other && this.look.prior.shown
    if (!isBeyond && voxel.some((v, axis) => v < 0 || v >= dims[axis])) {
      this.viewer.cursor = null
      return
    }
    const mm = applyAffine(detail.affine, point)
    if (isBeyond) {
      const there = this.look.prior.at(mm)
      this.viewer.cursor = there && { view, voxel, mm, ...there }
      return
    }
    const own = { hu: image[voxel[0] + dims[0] * (voxel[1] + dims[1] * voxel[2])], label: editor.valueAt(voxel) }
    const found = other ? this.look.otherAt(voxel, mm) : own
    this.viewer.cursor = found && { view, voxel, mm, ...found }
  }

  private place(event: MouseEvent): { x: number; y: number } {
    const { left, top } = this.surface.getBoundingClientRect()
    return { x: event.clientX - left, y: event.clientY - top }
  }
}
