import type { CaseDetail, CaseRow } from '../../shared/contract'
import { applyAffine, columnOf, invertAffine, type Affine, type Vec3 } from '../../shared/geometry/affine'
import type { RelatedCase } from '../../shared/reading'
import type { EmendApi } from '../../shared/windowApi'
import { sliceAxis, type Plane } from '../editor/brush'
import type { OpenCase } from '../review/openCase.svelte'
import type { Review } from '../review/review.svelte'
import { fetchImage, fetchLabels } from '../review/voxels'
import type { Measurements } from './measurements.svelte'

/** Another case that the reader may lay beside the open one. */
export interface Candidate extends RelatedCase {
  readonly row: CaseRow
}

/** Another case's voxels, on its own grid. */
export interface PriorPicture {
  readonly detail: CaseDetail
  readonly image: Int16Array
  readonly labels: Uint8Array
}

/** How both pictures are laid on each other. */
export type Link = 'frame' | 'aligned' | 'centres'

/** A prior study, or any other case, beside the open one: the same plane through the same millimetres of the patient. */
export class Prior {
  candidates = $state.raw<readonly Candidate[]>([])
  picture = $state.raw<PriorPicture | null>(null)
  /** What takes the other case's millimetres to the open one's. */
  offset = $state.raw<Vec3>([0, 0, 0])
  /** Whether drags and the wheel move the other picture under the open one. */
  aligning = $state(false)
  plane = $state<Plane>('axial')
  opened = $state.raw<OpenCase | null>(null)
  loading = $state<string | null>(null)
  private turn = 0

  constructor(
    private readonly review: Review,
    private readonly api: Pick<EmendApi, 'caseDetail' | 'listCases' | 'relatedCases'>,
    private readonly measurements: Measurements,
    private readonly fail: (error: unknown) => void,
    private readonly say: (line: string) => void,
    private readonly voxelsOf: typeof fetchPicture = fetchPicture,
  ) {}

  /** Lays the newest study of the same patient beside the open case, or asks which; or ends that. */
  async toggle(): Promise<void> {
    if (this.opened) return this.close()
    const opened = this.review.case
    if (!opened) return
    const turn = ++this.turn
    try {
      const [related, rows] = await Promise.all([this.api.relatedCases({ caseId: opened.id }), this.api.listCases()])
      if (this.review.case !== opened || turn !== this.turn) return
      this.candidates = related.flatMap((other) => {
        const row = rows.find(({ id }) => id === other.caseId)
        return row ? [{ ...other, row }] : []
      })
      if (this.candidates.length === 0) return this.say('There is no other case in the library')
      this.opened = opened
      this.plane = this.review.viewer.plane
      if (this.candidates[0].samePatient) await this.choose(this.candidates[0].caseId)
    } catch (error) {
      this.fail(error)
    }
  }

  get chosen(): Candidate | null {
    const id = this.loading ?? this.picture?.detail.row.id
    return this.candidates.find(({ caseId }) => caseId === id) ?? null
  }

  get shown(): boolean {
    return this.picture !== null
  }

  get link(): Link {
    const { chosen } = this
    if (chosen && this.measurements.reading.alignments[chosen.caseId]) return 'aligned'
    return chosen?.sameFrame ? 'frame' : 'centres'
  }

  async choose(caseId: string): Promise<void> {
    const turn = ++this.turn
    this.picture = null
    this.aligning = false
    this.loading = caseId
    try {
      const detail = await this.api.caseDetail({ caseId })
      const picture = await this.voxelsOf(detail)
      if (turn !== this.turn) return
      this.loading = null
      this.picture = picture
      this.offset = this.measurements.reading.alignments[caseId] ?? this.offsetByDefault()
    } catch (error) {
      if (turn === this.turn) this.close()
      this.fail(error)
    }
  }

  /** The other case's grid in the open one's millimetres. */
  get affine(): Affine | null {
    const { picture, offset } = this
    if (!picture) return null
    const [a, b, c] = picture.detail.affine
    return [
      [a[0], a[1], a[2], a[3] + offset[0]],
      [b[0], b[1], b[2], b[3] + offset[1]],
      [c[0], c[1], c[2], c[3] + offset[2]],
    ]
  }

  /** Moves the other picture from one voxel of the open case to another. */
  drag(from: Vec3, to: Vec3): void {
    if (!this.opened) return
    const [a, b] = [applyAffine(this.opened.detail.affine, from), applyAffine(this.opened.detail.affine, to)]
    this.move([b[0] - a[0], b[1] - a[1], b[2] - a[2]])
  }

  /** Moves the other picture through a plane, slices of the open case. */
  step(plane: Plane, slices: number): void {
    if (!this.opened) return
    const [x, y, z] = columnOf(this.opened.detail.affine, sliceAxis[plane])
    this.move([-x * slices, -y * slices, -z * slices])
  }

  /** Begins to align, or keeps the alignment for the next time. */
  toggleAligning(): void {
    this.aligning = !this.aligning
    if (!this.aligning && this.picture) this.measurements.align(this.picture.detail.row.id, this.offset)
  }

  /** What lies at a place of the open case, RAS mm; null outside the other image. */
  at(mm: Vec3): { hu: number; label: number } | null {
    const { picture, affine } = this
    if (!picture || !affine) return null
    const { dims } = picture.detail.row
    const [i, j, k] = applyAffine(invertAffine(affine), mm).map(Math.round)
    if (i < 0 || j < 0 || k < 0 || i >= dims[0] || j >= dims[1] || k >= dims[2]) return null
    const n = i + dims[0] * (j + dims[1] * k)
    return { hu: picture.image[n], label: picture.labels[n] }
  }

  close(): void {
    this.turn++
    this.opened = null
    this.picture = null
    this.loading = null
    this.aligning = false
    this.candidates = []
  }

  /** None in a shared frame of reference; else what lays the images' centres on each other. */
  private offsetByDefault(): Vec3 {
    const { opened, picture } = this
    if (!opened || !picture || this.chosen?.sameFrame) return [0, 0, 0]
    const centre = (affine: Affine, dims: Vec3): Vec3 =>
      applyAffine(affine, [(dims[0] - 1) / 2, (dims[1] - 1) / 2, (dims[2] - 1) / 2])
    const own = centre(opened.detail.affine, opened.dims)
    const other = centre(picture.detail.affine, picture.detail.row.dims)
    return [own[0] - other[0], own[1] - other[1], own[2] - other[2]]
  }

  private move([x, y, z]: Vec3): void {
    this.offset = [this.offset[0] + x, this.offset[1] + y, this.offset[2] + z]
  }
}

async function fetchPicture(detail: CaseDetail): Promise<PriorPicture> {
  const { id, dims, revision } = detail.row
  const labels = revision === null ? new Uint8Array(dims[0] * dims[1] * dims[2]) : await fetchLabels(id, revision, dims)
  return { detail, image: await fetchImage(id, dims), labels }
}
