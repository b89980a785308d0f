import type { Affine, Vec3 } from '../../shared/geometry/affine'
import type { LabelSchema } from '../../shared/labels/schema'
import type { EmendApi } from '../../shared/windowApi'
import type { Toasts } from '../app/toasts.svelte'
import type { Plane } from '../editor/brush'
import type { Review } from '../review/review.svelte'
import { Comparison, revisionCaption } from './comparison.svelte'
import { Doubts } from './doubts.svelte'
import { Measurements } from './measurements.svelte'
import { Prior } from './prior.svelte'

/** A picture beside the case's own: other labels of its image, or another case. */
export interface OtherPicture {
  readonly title: string
  readonly labels: Uint8Array
  /** Of another case; null where it is the same image. */
  readonly image: Int16Array | null
  readonly dims: Vec3
  readonly schema: LabelSchema
}

/** What the reader looks at besides the image and its masks. */
export class Look {
  /** Whether the window is being given a name. */
  namingWindow = $state(false)
  readonly doubts: Doubts
  readonly comparison: Comparison
  readonly measurements: Measurements
  readonly prior: Prior
  /** Apart from where it lies, which a drag changes many times a second. */
  readonly other: OtherPicture | null = $derived.by(() => this.otherPicture())

  constructor(
    private readonly review: Review,
    api: EmendApi,
    toasts: Toasts,
  ) {
    const say = (line: string): void => toasts.say(line)
    const fail = (error: unknown): void => toasts.fail(error)
    this.doubts = new Doubts(review, say)
    this.measurements = new Measurements(api, fail)
    this.comparison = new Comparison(review, api, fail, say)
    this.prior = new Prior(review, api, this.measurements, fail, say)
  }

  /** Only one other picture is held at a time. */
  toggleComparison(): void {
    this.prior.close()
    void this.comparison.toggle()
  }

  togglePrior(): void {
    this.comparison.close()
    void this.prior.toggle()
  }

  /** The plane that is shown twice, the case's own picture to the left of another; null where none is. */
  get beside(): Plane | null {
    const { comparison, prior } = this
    if (prior.shown) return prior.plane
    return comparison.shown && comparison.mode === 'beside' ? comparison.plane : null
  }

  /** Where another case's image lies, in the open one's millimetres. */
  get otherAffine(): Affine | null {
    return this.prior.affine
  }

  /** What the other picture has at a voxel of the open case (RAS mm); null where it has nothing there. */
  otherAt(voxel: Vec3, mm: Vec3): { hu: number; label: number } | null {
    const { prior, comparison, review } = this
    if (prior.shown) return prior.at(mm)
    const opened = review.case
    if (!opened || !comparison.labels) return null
    const n = voxel[0] + opened.dims[0] * (voxel[1] + opened.dims[1] * voxel[2])
    return { hu: opened.image[n], label: comparison.labels[n] }
  }

  /** Another case is open now, or none: what was looked at of the last one goes. */
  forget(): void {
    this.doubts.forget()
    this.comparison.close()
    this.prior.close()
    this.measurements.forget()
  }

  private otherPicture(): OtherPicture | null {
    const { comparison, prior } = this
    if (prior.picture) {
      const { detail, image, labels } = prior.picture
      return { title: detail.row.title, labels, image, dims: detail.row.dims, schema: detail.schema }
    }
    const { labels, revision, opened } = comparison
    if (!labels || !revision || !opened) return null
    return {
      title: revisionCaption(revision),
      labels,
      image: null,
      dims: opened.dims,
      schema: opened.looks.schema(opened.detail.schema),
    }
  }
}
