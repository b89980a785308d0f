import type { RevisionRow } from '../../shared/caseHistory'
import type { Structure } from '../../shared/labels/schema'
import { OverlapCount, type Overlap } from '../../shared/voxels/overlap'
import type { EmendApi } from '../../shared/windowApi'
import { ago } from '../app/words'
import type { Plane } from '../editor/brush'
import { Breath } from '../editor/breath'
import { plannedGently } from '../editor/editPlan'
import { editRules } from '../editor/editRules'
import { copyTable } from '../editor/editTable'
import type { OpenCase } from '../review/openCase.svelte'
import type { Review } from '../review/review.svelte'
import { fetchLabels } from '../review/voxels'

export type ComparisonMode = 'difference' | 'beside'

/** One structure of a comparison. */
export interface ComparedStructure {
  readonly structure: Structure
  readonly overlap: Overlap
  /** What is shown less what it is compared with, mL. */
  readonly changeMl: number
}

/** Voxels counted in one go. */
const PORTION = 1 << 18
/** After this long without an edit the figures are worked out again. */
const settleMs = 300

/** What is shown beside another revision of the same case's labels. */
export class Comparison {
  revisions = $state.raw<readonly RevisionRow[]>([])
  revision = $state.raw<RevisionRow | null>(null)
  /** Of that revision, on the case's grid. */
  labels = $state.raw<Uint8Array | null>(null)
  mode = $state<ComparisonMode>('difference')
  plane = $state<Plane>('axial')
  /** Null while they are being worked out. */
  figures = $state.raw<readonly ComparedStructure[] | null>(null)
  opened = $state.raw<OpenCase | null>(null)
  private turn = 0
  private timer: ReturnType<typeof setTimeout> | undefined

  constructor(
    private readonly review: Review,
    private readonly api: Pick<EmendApi, 'caseDetail'>,
    private readonly fail: (error: unknown) => void,
    private readonly say: (line: string) => void,
    private readonly labelsOf: typeof fetchLabels = fetchLabels,
  ) {}

  get shown(): boolean {
    return this.labels !== null
  }

  /** Compares with the revision before the current one, or ends the comparison. */
  async toggle(): Promise<void> {
    if (this.opened) return this.close()
    const opened = this.review.case
    if (!opened) return
    const turn = ++this.turn
    try {
      const { revisions } = await this.api.caseDetail({ caseId: opened.id })
      if (this.review.case !== opened || turn !== this.turn) return
      if (revisions.length === 0) return this.say('The case has no labels yet to compare with')
      this.opened = opened
      this.revisions = revisions.toReversed()
      this.plane = this.review.viewer.plane
      // With nothing edited since the last revision, the one before it.
      const last = this.revisions.findIndex(({ id }) => id === opened.revision)
      await this.choose((this.revisions[opened.voxelsSaved ? last + 1 : last] ?? this.revisions[0]).id)
    } catch (error) {
      this.fail(error)
    }
  }

  async choose(id: string): Promise<void> {
    const { opened } = this
    const revision = this.revisions.find((row) => row.id === id)
    if (!opened || !revision) return
    const turn = ++this.turn
    try {
      const labels = await this.labelsOf(opened.id, id, opened.dims)
      if (turn !== this.turn) return
      this.revision = revision
      this.labels = labels
      await this.count()
    } catch (error) {
      this.fail(error)
    }
  }

  /** The case's labels changed: the figures follow once that has settled. */
  edited(): void {
    if (!this.labels) return
    clearTimeout(this.timer)
    this.timer = setTimeout(() => void this.count(), settleMs)
  }

  /** Makes a structure of the shown labels what the compared revision says; one command, and what is locked stays. */
  async copy(structure: Structure): Promise<void> {
    const { opened, revision } = this
    if (!opened || !revision || opened !== this.review.case) return
    if (opened.locked.has(structure.name)) return this.say(`${structure.title} is locked`)
    if (this.review.segmenting) return this.say('The segmentation is being made: wait or cancel it')
    this.review.bench.drop()
    const found = (await this.count())?.find((row) => row.structure.id === structure.id)
    const { labels } = this
    if (!found?.overlap.box || !labels) return
    const { box } = found.overlap
    const { dims, mask } = opened.editor
    const isAsItWas = opened.watch()
    const table = copyTable(editRules(structure.id, { policy: 'unlocked', inside: 0 }, opened.lockedValues))
    const delta = await plannedGently({ dims, box, said: { box: mask.box, voxels: labels }, is: mask, table })
    if (!isAsItWas()) return this.say('The labels changed meanwhile: nothing was done')
    if (!delta) return this.say(`${structure.title} is the same, or what it would replace is locked`)
    opened.editor.apply(delta, 'forward')
    opened.commit(`Copy ${structure.title} from ${whoMade(revision)}`, delta)
  }

  close(): void {
    this.turn++
    clearTimeout(this.timer)
    this.opened = null
    this.revision = null
    this.labels = null
    this.figures = null
    this.revisions = []
  }

  /** Works the figures out in pieces between which the window goes on. */
  private async count(): Promise<readonly ComparedStructure[] | null> {
    const { opened, labels } = this
    if (!opened || !labels) return null
    clearTimeout(this.timer)
    const turn = ++this.turn
    const count = new OverlapCount(opened.editor.data, labels, opened.dims)
    const millilitres = (opened.spacing[0] * opened.spacing[1] * opened.spacing[2]) / 1000
    const breath = new Breath()
    while (!count.done) {
      count.advance(PORTION)
      await breath.due()
      if (turn !== this.turn) return null
    }
    this.figures = opened.structures.map((structure) => {
      const overlap = count.of(structure.id)
      return { structure, overlap, changeMl: (overlap.inA - overlap.inB) * millilitres }
    })
    return this.figures
  }
}

/** Who made a revision: a model, or a reader. */
export function whoMade({ origin, model, author }: RevisionRow): string {
  if (origin === 'model') return model ?? 'a model'
  if (origin === 'import') return 'the import'
  return origin === 'fusion' ? 'label fusion' : author
}

export function revisionCaption(row: RevisionRow): string {
  return `${whoMade(row)} · ${ago(row.createdAt)}`
}
