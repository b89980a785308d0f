import type { Vec3 } from '../../shared/geometry/affine'
import { oneLine } from '../../shared/errors'
import { deedInput, type DeedId, type DeedInput } from '../editor/deeds'
import { editRules } from '../editor/editRules'
import type { ScreenCut } from '../editor/screenCut'
import type { WritableValues } from '../editor/writable'
import { insideStructure, rulesOf } from './editing'
import { workerRunner, type EffectRunner } from './effectRunner'
import type { OpenCase } from './openCase.svelte'
import type { Tools } from './tools.svelte'

/** What the reader may do to an island, or to all of a structure, by pointing at it. */
export type PointedDeed = Exclude<DeedId, 'cut'>

const titles: Readonly<Record<PointedDeed, (source: string, active: string) => string>> = {
  'island-keep': (source) => `Keep one island of ${source}`,
  'island-remove': (source) => `Remove an island of ${source}`,
  'island-take': (source, active) => `Island of ${source} to ${active}`,
  'structure-take': (source, active) => `${source} to ${active}`,
}

/** Does what needs no preview: worked out beside the window, then one command. Each answers why it could not be done, or null. */
export class DeedBench {
  busy = $state(false)
  private runner: EffectRunner | null = null

  constructor(
    private readonly tools: Tools,
    private readonly makeRunner: () => EffectRunner = workerRunner,
  ) {}

  /**
   * Does something to the island at a voxel. What a reader points at is meant: the overwrite policy has no say here,
   * locks have.
   */
  async point(deed: PointedDeed, opened: OpenCase, voxel: Vec3): Promise<string | null> {
    const source = opened.structureOf(opened.editor.valueAt(voxel))
    const active = opened.activeStructure
    if (opened.previewing) return 'Keep or drop the preview first'
    if (!source) return 'Nothing is labelled here'
    if (opened.locked.has(source.name)) return `${source.title} is locked`
    const takes = deed === 'island-take' || deed === 'structure-take'
    if (takes && opened.locked.has(active.name)) return `${active.title} is locked`
    if (takes && source.name === active.name) return `This is ${active.title} already`
    const policy = { policy: this.tools.overwrite, inside: insideStructure(opened, this.tools)?.id ?? 0 }
    const rules = editRules(source.id, policy, opened.lockedValues)
    const to = takes ? active.id : rules.own[source.id] ? rules.under : 0
    const cut = (): Promise<DeedInput | null> => deedInput(deed, source.id, { voxel }, opened.editor)
    const over = editRules(source.id, { policy: 'unlocked', inside: 0 }, opened.lockedValues).own
    return this.do(titles[deed](source.title, active.title), opened, cut, to, over)
  }

  /** Cuts the active structure along the 3-D view's direction. */
  async cut(opened: OpenCase, cut: ScreenCut): Promise<string | null> {
    if (opened.paintObstacle !== null) return opened.paintObstacle
    const { value, own, under } = rulesOf(opened, this.tools)
    const block = (): Promise<DeedInput | null> => deedInput('cut', value, { cut }, opened.editor)
    return this.do(`Cut ${opened.activeStructure.title} in 3-D`, opened, block, under, own)
  }

  dispose(): void {
    this.runner?.dispose()
    this.runner = null
  }

  private async do(
    title: string,
    opened: OpenCase,
    block: () => Promise<DeedInput | null>,
    value: number,
    over: WritableValues,
  ): Promise<string | null> {
    if (this.busy) return 'The last step is still being worked out'
    this.busy = true
    try {
      const { editor } = opened
      const isAsItWas = opened.watch()
      const input = await block()
      if (!input) return `${opened.activeStructure.title} has no voxels`
      if (!isAsItWas()) return changedMeanwhile
      this.runner ??= this.makeRunner()
      const answer = await this.runner.run({ kind: 'deed', input, value, over, dims: editor.dims })
      if (!answer) return null
      if (!isAsItWas()) return changedMeanwhile
      const { delta } = answer
      if (!delta) return 'This changes nothing'
      editor.apply(delta, 'forward')
      opened.commit(title, delta)
      return null
    } catch (error) {
      return oneLine(error)
    } finally {
      this.busy = false
    }
  }
}

const changedMeanwhile = 'The labels changed meanwhile: nothing was done'
