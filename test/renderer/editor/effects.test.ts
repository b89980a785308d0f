import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { effectIds, effectInput, effects, runEffect } from '../../../src/renderer/editor/effects'
import { LabelEditor } from '../../../src/renderer/editor/labelEditor'
import { paintableOver } from '../../../src/renderer/editor/writable'
import { smallVolumes } from '../../shared/voxels/volumes'

const spacing = [0.8, 0.8, 2.5] as const

describe('every effect', () => {
  it('leaves locked structures alone, counts what it wrote, and is taken back to the byte', () => {
    fc.assert(
      fc.property(
        smallVolumes(3),
        fc.constantFrom(...effectIds),
        fc.double({ min: 0.5, max: 4, noNaN: true }),
        ({ dims, voxels }, effect, amount) => {
          const editor = new LabelEditor(dims, spacing, voxels.slice())
          const input = effectInput(effect, amount, 1, editor)
          if (!input) {
            expect(voxels.includes(1)).toBe(false)
            return
          }
          const { kind, box, voxels: out } = runEffect(input)
          const writable = paintableOver('unlocked', [3])
          const mask = { box, voxels: out }
          const delta = kind === 'mask' ? editor.setMask(mask, 1, writable) : editor.setLabels(mask, writable)
          voxels.forEach((before, n) => expect(editor.data[n] === 3).toBe(before === 3))
          const counted = new LabelEditor(dims, spacing, editor.data.slice()).counts
          expect(editor.counts).toEqual(counted)
          if (delta) editor.apply(delta, 'back')
          expect(editor.data).toEqual(voxels)
        },
      ),
      { numRuns: 400 },
    )
  })

  it('needs no more than its block: the same comes out of the whole volume', () => {
    fc.assert(
      fc.property(smallVolumes(2), fc.constantFrom(...effectIds), ({ dims, voxels }, effect) => {
        const amount = 1.5
        const input = effectInput(effect, amount, 1, { data: voxels, dims, spacing })
        if (!input) return
        const whole = { ...input, box: { low: [0, 0, 0], high: dims } as const, labels: voxels.slice(), size: dims }
        const write = (result: ReturnType<typeof runEffect>): Uint8Array => {
          const editor = new LabelEditor(dims, spacing, voxels.slice())
          const all = paintableOver('unlocked', [])
          if (result.kind === 'mask') editor.setMask(result, 1, all)
          else editor.setLabels(result, all)
          return editor.data
        }
        if (effect !== 'joint') expect(write(runEffect(input))).toEqual(write(runEffect(whole)))
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
