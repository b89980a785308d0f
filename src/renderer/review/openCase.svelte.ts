import type { CaseDetail } from '../../shared/contract'
import { spacingOf, type Vec3 } from '../../shared/geometry/affine'
import type { Structure } from '../../shared/labels/schema'
import { looksOf, type StructureLook } from '../../shared/labels/looks'
import { isVerified, type ReviewStatus, type Statuses } from '../../shared/labels/status'
import { unionBoxes, type Box } from '../editor/box'
import { History, type Command, type LookChange, type StatusChange, type VoxelState } from '../editor/history'
import { reversed } from '../editor/editCodec'
import type { EffectResult } from '../editor/effectRun'
import type { LabelDelta } from '../editor/labelDelta'
import { LabelEditor, type Stroke } from '../editor/labelEditor'
import { planned } from '../editor/editPlan'
import type { EditRules } from '../editor/editRules'
import { resultTable } from '../editor/editTable'
import { coloured } from './colours'
import type { Beholder, EditListener, StepListener } from './beholder'
import { CaseLooks } from './caseLooks.svelte'
import { nameSet, toggled, withName, withoutName, type NameSet } from './nameSets'
import {
  adopted,
  asItIs,
  because,
  decided,
  obstacleTo,
  reasonsAfter,
  reviewedNow,
  statusChanges,
  type Reasons,
} from './decisions'
import { StructureClock } from './structureClock'
import { changedStatuses, nextToReview, statusOf } from './structures'

/** One case under review: its voxels, its statuses, and everything that was done to them. */
export class OpenCase {
  detail = $state.raw<CaseDetail>() as CaseDetail
  statuses = $state.raw<Statuses>({})
  active = $state('')
  hidden = $state.raw<NameSet>(nameSet())
  locked = $state.raw<NameSet>(nameSet())
  /** The revision that our edits stand on. */
  revision = $state.raw<string | null>(null)
  /** Grows with every settled change, for what is computed from the voxels. */
  edits = $state(0)

  /** Why structures are rejected, as far as it was said since the case was opened. */
  reasons: Reasons = {}
  /** How long the reader was at work on each structure. */
  readonly clock = new StructureClock()
  readonly looks: CaseLooks
  readonly dims: Vec3
  readonly spacing: Vec3
  readonly editor: LabelEditor
  /** Read it beside `edits`, which says when it grew. */
  readonly history = new History()
  private listeners: readonly EditListener[] = []
  private stepListeners: readonly StepListener[] = []
  private tried = $state.raw<{ title: string; structure: Structure; delta: LabelDelta | null } | null>(null)
  /** What the last stroke began as: another structure or tool may be picked before it ends. */
  private painted = { title: '', name: '' }
  private savedStatuses = $state.raw<Statuses>({})
  /** What the case is reviewed for, as its masks and statuses are now: what is not saved yet counts, too. */
  readonly reviewedFor: readonly string[] = $derived.by(() => reviewedNow(this))
  private readonly colouredStructures = $derived.by(() =>
    coloured(this.looks.schema(this.detail.schema).structures, this.beholder.colours()),
  )

  constructor(
    detail: CaseDetail,
    readonly image: Int16Array,
    labels: Uint8Array,
    private readonly beholder: Beholder = { reader: '', colours: () => 'schema' },
    counts?: Uint32Array,
  ) {
    this.detail = detail
    this.looks = new CaseLooks(looksOf(detail.schema))
    this.dims = detail.row.dims
    this.spacing = spacingOf(detail.affine)
    this.editor = new LabelEditor(this.dims, this.spacing, labels, counts)
    this.revision = detail.row.revision
    this.statuses = detail.row.statuses
    this.savedStatuses = detail.row.statuses
    this.locked = nameSet(this.structures.map(({ name }) => name).filter((name) => this.isVerified(name)))
    this.active = this.nextToReview('') ?? detail.schema.structures[0].name
  }

  get id(): string {
    return this.detail.row.id
  }

  /** The schema's structures, in the colours that the reader chose. */
  get structures(): readonly Structure[] {
    return this.colouredStructures
  }

  get activeStructure(): Structure {
    return this.structures.find(({ name }) => name === this.active) ?? this.structures[0]
  }

  structureOf(value: number): Structure | null {
    return this.structures.find(({ id }) => id === value) ?? null
  }

  statusOf(name: string): ReviewStatus {
    return statusOf(this.statuses, name)
  }

  isVerified(name: string): boolean {
    return isVerified(this.statuses[name])
  }

  get verifiedCount(): number {
    return this.reviewedFor.filter((name) => this.isVerified(name)).length
  }

  volumeMl(structure: Structure): number {
    return this.edits >= 0 ? this.editor.volumeMl(structure.id) : 0
  }

  onEdit(listener: EditListener): () => void {
    this.listeners = [...this.listeners, listener]
    return () => void (this.listeners = this.listeners.filter((other) => other !== listener))
  }

  onStep(listener: StepListener): void {
    this.stepListeners = [...this.stepListeners, listener]
  }

  // Looking

  pick(name: string): void {
    this.active = name
  }

  toggleHidden(name: string): void {
    this.hidden = toggled(this.hidden, name)
  }

  /** Hides all but the active structure, or shows all again. */
  toggleOthersHidden(): void {
    const others = this.structures.map(({ name }) => name).filter((name) => name !== this.active)
    const alone = others.every((name) => this.hidden.has(name))
    this.hidden = nameSet(alone ? [] : others)
  }

  toggleLocked(name: string): void {
    this.locked = toggled(this.locked, name)
  }

  /** Tells, when asked later, whether labels and locks are what they are now and nothing is painted or tried. */
  watch(): () => boolean {
    const { edits, locked } = this
    return () => this.edits === edits && this.locked === locked && !this.editor.painting && !this.previewing
  }

  // Painting

  /** Why the active structure cannot be painted now, in one line; null where it can. */
  get paintObstacle(): string | null {
    const { name, title } = this.activeStructure
    if (this.tried) return 'Keep or drop the preview first'
    return this.locked.has(name) ? `${title} is locked` : null
  }

  /** The ids that nothing may change. */
  get lockedValues(): number[] {
    return this.structures.filter((s) => this.locked.has(s.name)).map((s) => s.id)
  }

  beginStroke(verb: string, stroke: Stroke, at: Vec3): void {
    this.painted = { title: `${verb} ${this.activeStructure.title}`, name: this.active }
    this.tell(this.editor.begin(stroke, at), false)
  }

  moveStroke(to: Vec3): void {
    this.tell(this.editor.moveTo(to), false)
  }

  endStroke(): void {
    if (this.editor.painting) this.commit(this.painted.title, this.editor.end(), [this.painted.name])
  }

  /** Enters a change that is in the voxels already, which corrects structures: those that the reader worked at, or all touched. */
  commit(title: string, delta: LabelDelta | null, workedAt?: readonly string[]): void {
    if (!delta) return
    const touched = this.structures.filter(({ id }) => delta.before.includes(id) || delta.after.includes(id))
    const names = workedAt ?? touched.map(({ name }) => name)
    const corrected = Object.fromEntries(names.map((name) => [name, 'corrected' as const]))
    this.done(title, delta, this.changes(corrected))
  }

  // Trying

  /** Whether a preview is in the voxels that is not in the history. */
  get previewing(): boolean {
    return this.tried !== null
  }

  /** Writes what an effect made of a structure, for now; false where it changes nothing. */
  showPreview(title: string, structure: Structure, result: EffectResult, rules: EditRules): boolean {
    this.dropPreview()
    const { dims, mask } = this.editor
    const table = resultTable(result.kind, rules)
    return this.tryOut(title, structure, planned({ dims, box: result.box, said: result, is: mask, table }))
  }

  /** Writes a change that was worked out on the labels as they are, for now; false where it is none. */
  tryOut(title: string, structure: Structure, delta: LabelDelta | null): boolean {
    this.dropPreview()
    if (delta) this.editor.apply(delta, 'forward')
    this.tried = { title, structure, delta }
    this.edits++
    this.tell(delta?.box ?? null, false)
    return delta !== null
  }

  /** Makes the preview a command. */
  keepPreview(): void {
    const { tried } = this
    this.tried = null
    if (tried) this.commit(tried.title, tried.delta)
  }

  /** Takes the preview out of the voxels again. */
  dropPreview(): void {
    const { tried } = this
    this.tried = null
    if (!tried?.delta) return
    const box = this.editor.apply(tried.delta, 'back')
    this.edits++
    this.tell(box, false)
  }

  // Deciding

  /** Sets a status, a rejection with why; what is absent has no voxels. One command, undone as one. */
  setStatus(name: string, status: ReviewStatus, reason?: string): void {
    const structure = this.structures.find((s) => s.name === name)
    if (!structure || (status === 'absent' && this.obstacle(structure, status) !== null)) return
    this.dropPreview()
    const delta = status === 'absent' ? this.editor.clear(structure.id) : null
    const reasons = reason === undefined ? this.reasons : { ...this.reasons, [name]: reason }
    const changes = this.changes({ [name]: status }, reasons)
    if (delta || changes.length > 0) this.done(`${structure.title}: ${status}`, delta, changes)
    this.locked = isVerified(status) ? withName(this.locked, name) : withoutName(this.locked, name)
  }

  /** Why a structure cannot be given a status by hand, in one line; null where it can. */
  obstacle(structure: Structure, status: ReviewStatus): string | null {
    return obstacleTo(this, structure, status)
  }

  /** The reader says that the active structure is right as it is (`asItIs`); nothing where it cannot be (`obstacle`). */
  accept(): void {
    const structure = this.activeStructure
    if (this.obstacle(structure, 'accepted') !== null) return
    this.setStatus(structure.name, asItIs(this.statusOf(structure.name), this.volumeMl(structure)))
  }

  /** Goes to the next structure that is left to review; false where none is. */
  goToNext(): boolean {
    const next = this.nextToReview(this.active)
    if (next !== null) this.active = next
    return next !== null
  }

  private nextToReview(active: string): string | null {
    return nextToReview(this.structures, this, active)
  }

  /** Names and colours a structure, in this library; one command. Why it cannot be, in one line, else null. */
  setLook(name: string, look: StructureLook): string | null {
    const { title, changes, obstacle } = this.looks.planned(name, look)
    if (obstacle === null && changes.length > 0) this.done(title, null, [], changes)
    return obstacle
  }

  // History

  get undoTitle(): string | null {
    return this.edits >= 0 ? (this.history.last?.title ?? null) : null
  }

  get redoTitle(): string | null {
    return this.edits >= 0 ? (this.history.next?.title ?? null) : null
  }

  undo(): void {
    this.goTo(this.history.position - 1)
  }

  redo(): void {
    this.goTo(this.history.position + 1)
  }

  /** Undoes or does again all that lies between now and the state after the first `position` commands, at once. */
  goTo(position: number): void {
    if (this.editor.painting || this.tried) return
    const moves = this.history.goTo(position)
    if (moves.length === 0) return
    let box: Box | null = null
    for (const { command, direction } of moves) {
      if (command.delta) box = unionBoxes(box, this.editor.apply(command.delta, direction))
      this.applyWords(command, direction)
    }
    this.edits++
    const by = this.stamp()
    const steps = moves.map(({ command, direction }) => (direction === 'forward' ? command : reversed(command, by)))
    this.stepListeners.forEach((listener) => listener(steps))
    this.tell(box, true)
  }

  /** Does again what an earlier session left unsaved, each step one that undo takes back. */
  restore(commands: readonly Command[]): void {
    for (const command of commands) {
      if (command.delta) this.editor.apply(command.delta, 'forward')
      this.history.push(command)
      this.applyWords(command, 'forward')
    }
    this.edits++
    this.tell(this.editor.whole, true)
  }

  /** What is done since a state of the voxels. */
  stepsSince(voxels: VoxelState): Command[] {
    const by = this.stamp()
    return this.history.since(voxels, (command) => reversed(command, by))
  }

  get voxelsSaved(): boolean {
    return this.edits >= 0 && this.history.voxelsSaved
  }

  get unsavedStatuses(): [structure: string, status: ReviewStatus][] {
    return changedStatuses(this.savedStatuses, this.statuses)
  }

  get saved(): boolean {
    return this.voxelsSaved && this.unsavedStatuses.length === 0 && this.looks.areSaved
  }

  get voxels(): VoxelState {
    return this.history.voxels
  }

  /**
   * A save has ended. `stored` is what the library made of the statuses that were `sent` (what was drawn by hand is
   * corrected, not accepted): taken over wherever the reader has not decided anew meanwhile.
   */
  markSaved(voxels: VoxelState, sent: Statuses, stored: Statuses, revision: string | null): void {
    this.history.markSaved(voxels)
    this.revision = revision
    this.adopt(stored, sent)
    this.edits++
  }

  /** Takes over statuses that the library has now, decided beside the panel maybe; what is not saved yet stays. */
  adopt(stored: Statuses, sent: Statuses = this.savedStatuses): void {
    Object.assign(this, adopted(this, sent, stored))
    this.savedStatuses = stored
  }

  /** Takes over what the library has now (a new segmentation), to which `delta` leads, as one command that undo takes back. */
  takeOver(detail: CaseDetail, delta: LabelDelta | null, title: string): void {
    this.dropPreview()
    this.detail = detail
    if (delta) this.editor.apply(delta, 'forward')
    const command = { title, delta, statuses: statusChanges(this.statuses, detail.row.statuses), ...this.stamp() }
    // The library has this already, so it is no step to be kept.
    if (command.delta || command.statuses.length > 0) this.enter(command)
    this.markSaved(this.history.voxels, this.statuses, this.statuses, detail.row.revision)
  }

  private changes(wanted: Statuses, reasons = this.reasons): StatusChange[] {
    return because(statusChanges(this.statuses, { ...this.statuses, ...wanted }), reasons)
  }

  /** Makes a command of what is in the voxels already, and of statuses that change with it. */
  done(
    title: string,
    delta: LabelDelta | null,
    said: readonly StatusChange[],
    looks: readonly LookChange[] = [],
  ): void {
    if (!delta && said.length + looks.length === 0) return
    const command = { title, delta, statuses: said, ...(looks.length > 0 ? { looks } : {}), ...this.stamp() }
    this.enter(command)
    this.stepListeners.forEach((listener) => listener([command]))
  }

  private stamp(): Pick<Command, 'who' | 'at'> {
    return { who: this.beholder.reader, at: new Date().toISOString() }
  }

  /** Puts into the history what the voxels show already. */
  private enter(command: Command): void {
    this.history.push(command)
    this.applyWords(command, 'forward')
    this.edits++
    this.tell(command.delta?.box ?? null, true)
  }

  private applyWords({ statuses: changes, looks = [] }: Command, direction: 'forward' | 'back'): void {
    this.looks.apply(looks, direction)
    this.reasons = reasonsAfter(this.reasons, changes, direction)
    Object.assign(this, decided(this, changes, direction))
  }

  private tell(box: Box | null, settled: boolean): void {
    if (box) this.listeners.forEach((listener) => listener(box, settled))
  }
}
