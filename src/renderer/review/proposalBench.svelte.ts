import { oneLine } from '../../shared/errors'
import type { Vec3 } from '../../shared/geometry/affine'
import type { Structure } from '../../shared/labels/schema'
import type { Mask } from '../../shared/voxels/mask'
import { marksAnew, proposalBlock } from '../../shared/voxels/proposal/block'
import type { ProposalInput } from '../../shared/voxels/proposal/hints'
import type { Plane } from '../editor/brush'
import { hintsOf, pointsOf, type Mark } from '../editor/marks'
import { editObstacle, rulesOf } from './editing'
import type { OpenCase } from './openCase.svelte'
import { proposalWorker, type ProposalRunner } from './proposalRunner'
import type { Tools } from './tools.svelte'

/** What a proposal is about: nothing else may become active while it is under way. */
interface Subject {
  readonly opened: OpenCase
  readonly structure: Structure
}

/** The answer to marks that give nothing to begin with. */
const nothing: Mask = { box: { low: [0, 0, 0], high: [0, 0, 0] }, voxels: new Uint8Array(0) }

/**
 * A proposal for the active structure, made of what the reader marks: points, scribbles and boxes. The first mark makes
 * it, or changes the structure as it was; each further one mends the place that it is at. It is a preview until it is
 * kept as one step or dropped without a trace.
 */
export class ProposalBench {
  marks = $state.raw<readonly Mark[]>([])
  /** The mark that the pointer is drawing. */
  drawing = $state.raw<Mark | null>(null)
  state = $state<'start' | 'computing' | 'previewing'>('start')
  /** What the preview changes, or why there is none, in one line. */
  outcome = $state('')
  /** What a drag draws. */
  drag = $state<'scribble' | 'box'>('scribble')
  /** Whether it begins from the mask that there is, or from nothing. */
  fromMask = $state(true)
  private subject = $state.raw<Subject | null>(null)
  /** What is in the voxels now. */
  private shown: Mask | null = null
  /** What was proposed after each of the marks; shorter than the marks while some are not answered yet. */
  private answers: readonly Mask[] = []
  private runner: ProposalRunner | null = null
  /** Counts what was asked; an answer to an older question is not shown. */
  private turn = 0
  private busy = false

  constructor(
    private readonly tools: Tools,
    private readonly makeRunner: () => ProposalRunner = proposalWorker,
  ) {}

  /** Whether there is something to keep, drop or take back. */
  get active(): boolean {
    return this.marks.length > 0
  }

  // Drawing

  /** The pointer goes down at a voxel; Alt marks what the tool otherwise does not. Null, or why it cannot be done. */
  begin(opened: OpenCase, at: Vec3, plane: Plane, alt: boolean): string | null {
    this.follow(opened)
    if (opened.locked.has(opened.active)) this.hide()
    const obstacle = this.shown ? null : editObstacle(opened, this.tools)
    if (obstacle !== null) return obstacle
    this.drawing = { kind: 'point', inside: this.tools.removes === alt, plane, points: [at] }
    return null
  }

  /** The pointer goes on, so it is a drag. */
  moveTo(at: Vec3): void {
    const { drawing } = this
    if (!drawing) return
    const points = this.drag === 'box' ? [drawing.points[0], at] : [...drawing.points, at]
    // A box always is around the structure.
    this.drawing = { ...drawing, kind: this.drag, inside: this.drag === 'box' || drawing.inside, points }
  }

  end(): void {
    const { drawing } = this
    this.drawing = null
    if (!drawing) return
    this.marks = [...this.marks, drawing]
    void this.propose()
  }

  // Changing one's mind

  /** Takes the last mark back. */
  takeBack(): void {
    if (this.marks.length > 0) this.remove(this.marks[this.marks.length - 1])
  }

  remove(mark: Mark): void {
    // What came after it was made with it.
    this.answers = this.answers.slice(0, this.marks.indexOf(mark))
    this.marks = this.marks.filter((other) => other !== mark)
    if (this.marks.length === 0) this.drop()
    else void this.propose()
  }

  setFromMask(fromMask: boolean): void {
    this.fromMask = fromMask
    this.answers = []
    if (this.active) void this.propose()
  }

  /** Starts anew where another structure became active, or another preview took the place of this one. */
  follow(opened: OpenCase): void {
    const { subject } = this
    const elsewhere = subject !== null && (subject.opened !== opened || subject.structure.name !== opened.active)
    const replaced = this.shown !== null && !opened.previewing
    if (elsewhere || replaced) this.drop()
    this.subject = { opened, structure: opened.activeStructure }
  }

  /** Keeps what is shown, as one step that undo takes back. */
  keep(): void {
    if (this.state !== 'previewing' || !this.subject) return
    if (this.shown) this.subject.opened.keepPreview()
    this.shown = null
    this.close()
  }

  /** Forgets the marks; a preview goes with them, and every byte is as it was. */
  drop(): void {
    this.hide()
    this.close()
  }

  /** Gives the worker back; the tool is out of hand. */
  putAway(): void {
    this.drop()
    this.runner?.dispose()
    this.runner = null
    this.busy = false
  }

  // Proposing

  private async propose(): Promise<void> {
    const turn = ++this.turn
    this.state = 'computing'
    // The one under way ends first; then the newest marks are asked about, once.
    if (this.busy) return
    this.busy = true
    try {
      for (let asked = turn; ; asked = this.turn) {
        await this.answer(asked)
        if (asked === this.turn) return
      }
    } catch (error) {
      this.drop()
      this.outcome = oneLine(error)
    } finally {
      this.busy = false
    }
  }

  /** Answers the marks that are not answered yet, one after the other, and shows what comes of the last. */
  private async answer(turn: number): Promise<void> {
    const { subject } = this
    if (!subject) return
    const { opened, structure } = subject
    while (this.answers.length < this.marks.length) {
      if (opened.locked.has(structure.name)) return this.drop()
      const marks = this.marks.slice(0, this.answers.length + 1)
      const block = this.withoutPreview(opened, structure, () => this.block(subject, marks))
      // Before there is anything inside, marks are only gathered.
      const answer = block && { box: block.box, voxels: await this.work(block.input) }
      if (turn !== this.turn) return
      this.answers = [...this.answers, answer ?? nothing]
    }
    if (this.marks.length === 0) return
    if (opened.locked.has(structure.name)) return this.drop()
    this.hide()
    const last = this.answers[this.answers.length - 1]
    if (last === nothing) {
      this.state = 'start'
      this.outcome = 'Mark a place inside'
      return
    }
    const before = opened.editor.volumeMl(structure.id)
    this.show(opened, structure, last)
    const gained = opened.editor.volumeMl(structure.id) - before
    this.state = 'previewing'
    this.outcome = this.shown ? `${gained < 0 ? '−' : '+'}${Math.abs(gained).toFixed(1)} mL` : 'changes nothing'
  }

  private work(input: ProposalInput): Promise<Uint8Array> {
    this.runner ??= this.makeRunner()
    return this.runner.run(input)
  }

  private block({ opened, structure }: Subject, marks: readonly Mark[]): ReturnType<typeof proposalBlock> {
    const { image, editor, dims, spacing } = opened
    const newest = marks[marks.length - 1]
    const earlier = marks.length > marksAnew ? this.answers[marks.length - 2] : nothing
    return proposalBlock({ image, labels: editor.data, dims, spacing }, hintsOf(marks, dims), {
      value: structure.id,
      fromMask: this.fromMask && editor.counts[structure.id] > 0,
      before: earlier === nothing ? null : earlier,
      newest: { inside: newest.inside, points: newest.kind === 'box' ? [] : pointsOf([newest], dims, newest.inside) },
      writable: rulesOf(opened, this.tools).over,
    })
  }

  /** Reads the labels as they were before the preview, which is in its place again before the next drawing. */
  private withoutPreview<T>(opened: OpenCase, structure: Structure, look: () => T): T {
    const { shown } = this
    this.hide()
    const seen = look()
    if (shown) this.show(opened, structure, shown)
    return seen
  }

  private show(opened: OpenCase, structure: Structure, mask: Mask): void {
    const changed = opened.showPreview(
      `Proposal: ${structure.title}`,
      structure,
      { kind: 'mask', ...mask },
      rulesOf(opened, this.tools),
    )
    this.shown = mask
    // A preview that changes nothing need not be kept or dropped.
    if (!changed) this.hide()
  }

  private hide(): void {
    if (this.shown) this.subject?.opened.dropPreview()
    this.shown = null
  }

  private close(): void {
    this.turn++
    this.marks = []
    this.answers = []
    this.drawing = null
    this.subject = null
    this.state = 'start'
    this.outcome = ''
  }
}
