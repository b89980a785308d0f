import { describe, expect, it } from 'vitest'
import { EffectBench } from '../../../src/renderer/review/effectBench.svelte'
import { Tools } from '../../../src/renderer/review/tools.svelte'
import { hereRunner } from './hereRunner'
import { openSmallCase } from './smallCase'

async function tried(...[effect, opened]: Parameters<EffectBench['choose']>): Promise<EffectBench> {
  const bench = new EffectBench(new Tools(), hereRunner)
  bench.choose(effect, opened)
  await expect.poll(() => bench.state === 'previewing' || bench.outcome !== '').toBe(true)
  return bench
}

describe('an effect in hand', () => {
  it('shows what it does, and dropped leaves every byte and the history as they were', async () => {
    const opened = openSmallCase()
    const before = opened.editor.data.slice()
    const bench = await tried('grow', opened)
    expect(bench.state).toBe('previewing')
    expect(bench.outcome).toMatch(/^\+\d/)
    expect(opened.editor.data).not.toEqual(before)
    expect(opened.previewing).toBe(true)
    bench.drop()
    expect(opened.editor.data).toEqual(before)
    expect(opened.undoTitle).toBeNull()
    expect(bench.active).toBeNull()
  })

  it('kept is one step, corrects the structures that it changed, and is undone as one', async () => {
    const opened = openSmallCase()
    const before = opened.editor.data.slice()
    const bench = await tried('grow', opened)
    bench.keep()
    expect(opened.undoTitle).toBe('Grow: Liver')
    expect(opened.statusOf('liver')).toBe('corrected')
    opened.undo()
    expect(opened.editor.data).toEqual(before)
    expect(opened.statusOf('liver')).toBe('unreviewed')
  })

  it('shows the new figure only', async () => {
    const opened = openSmallCase()
    const bench = await tried('grow', opened)
    bench.setAmount(1)
    await expect.poll(() => bench.state === 'previewing' && bench.amount).toBe(1)
    await bench.preview()
    const small = opened.editor.counts[1]
    bench.setAmount(4)
    await bench.preview()
    expect(opened.editor.counts[1]).toBeGreaterThan(small)
    bench.setAmount(1)
    await bench.preview()
    expect(opened.editor.counts[1]).toBe(small)
  })

  it('says so where the structure is locked or empty, and changes nothing', async () => {
    const opened = openSmallCase({ liver: 'accepted' })
    const before = opened.editor.data.slice()
    opened.pick('liver')
    expect((await tried('grow', opened)).outcome).toBe('Liver is locked')
    opened.pick('pancreas')
    expect((await tried('grow', opened)).outcome).toBe('Pancreas has no voxels')
    expect(opened.editor.data).toEqual(before)
  })

  it('keeps the brush and undo away until it is kept or dropped', async () => {
    const opened = openSmallCase()
    const bench = await tried('grow', opened)
    expect(opened.paintObstacle).toBe('Keep or drop the preview first')
    bench.drop()
    expect(opened.paintObstacle).toBeNull()
  })
})
