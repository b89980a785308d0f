import type { Vec3 } from '../../shared/geometry/affine'
import { boxOf } from '../../shared/voxels/box'
import type { Mask } from '../../shared/voxels/mask'
import { visitSweep, type Plane } from './brush'
import { wholeBox, type Box } from './box'
import { planned } from './editPlan'
import { revisionTable, withoutTable, type EditTable } from './editTable'
import { addCounts } from './labelCounts'
import { applyDelta, DeltaRecorder, type LabelDelta } from './labelDelta'
import { SimilarBrush, tissueAt } from './similarTissue'
import type { WritableValues } from './writable'

/** What a stroke does wherever it goes. */
export interface Stroke {
  /** The value written: a structure's id, or 0 for an eraser. */
  readonly value: number
  readonly radiusMm: number
  /** The plane of the tile painted in, or null for a sphere. */
  readonly plane: Plane | null
  readonly writable: WritableValues
  /** Paints only where the image is in this range; anywhere where left out. */
  readonly within?: HuRange
  /** Paints only what is like the tissue where the stroke begins in this image, and connected to the brush's middle. */
  readonly similarIn?: Int16Array
}

interface StrokeUnderWay {
  readonly settings: Stroke
  readonly recorder: DeltaRecorder
  /** Of the tissue that the stroke began in; null where it paints any. */
  readonly similar: SimilarBrush | null
  at: Vec3
}

/** HU, both ends inside. */
export interface HuRange {
  readonly image: Int16Array
  readonly low: number
  readonly high: number
}

/**
 * The label volume that the reader edits: ids, one byte a voxel, `data[i + nx * (j + ny * k)]`, and how many voxels each
 * id has. Every change comes out as a delta, which `apply` takes back or writes again.
 */
export class LabelEditor {
  /** Voxels by value, kept up to date by every change. */
  readonly counts: Uint32Array
  private stroke: StrokeUnderWay | null = null

  /** @param counts voxels by value, where they are known already; @throws RangeError where the voxels do not fill the grid */
  constructor(
    readonly dims: Vec3,
    readonly spacing: Vec3,
    readonly data: Uint8Array,
    counts?: Uint32Array,
  ) {
    const expected = dims[0] * dims[1] * dims[2]
    if (data.length !== expected) throw new RangeError(`${data.length} labels for a grid of ${expected} voxels`)
    this.counts = counts ?? new Uint32Array(256)
    if (!counts) addCounts(data, this.counts)
  }

  get painting(): boolean {
    return this.stroke !== null
  }

  /** The value at a voxel, 0 outside the grid. */
  valueAt([i, j, k]: Vec3): number {
    const [nx, ny, nz] = this.dims
    return i < 0 || j < 0 || k < 0 || i >= nx || j >= ny || k >= nz ? 0 : this.data[i + nx * (j + ny * k)]
  }

  volumeMl(value: number): number {
    return (this.counts[value] * this.spacing[0] * this.spacing[1] * this.spacing[2]) / 1000
  }

  /** Starts a stroke at a point in continuous voxel coordinates; returns the box to draw again. */
  begin(settings: Stroke, at: Vec3): Box | null {
    const { similarIn } = settings
    const { dims, spacing } = this
    const similar = similarIn
      ? new SimilarBrush(similarIn, dims, spacing, tissueAt(similarIn, dims, spacing, at))
      : null
    this.stroke = { settings, recorder: new DeltaRecorder(dims), at, similar }
    return this.moveTo(at)
  }

  /** Sweeps the brush on to a point; returns the box to draw again. */
  moveTo(to: Vec3): Box | null {
    if (!this.stroke) return null
    const { settings, recorder, at, similar } = this.stroke
    this.stroke.at = to
    const sweep = { from: at, to, radiusMm: settings.radiusMm, plane: settings.plane }
    const { value, writable, within } = settings
    const visit = (first: number, last: number, j: number, k: number): void => {
      const row = this.dims[0] * (j + this.dims[1] * k)
      if (!within) return this.write(row + first, row + last + 1, value, writable, recorder)
      for (let n = row + first; n <= row + last; n++) {
        const hu = within.image[n]
        if (hu >= within.low && hu <= within.high) this.write(n, n + 1, value, writable, recorder)
      }
    }
    return similar ? similar.visit(sweep, visit) : visitSweep(this.dims, this.spacing, sweep, visit)
  }

  /** Ends the stroke; null where it changed nothing. */
  end(): LabelDelta | null {
    const delta = this.stroke?.recorder.finish() ?? null
    this.stroke = null
    return delta
  }

  /** Removes a structure everywhere. */
  clear(value: number): LabelDelta | null {
    const box = boxOf(this.data, this.dims, value)
    return box && this.carryOut(box, this.mask, withoutTable(value))
  }

  /** Changes the voxels of a block by what it says of them. */
  writeBlock(said: Mask, table: EditTable): LabelDelta | null {
    return this.carryOut(said.box, said, table)
  }

  /** Takes over another label map of the same grid, as one change: a new segmentation, another revision. */
  replace(labels: Uint8Array): LabelDelta | null {
    const { box } = this.mask
    return this.carryOut(box, { box, voxels: labels }, revisionTable([]))
  }

  /** Writes a change again, or takes it back; returns the box to draw again. */
  apply(delta: LabelDelta, direction: 'forward' | 'back'): Box {
    applyDelta(this.data, delta, direction)
    const [from, to] = direction === 'forward' ? [delta.before, delta.after] : [delta.after, delta.before]
    const { counts } = this
    const { lengths } = delta
    for (let r = 0; r < lengths.length; r++) {
      counts[from[r]] -= lengths[r]
      counts[to[r]] += lengths[r]
    }
    return delta.box
  }

  get whole(): Box {
    return wholeBox(this.dims)
  }

  /** The whole volume, as edits are planned on. */
  get mask(): Mask {
    return { box: { low: [0, 0, 0], high: this.dims }, voxels: this.data }
  }

  private carryOut(box: Mask['box'], said: Mask, table: EditTable): LabelDelta | null {
    const delta = planned({ dims: this.dims, box, said, is: this.mask, table })
    if (delta) this.apply(delta, 'forward')
    return delta
  }

  /** Writes `value` into [start, stop) of one row wherever the old value may be overwritten. */
  private write(start: number, stop: number, value: number, writable: WritableValues, recorder: DeltaRecorder): void {
    const { data } = this
    let at = start
    while (at < stop) {
      const before = data[at]
      let end = at + 1
      while (end < stop && data[end] === before) end++
      if (before !== value && writable[before]) this.change(at, end, before, value, recorder)
      at = end
    }
  }

  private change(start: number, stop: number, before: number, after: number, recorder: DeltaRecorder): void {
    this.data.fill(after, start, stop)
    this.counts[before] -= stop - start
    this.counts[after] += stop - start
    recorder.add(start, stop - start, before, after)
  }
}
