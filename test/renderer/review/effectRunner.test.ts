import { afterEach, expect, it, vi } from 'vitest'
import type { EditJob } from '../../../src/renderer/editor/editJob'
import type { EditRequest } from '../../../src/renderer/editor/effect.worker'
import { DeedBench } from '../../../src/renderer/review/deedBench.svelte'
import { EffectBench } from '../../../src/renderer/review/effectBench.svelte'
import { workerRunner } from '../../../src/renderer/review/effectRunner'
import { Tools } from '../../../src/renderer/review/tools.svelte'
import { openSmallCase } from './smallCase'

afterEach(() => vi.unstubAllGlobals())

/** Workers of which the first dies of its first job; the others answer that nothing changes. */
function mortalWorkers(): { begun: number } {
  const count = { begun: 0 }
  class MortalWorker {
    onmessage: (event: { data: unknown }) => void = () => undefined
    onerror: (event: { message: string }) => void = () => undefined
    private readonly dies = count.begun++ === 0
    postMessage({ turn }: EditRequest): void {
      queueMicrotask(() => {
        if (this.dies) this.onerror({ message: 'out of memory' })
        else this.onmessage({ data: { turn, delta: null } })
      })
    }
    terminate(): void {
      return
    }
  }
  vi.stubGlobal('Worker', MortalWorker)
  return count
}

it('tells of a worker that died, and has the next job done by another', async () => {
  const count = mortalWorkers()
  const runner = workerRunner()
  const job = { kind: 'deed', input: { labels: new Uint8Array(1) } } as unknown as EditJob
  await expect(runner.run(job)).rejects.toThrow('out of memory')
  expect(await runner.run(job)).toEqual({ delta: null })
  expect(count.begun).toBe(2)
})

it('leaves neither a deed nor an effect under way for ever', async () => {
  const opened = openSmallCase()
  mortalWorkers()
  const deeds = new DeedBench(new Tools())
  expect(await deeds.point('island-remove', opened, [7, 10, 10])).toContain('could not be worked out')
  expect(deeds.busy).toBe(false)
  mortalWorkers()
  const bench = new EffectBench(new Tools())
  bench.choose('grow', opened)
  await vi.waitFor(() => expect(bench.outcome).toContain('could not be worked out'))
  expect(bench.state).toBe('start')
})
