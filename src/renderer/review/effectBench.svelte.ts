import { effectInput, effects, type EffectId, type EffectInput, type EffectResult } from '../editor/effects'
import type { EffectReply, EffectRequest } from '../editor/effect.worker'
import type { OpenCase } from './openCase.svelte'

/** Works an effect out elsewhere; a second request makes the first one's answer void. */
export interface EffectRunner {
  run(input: EffectInput): Promise<EffectResult | null>
  dispose(): void
}

/** In a worker of its own, so that the window goes on. */
export function workerRunner(): EffectRunner {
  const worker = new Worker(new URL('../editor/effect.worker.ts', import.meta.url), { type: 'module' })
  let turn = 0
  let waiting: ((result: EffectResult | null) => void) | null = null
  worker.onmessage = ({ data }: MessageEvent<EffectReply>) => {
    if (data.turn !== turn) return
    waiting?.(data.result)
    waiting = null
  }
  return {
    run(input) {
      waiting?.(null)
      return new Promise((resolve) => {
        waiting = resolve
        worker.postMessage({ turn: ++turn, input } satisfies EffectRequest, [input.labels.buffer])
      })
    },
    dispose: () => worker.terminate(),
  }
}

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
  private amounts = $state<Partial<Record<EffectId, number>>>({})
  private opened: OpenCase | null = null
  private runner: EffectRunner | null = null
  private timer: ReturnType<typeof setTimeout> | undefined
  private turn = 0

  constructor(private readonly makeRunner: () => EffectRunner = workerRunner) {}

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

  /** Shows the effect on the structure that is active now. */
  async preview(): Promise<void> {
    const { opened, active } = this
    if (!opened || active === null) return
    clearTimeout(this.timer)
    const turn = ++this.turn
    opened.dropPreview()
    this.state = 'start'
    const structure = opened.activeStructure
    this.outcome = opened.paintObstacle ?? ''
    if (this.outcome !== '') return
    const input = effectInput(active, this.amount, structure.id, opened.editor)
    if (!input) {
      this.outcome = `${structure.title} has no voxels`
      return
    }
    this.state = 'computing'
    const before = opened.editor.volumeMl(structure.id)
    this.runner ??= this.makeRunner()
    const result = await this.runner.run(input)
    if (!result || turn !== this.turn || this.opened !== opened) return
    const changed = opened.showPreview(`${effects[active].title}: ${structure.title}`, structure, result)
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
