import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { editRules } from '../../../src/renderer/editor/editRules'
import { resultTable } from '../../../src/renderer/editor/editTable'
import { effectInput, runEffect } from '../../../src/renderer/editor/effectRun'
import { effectIds, effects } from '../../../src/renderer/editor/effects'
import { LabelEditor } from '../../../src/renderer/editor/labelEditor'
import { overAllUnlocked } from '../../../src/renderer/editor/writable'
import { smallVolumes } from '../../shared/voxels/volumes'

const spacing = [0.8, 0.8, 2.5] as const

describe('every effect', () => {
  it('needs no more than its block: the same comes out of the whole volume', async () => {
    await fc.assert(
      fc.asyncProperty(smallVolumes(2), fc.constantFrom(...effectIds), async ({ dims, voxels }, effect) => {
        const amount = 1.5
        const others = effects[effect].other ? [2] : []
        const image = Int16Array.from(voxels, (_, n) => (n * 37) % 90)
        const choice = { effect, amount, value: 1, others, ground: 0 }
        const input = await effectInput(choice, { data: voxels, dims, spacing, image })
        if (!input) return
        const whole = {
          ...input,
          box: { low: [0, 0, 0], high: dims } as const,
          labels: voxels.slice(),
          image,
          size: dims,
        }
        const write = (result: ReturnType<typeof runEffect>): Uint8Array => {
          const editor = new LabelEditor(dims, spacing, voxels.slice())
          editor.writeBlock(result, resultTable(result.kind, editRules(1, overAllUnlocked, [])))
          return editor.data
        }
        // These look at all that is around.
        if (effect !== 'joint' && effect !== 'seeds') expect(write(runEffect(input))).toEqual(write(runEffect(whole)))
      }),
      { numRuns: 300 },
    )
  })

  it('has a name, a line that explains it, and a first figure within its limits', () => {
    for (const id of effectIds) {
      const { title, note, amount } = effects[id]
      expect(title.length * note.length).toBeGreaterThan(0)
      if (amount) {
        expect(amount.initial).toBeGreaterThanOrEqual(amount.min)
        expect(amount.initial).toBeLessThanOrEqual(amount.max)
      }
    }
  })
})
