import type { Structure } from '../../shared/labels/schema'
import { oneLine } from '../../shared/errors'
import { effectInput } from '../editor/effectRun'
import { effects, type EffectId } from '../editor/effects'
import { editObstacle, rulesOf } from './editing'
import { workerRunner, type EffectRunner } from './effectRunner'
import type { OpenCase } from './openCase.svelte'
import type { Tools } from './tools.svelte'

/** Stands for every unlocked structure that has voxels, where several may grow together. */
export const allUnlocked = '*'

/** After this long without another change of the figure, the preview is made again. */
const settleMs = 150

/**
 * The effect that the reader tries on a structure: chosen, worked out, shown as a preview, and then kept or dropped. A
 * preview is in the voxels but not in the history; dropping it leaves every byte as it was.
 */
export class EffectBench {
  active = $state<EffectId | null>(null)
  state = $state<'start' | 'computing' | 'previewing'>('start')
  /** What the preview changes, in one line. */
  outcome = $state('')
  /** The other structure of effects that need one, by name; those that grow together may be all that are unlocked. */
  other = $state<string | null>(null)
  /** The structure that the background was painted as, by name, where seeds grow; null where it only lies all around. */
  against = $state<string | null>(null)
  private amounts = $state<Partial<Record<EffectId, number>>>({})
  private opened: OpenCase | null = null
  private runner: EffectRunner | null = null
  private timer: ReturnType<typeof setTimeout> | undefined
  private turn = 0

  constructor(
    private readonly tools: Tools,
    private readonly makeRunner: () => EffectRunner = workerRunner,
  ) {}

  get amount(): number {
    const { active } = this
    return active === null ? 0 : (this.amounts[active] ?? effects[active].amount?.initial ?? 0)
  }

  /** Takes an effect in hand for the active structure of a case, and shows what it does. */
  choose(effect: EffectId, opened: OpenCase): void {
    this.drop()
    this.active = effect
    this.opened = opened
    void this.preview()
  }

  setAmount(amount: number): void {
    if (this.active === null) return
    this.amounts = { ...this.amounts, [this.active]: amount }
    clearTimeout(this.timer)
    this.timer = setTimeout(() => void this.preview(), settleMs)
  }

  setOther(name: string | null): void {
    this.other = name
    void this.preview()
  }

  setAgainst(name: string | null): void {
    this.against = name
    void this.preview()
  }

  /** Shows the effect on the structure that is active now. */
  async preview(): Promise<void> {
    const { opened, active } = this
    if (!opened || active === null) return
    clearTimeout(this.timer)
    const turn = ++this.turn
    opened.dropPreview()
    this.state = 'start'
    const structure = opened.activeStructure
    const against = this.againstOf(opened, active)
    const others = this.othersOf(opened, active).filter((other) => other !== against)
    this.outcome =
      editObstacle(opened, this.tools) ??
      this.againstObstacle(opened, against) ??
      this.obstacleWith(opened, active, others) ??
      ''
    if (this.outcome !== '') return
    const rules = rulesOf(opened, this.tools)
    const { data, dims, spacing } = opened.editor
    const choice = {
      effect: active,
      amount: this.amount,
      value: structure.id,
      others: others.map(({ id }) => id),
      ground: rules.under,
      against: against?.id,
    }
    const before = opened.editor.volumeMl(structure.id)
    const isAsItWas = opened.watch()
    this.state = 'computing'
    const input = await effectInput(choice, { data, dims, spacing, image: opened.image })
    if (turn !== this.turn || this.opened !== opened) return
    if (!input) {
      this.state = 'start'
      this.outcome = `${structure.title} has no voxels`
      return
    }
    this.runner ??= this.makeRunner()
    const answer = await this.runner.run({ kind: 'effect', input, rules, dims }).catch((error: unknown) => {
      if (turn === this.turn) {
        this.state = 'start'
        this.outcome = oneLine(error)
      }
      return null
    })
    if (!answer || turn !== this.turn || this.opened !== opened) return
    // Painted on or locked meanwhile: of what is there now, once the stroke has ended.
    if (!isAsItWas()) {
      this.timer = setTimeout(() => void this.preview(), settleMs)
      return
    }
    const changed = opened.tryOut(`${effects[active].title}: ${structure.title}`, structure, answer.delta)
    this.state = 'previewing'
    const gained = opened.editor.volumeMl(structure.id) - before
    this.outcome = changed ? `${gained < 0 ? '\u2212' : '+'}${Math.abs(gained).toFixed(1)} mL` : 'changes nothing'
  }

  /** Keeps what is shown, as one step that undo takes back. */
  keep(): void {
    if (this.state !== 'previewing') return
    this.opened?.keepPreview()
    this.close()
  }

  /** Puts the effect away; a preview goes with it. */
  drop(): void {
    this.opened?.dropPreview()
    this.close()
  }

  private othersOf(opened: OpenCase, effect: EffectId): readonly Structure[] {
    const kind = effects[effect].other
    const rest = opened.structures.filter(({ name }) => kind !== undefined && name !== opened.active)
    if (kind !== 'growing' || this.other !== allUnlocked) return rest.filter(({ name }) => name === this.other)
    return rest.filter(({ name, id }) => !opened.locked.has(name) && opened.editor.counts[id] > 0)
  }

  private againstOf(opened: OpenCase, effect: EffectId): Structure | null {
    if (effects[effect].other !== 'growing' || this.against === opened.active) return null
    return opened.structures.find(({ name }) => name === this.against) ?? null
  }

  /** Why a structure cannot be the background, in one line: its marks go when the preview is kept. */
  private againstObstacle(opened: OpenCase, against: Structure | null): string | null {
    if (!against) return null
    if (opened.editor.counts[against.id] === 0) return `${against.title} has no voxels`
    return opened.locked.has(against.name) ? `${against.title} is locked` : null
  }

  /** What is wrong with the other structure, in one line. */
  private obstacleWith(opened: OpenCase, effect: EffectId, others: readonly Structure[]): string | null {
    const kind = effects[effect].other
    const other = others.at(0)
    if (kind === undefined || (kind === 'growing' && (!other || this.other === allUnlocked))) return null
    if (!other) return 'Choose the other structure'
    if (effect !== 'split' && opened.editor.counts[other.id] === 0 && effect !== 'swap')
      return `${other.title} has no voxels`
    return kind !== 'read' && opened.locked.has(other.name) ? `${other.title} is locked` : null
  }

  private close(): void {
    clearTimeout(this.timer)
    this.turn++
    this.active = null
    this.opened = null
    this.state = 'start'
    this.outcome = ''
    this.runner?.dispose()
    this.runner = null
  }
}
