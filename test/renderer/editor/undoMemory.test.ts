import { describe, expect, it } from 'vitest'
import { deltaOf } from '../../../src/renderer/editor/editJob'
import { editRules } from '../../../src/renderer/editor/editRules'
import { effectInput } from '../../../src/renderer/editor/effectRun'
import { effectIds } from '../../../src/renderer/editor/effects'
import { History } from '../../../src/renderer/editor/history'
import { deltaVoxels } from '../../../src/renderer/editor/labelDelta'
import { LabelEditor } from '../../../src/renderer/editor/labelEditor'
import { overAllUnlocked, paintableOver } from '../../../src/renderer/editor/writable'

/** 4.7 million voxels of 0.8 x 0.8 x 2.5 mm; a copy of them would be 4.7 MB an edit. */
const dims = [256, 256, 72] as const
const spacing = [0.8, 0.8, 2.5] as const
const writable = paintableOver(overAllUnlocked, [])

function editorWithOrgan(): LabelEditor {
  const editor = new LabelEditor(dims, spacing, new Uint8Array(dims[0] * dims[1] * dims[2]))
  editor.begin({ value: 1, radiusMm: 35, plane: null, writable }, [128, 128, 36])
  editor.moveTo([150, 120, 40])
  editor.end()
  return editor
}

/** Bytes of undo memory for each voxel that was changed. */
function cost(...deltas: ReturnType<LabelEditor['end']>[]): number {
  const history = new History()
  let voxels = 0
  for (const delta of deltas) {
    if (!delta) continue
    voxels += deltaVoxels(delta)
    history.push({ title: '', delta, statuses: [], who: '', at: '' })
  }
  return history.bytes / voxels
}

describe('the memory that undo takes, in bytes for each changed voxel', () => {
  it('is below 1 for brushes, however long the stroke is', () => {
    for (const [radiusMm, plane] of [
      [6, 'axial'],
      [12, null],
      [6, 'coronal'],
    ] as const) {
      const editor = editorWithOrgan()
      editor.begin({ value: 2, radiusMm, plane, writable }, [40, 60, 20])
      for (let n = 0; n < 60; n++) editor.moveTo([40 + 3 * n, 60 + 40 * Math.sin(n / 6), 20 + (n % 7)])
      expect(cost(editor.end()), String(plane)).toBeLessThan(1)
    }
  })

  it('is 10 at most for every effect on a whole structure, thin shells of single voxels as they may be', async () => {
    for (const effect of effectIds) {
      const editor = editorWithOrgan()
      const image = new Int16Array(editor.data.length)
      const choice = { effect, amount: 3, value: 1, others: [2], ground: 0 }
      const input = await effectInput(choice, { data: editor.data, dims, spacing, image })
      const rules = editRules(1, overAllUnlocked, [])
      const delta = input && deltaOf({ kind: 'effect', input, rules, dims })
      if (delta) expect(cost(delta), effect).toBeLessThanOrEqual(10)
    }
  })

  it('is below 0.5 for removing a whole structure', () => {
    expect(cost(editorWithOrgan().clear(1))).toBeLessThan(0.5)
  })
})
