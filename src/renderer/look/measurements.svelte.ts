import type { Vec3 } from '../../shared/geometry/affine'
import { emptyReading, type Measurement, type Reading } from '../../shared/reading'
import type { EmendApi } from '../../shared/windowApi'
import { sliceAxis, type Plane } from '../editor/brush'
import type { OpenCase } from '../review/openCase.svelte'
import { distanceMm, onSlice, pointsOf, sliceOf, toMm, toVoxels } from './measure'

/** A press that moves less than this places one point, not two: mm. */
const STILL_MM = 1.5

/** Rulers and angles of the open case, and what else is noted of it. Kept in the library at every change. */
export class Measurements {
  reading = $state.raw<Reading>(emptyReading)
  /** The one under way: its last point follows the pointer. */
  draft = $state.raw<Measurement | null>(null)
  chosen = $state<string | null>(null)
  /** The case whose reading this is: none before that was read, else a first ruler would take the place of all. */
  private opened: OpenCase | null = null
  /** Why the reading could not be read. */
  private fault: unknown = null
  /** Ids of what was taken away since the case was opened. */
  private removed: readonly string[] = []
  private turn = 0
  private pressedAt: Vec3 | null = null
  private queue: Promise<void> = Promise.resolve()

  constructor(
    private readonly api: Pick<EmendApi, 'reading' | 'keepReading'>,
    private readonly fail: (error: unknown) => void,
  ) {}

  get list(): readonly Measurement[] {
    return this.reading.measurements
  }

  /** Those on the slice that a plane shows, the one under way among them. */
  on(plane: Plane, slice: number): readonly Measurement[] {
    const { opened } = this
    if (!opened) return []
    const all = this.draft ? [...this.list, this.draft] : this.list
    return all.filter((m) => m.plane === plane && sliceOf(opened.detail.affine, m) === slice)
  }

  async load(opened: OpenCase): Promise<void> {
    this.forget()
    const { turn } = this
    try {
      const reading = await this.api.reading({ caseId: opened.id })
      if (turn !== this.turn) return
      this.reading = reading
      this.opened = opened
    } catch (error) {
      if (turn === this.turn) this.fault = error
      this.fail(error)
    }
  }

  forget(): void {
    this.turn++
    this.opened = null
    this.fault = null
    this.reading = emptyReading
    this.removed = []
    this.draft = null
    this.chosen = null
  }

  /** The pointer was pressed at a voxel: places a point. */
  press(kind: Measurement['kind'], plane: Plane, voxel: Vec3): void {
    const { opened, draft } = this
    if (!opened) return this.refuse()
    const at = this.mmOn(voxel, plane)
    this.pressedAt = at
    if (draft?.kind !== kind || draft.plane !== plane) {
      this.draft = { id: crypto.randomUUID(), kind, plane, points: [at, at] }
    } else this.place(at)
  }

  /** The pointer is at a voxel now, pressed or not. */
  follow(plane: Plane, voxel: Vec3): void {
    const { draft } = this
    if (draft?.plane === plane) this.draft = withLast(draft, this.mmOn(voxel, plane))
  }

  /** The pointer was let go: a drag ends where it was let go, a click waits for the next. */
  release(): void {
    const { draft, pressedAt } = this
    this.pressedAt = null
    const last = draft?.points.at(-1)
    if (last && pressedAt && distanceMm(pressedAt, last) > STILL_MM) this.place(last)
  }

  /** Drops what is under way; false where nothing was. */
  cancel(): boolean {
    const had = this.draft !== null
    this.draft = null
    return had
  }

  /** Moves one point within its slice. */
  movePoint(id: string, index: number, voxel: Vec3): void {
    this.change((m) => {
      if (m.id !== id) return m
      const [point] = toMm(this.affine, [onSlice(voxel, m.plane, sliceOf(this.affine, m))])
      return { ...m, points: m.points.map((old, n) => (n === index ? point : old)) }
    })
  }

  remove(id: string): void {
    this.reading = { ...this.reading, measurements: this.list.filter((m) => m.id !== id) }
    this.removed = [...this.removed, id]
    if (this.chosen === id) this.chosen = null
    this.keep()
  }

  /** Where to look to see it: the middle of its points, in voxels. */
  centreOf({ points }: Measurement): Vec3 {
    const voxels = toVoxels(this.affine, points)
    const mean = (axis: 0 | 1 | 2): number => voxels.reduce((sum, p) => sum + p[axis], 0) / voxels.length
    return [mean(0), mean(1), mean(2)]
  }

  align(caseId: string, offset: Vec3): void {
    this.reading = { ...this.reading, alignments: { ...this.reading.alignments, [caseId]: [...offset] } }
    this.keep()
  }

  /** Stores it all; writes go one after the other. */
  keep(): void {
    const { opened, reading, removed } = this
    if (!opened) return this.refuse()
    const write = (): Promise<unknown> => this.api.keepReading({ caseId: opened.id, reading, removed: [...removed] })
    this.queue = this.queue.then(write).then(
      () => undefined,
      (error: unknown) => this.fail(error),
    )
  }

  private refuse(): void {
    if (this.fault !== null) this.fail(this.fault)
  }

  private get affine(): OpenCase['detail']['affine'] {
    if (!this.opened) throw new RangeError('no case is open')
    return this.opened.detail.affine
  }

  /** RAS mm of a voxel on the slice that it lies nearest to. */
  private mmOn(voxel: Vec3, plane: Plane): [number, number, number] {
    return toMm(this.affine, [onSlice(voxel, plane, Math.round(voxel[sliceAxis[plane]]))])[0]
  }

  private place(at: [number, number, number]): void {
    const { draft } = this
    if (!draft) return
    const placed = withLast(draft, at)
    if (placed.points.length < pointsOf[draft.kind]) {
      this.draft = { ...placed, points: [...placed.points, at] }
      return
    }
    this.draft = null
    this.reading = { ...this.reading, measurements: [...this.list, placed] }
    this.chosen = placed.id
    this.keep()
  }

  private change(each: (m: Measurement) => Measurement): void {
    this.reading = { ...this.reading, measurements: this.list.map(each) }
  }
}

function withLast(measurement: Measurement, point: [number, number, number]): Measurement {
  return { ...measurement, points: [...measurement.points.slice(0, -1), point] }
}
