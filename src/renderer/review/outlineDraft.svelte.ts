import type { Vec3 } from '../../shared/geometry/affine'
import { sliceAxis, type Plane } from '../editor/brush'
import { outlineMask } from '../editor/outline'
import { editByMask } from './editing'
import type { OpenCase } from './openCase.svelte'
import type { Tools } from './tools.svelte'

/** An outline that is drawn click by click on one slice: legs from corner to corner, the last one after the pointer. */
export class OutlineDraft {
  /** Where the legs so far end, continuous voxel coordinates; the first is the start. */
  corners = $state.raw<readonly Vec3[]>([])
  plane: Plane = 'axial'
  /** The points of each leg; the first leg is the start alone. */
  private legs: readonly (readonly Vec3[])[] = []

  /** The way to a point from the last corner, of whoever draws. */
  legTo: (point: Vec3) => readonly Vec3[] = (point) => [point]

  constructor(private readonly tools: Tools) {}

  get drawing(): boolean {
    return this.corners.length > 0
  }

  get last(): Vec3 | null {
    return this.corners.at(-1) ?? null
  }

  get points(): readonly Vec3[] {
    return this.legs.flat()
  }

  /** Whether a point lies on the slice that is drawn on. */
  isOn(plane: Plane, point: Vec3): boolean {
    const axis = sliceAxis[plane]
    return plane === this.plane && Math.round(point[axis]) === Math.round(this.corners[0]?.[axis] ?? -1)
  }

  start(plane: Plane, at: Vec3): void {
    this.plane = plane
    this.put([[at]])
  }

  /** Goes on by a leg, which ends in its last point. */
  add(leg: readonly Vec3[]): void {
    if (leg.length > 0) this.put([...this.legs, leg])
  }

  /** Takes the last corner back. */
  back(): void {
    this.put(this.legs.slice(0, -1))
  }

  drop(): void {
    this.put([])
  }

  /** Closes the outline by a leg to its start, and makes of it what the tool does with outlines. */
  close(opened: OpenCase): void {
    if (this.corners.length > 1) this.add(this.legTo(this.corners[0]))
    const mask = outlineMask(this.points, this.plane, opened.dims)
    this.drop()
    if (mask) editByMask(opened, this.tools, mask, this.tools.removes ? 'Cut' : 'Outline')
  }

  private put(legs: readonly (readonly Vec3[])[]): void {
    this.legs = legs
    this.corners = legs.map((leg) => leg[leg.length - 1])
  }
}
