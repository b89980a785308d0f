import { planned } from '../../../src/renderer/editor/editPlan'
import { revisionTable } from '../../../src/renderer/editor/editTable'
import { describe, expect, it } from 'vitest'
import type { OpenCase } from '../../../src/renderer/review/openCase.svelte'
import { decodeEdit, encodeEdit } from '../../../src/renderer/editor/editCodec'
import type { Command } from '../../../src/renderer/editor/history'
import { beginStroke, editByMask, editRegion } from '../../../src/renderer/review/editing'
import { Tools } from '../../../src/renderer/review/tools.svelte'
import { detail, labels, openSmallCase } from './smallCase'

function brush(tool: 'brush' | 'eraser' = 'brush'): Tools {
  const tools = new Tools()
  tools.active = tool
  tools.setRadius(3)
  return tools
}

function stroke(opened: OpenCase, tools: Tools, from: [number, number, number], to = from): void {
  beginStroke(opened, tools, from, 'axial')
  opened.moveStroke(to)
  opened.endStroke()
}

describe('a case under review', () => {
  it('becomes corrected where it is painted, unsaved, and is as before after undo', () => {
    const opened = openSmallCase()
    const before = opened.volumeMl(opened.activeStructure)
    stroke(opened, brush(), [7, 10, 10], [12, 10, 10])
    expect(opened.statusOf('liver')).toBe('corrected')
    expect(opened.volumeMl(opened.activeStructure)).toBeGreaterThan(before)
    expect(opened.saved).toBe(false)
    opened.undo()
    expect(opened.statusOf('liver')).toBe('unreviewed')
    expect(opened.editor.data).toEqual(labels())
    expect(opened.saved).toBe(true)
    opened.redo()
    expect(opened.statusOf('liver')).toBe('corrected')
  })

  it('makes no command of a stroke that changes nothing', () => {
    const opened = openSmallCase()
    stroke(opened, brush('eraser'), [2, 2, 2])
    expect(opened.undoTitle).toBeNull()
    expect(opened.statusOf('liver')).toBe('unreviewed')
  })

  it('credits a stroke to the structure and the tool that it began with', () => {
    const opened = openSmallCase()
    const tools = brush()
    beginStroke(opened, tools, [7, 10, 10], 'axial')
    opened.pick('spleen')
    tools.active = 'eraser'
    opened.moveStroke([12, 10, 10])
    opened.endStroke()
    expect(opened.undoTitle).toBe('Paint Liver')
    expect([opened.statusOf('liver'), opened.statusOf('spleen')]).toEqual(['corrected', 'unreviewed'])
  })

  it('locks what is accepted: painting it is refused, painting over it leaves it', () => {
    const opened = openSmallCase()
    opened.accept()
    expect(opened.statusOf('liver')).toBe('accepted')
    expect(opened.paintObstacle).toBe('Liver is locked')
    stroke(opened, brush(), [7, 10, 10], [12, 10, 10])
    expect(opened.editor.data).toEqual(labels())
    opened.pick('spleen')
    stroke(opened, brush(), [15, 10, 10], [7, 10, 10])
    expect(opened.volumeMl(opened.structures[0])).toBeCloseTo(labels().filter((v) => v === 1).length * 0.002)
    expect(opened.statusOf('spleen')).toBe('corrected')
  })

  it('takes over what was decided beside the panel, and keeps what the reader has not saved yet', () => {
    const opened = openSmallCase({ liver: 'accepted' })
    opened.pick('spleen')
    opened.setStatus('spleen', 'accepted')
    opened.adopt({ liver: 'unreviewed', pancreas: 'rejected', spleen: 'rejected' })
    expect(opened.statusOf('liver')).toBe('unreviewed')
    expect(opened.locked.has('liver')).toBe(false)
    expect(opened.statusOf('pancreas')).toBe('rejected')
    expect(opened.statusOf('spleen')).toBe('accepted')
    expect(opened.unsavedStatuses).toEqual([['spleen', 'accepted']])
  })

  it('paints only background where the reader says so', () => {
    const opened = openSmallCase()
    opened.pick('spleen')
    const tools = brush()
    tools.overwrite = 'background'
    stroke(opened, tools, [15, 10, 10], [7, 10, 10])
    expect(opened.editor.counts[1]).toBe(labels().filter((v) => v === 1).length)
  })

  it('removes what is absent, as one command', () => {
    const opened = openSmallCase()
    opened.pick('spleen')
    opened.setStatus('spleen', 'absent')
    expect(opened.editor.counts[3]).toBe(0)
    expect(opened.statusOf('spleen')).toBe('absent')
    opened.undo()
    expect(opened.editor.data).toEqual(labels())
    expect(opened.statusOf('spleen')).toBe('unreviewed')
  })

  it('keeps what is locked, even from being marked absent', () => {
    const opened = openSmallCase()
    opened.setStatus('spleen', 'accepted')
    const before = opened.editor.data.slice()
    opened.setStatus('spleen', 'absent')
    expect(opened.statusOf('spleen')).toBe('accepted')
    expect(opened.editor.data).toEqual(before)
    expect(
      opened.obstacle(
        opened.structures.find(({ name }) => name === 'spleen')!,
        'absent',
      ),
    ).toContain('locked')
    opened.toggleLocked('spleen')
    opened.setStatus('spleen', 'absent')
    expect(opened.statusOf('spleen')).toBe('absent')
  })

  it('takes an accepted structure without voxels for absent, and leaves corrected ones corrected', () => {
    const opened = openSmallCase()
    opened.pick('gallbladder')
    opened.accept()
    expect(opened.statusOf('gallbladder')).toBe('absent')
    opened.pick('liver')
    stroke(opened, brush(), [7, 10, 10], [12, 10, 10])
    opened.accept()
    expect(opened.statusOf('liver')).toBe('corrected')
    expect(opened.locked.has('liver')).toBe(true)
  })

  it('is reviewed for what its model offers and what is drawn; the rest can be picked, drawn and accepted', () => {
    const known = ['liver', 'right-kidney', 'spleen']
    const opened = openSmallCase({}, { offered: known, sought: known })
    expect(opened.reviewedFor).toEqual(known)
    opened.accept()
    expect([opened.goToNext(), opened.active]).toEqual([true, 'right-kidney'])
    opened.accept()
    expect(opened.statusOf('right-kidney')).toBe('absent')
    opened.goToNext()
    opened.accept()
    expect([opened.goToNext(), opened.active]).toEqual([false, 'spleen'])
    expect(opened.verifiedCount).toBe(3)
    opened.pick('aorta')
    opened.accept()
    expect(opened.statusOf('aorta')).toBe('unreviewed')
    expect(opened.obstacle(opened.activeStructure, 'accepted')).toContain('No model looked for Aorta')
    stroke(opened, brush(), [3, 3, 3])
    opened.accept()
    expect(opened.statusOf('aorta')).toBe('corrected')
    expect(opened.reviewedFor).toEqual([...known, 'aorta'])
  })

  it('takes no empty mask for an absence where no model looked, but takes the reader’s word for it', () => {
    const opened = openSmallCase({}, { sought: [] })
    opened.pick('gallbladder')
    opened.accept()
    expect(opened.statusOf('gallbladder')).toBe('unreviewed')
    opened.setStatus('gallbladder', 'absent')
    expect(opened.statusOf('gallbladder')).toBe('absent')
    opened.pick('liver')
    opened.accept()
    expect(opened.statusOf('liver')).toBe('accepted')
  })

  it('opens with the verified structures locked, at the first that is not verified', () => {
    const opened = openSmallCase({ liver: 'accepted', 'right-kidney': 'absent' })
    expect(opened.active).toBe('spleen')
    expect([...opened.locked]).toEqual(['liver', 'right-kidney'])
  })

  it("takes over the library's labels as one change that can be taken back, and is then saved", () => {
    const opened = openSmallCase({ spleen: 'rejected' })
    const theirs = labels().map((value) => (value === 3 ? 0 : value))
    const newer = detail({})
    newer.row.revision = 'r2'
    const { dims, mask } = opened.editor
    const said = { box: mask.box, voxels: theirs }
    const delta = planned({ dims, box: mask.box, said, is: mask, table: revisionTable([]) })
    opened.takeOver(newer, delta, 'Segmentation')
    expect(opened.editor.data).toEqual(theirs)
    expect(opened.statusOf('spleen')).toBe('unreviewed')
    expect(opened.revision).toBe('r2')
    expect(opened.saved).toBe(true)
    opened.undo()
    expect(opened.editor.data).toEqual(labels())
    expect(opened.statusOf('spleen')).toBe('rejected')
    expect(opened.saved).toBe(false)
  })

  it('adopts what the library made of a status, unless the reader decided anew meanwhile', () => {
    const opened = openSmallCase()
    opened.accept()
    const sent = opened.statuses
    opened.markSaved(opened.voxels, sent, { ...sent, liver: 'corrected' }, 'r2')
    expect(opened.statusOf('liver')).toBe('corrected')
    expect(opened.saved).toBe(true)
    opened.setStatus('liver', 'rejected')
    opened.markSaved(opened.voxels, sent, { ...sent, liver: 'corrected' }, 'r3')
    expect(opened.statusOf('liver')).toBe('rejected')
    expect(opened.saved).toBe(false)
  })

  it('tells its listeners which box changed', () => {
    const opened = openSmallCase()
    const boxes: boolean[] = []
    const stop = opened.onEdit((_box, settled) => boxes.push(settled))
    stroke(opened, brush(), [7, 10, 10], [12, 10, 10])
    expect(boxes).toEqual([false, false, true])
    stop()
    opened.undo()
    expect(boxes).toHaveLength(3)
  })

  it('paints only tissue in the range of a limited brush', () => {
    const opened = openSmallCase()
    opened.image.fill(100, 0, 20 * 20 * 10)
    opened.image.fill(-80, 20 * 20 * 10)
    const tools = brush()
    tools.limit = 'range'
    tools.sphere = true
    tools.setRange(-150, -30)
    const before = opened.editor.data.slice()
    stroke(opened, tools, [7, 3, 10])
    const painted = [...opened.editor.data.keys()].filter((n) => opened.editor.data[n] !== before[n])
    expect(painted.length).toBeGreaterThan(0)
    for (const n of painted) expect(opened.image[n]).toBe(-80)
  })

  it('fills a region from a click as far as the tool reaches, over what is not locked', () => {
    const opened = openSmallCase({ spleen: 'accepted' })
    const tools = new Tools()
    tools.active = 'region'
    tools.setRange(-10, 10)
    tools.reachMm = 3
    expect(editRegion(opened, tools, [12.4, 10, 10])).toBe(true)
    const block = 7 * 7 * 5
    const spleen = labels().filter((value) => value === 3).length
    expect(opened.editor.counts[3]).toBe(spleen)
    expect(opened.editor.counts[1]).toBeLessThanOrEqual(labels().filter((value) => value === 1).length + block)
    expect(opened.editor.valueAt([12, 10, 10])).toBe(1)
    expect(opened.undoTitle).toBe('Region of Liver')
    opened.undo()
    expect(opened.editor.data).toEqual(labels())
    tools.setRange(50, 90)
    expect(editRegion(opened, tools, [12, 10, 10])).toBe(false)
  })

  it('takes away by an outline only what belongs to the active structure', () => {
    const opened = openSmallCase()
    const tools = new Tools()
    tools.removes = true
    editByMask(
      opened,
      tools,
      { box: { low: [0, 0, 10], high: [20, 20, 11] }, voxels: new Uint8Array(400).fill(1) },
      'Cut',
    )
    const slice = opened.editor.data.subarray(400 * 10, 400 * 11)
    expect(slice.includes(1)).toBe(false)
    expect(slice.includes(3)).toBe(true)
    expect(opened.undoTitle).toBe('Cut Liver')
  })

  it('tells every step, so that another session that does them again has the same voxels and statuses', () => {
    const opened = openSmallCase()
    const steps: Command[] = []
    opened.onStep((done) => steps.push(...done.map((step) => decodeEdit(encodeEdit(step)))))
    stroke(opened, brush(), [7, 10, 10], [12, 10, 10])
    opened.undo()
    opened.redo()
    opened.setStatus('spleen', 'absent')
    stroke(opened, brush('eraser'), [7, 10, 10])
    opened.goTo(1)
    const again = openSmallCase()
    again.restore(steps)
    expect(again.editor.data).toEqual(opened.editor.data)
    expect(again.statuses).toEqual(opened.statuses)
    expect(again.saved).toBe(false)
    for (let n = 0; n < steps.length; n++) again.undo()
    expect(again.editor.data).toEqual(labels())
  })

  it('jumps to any state at once: one redrawing, one report of the steps', () => {
    const opened = openSmallCase()
    const states = [opened.editor.data.slice()]
    for (const x of [3, 6, 9, 12]) {
      stroke(opened, brush(), [x, 4, 10])
      states.push(opened.editor.data.slice())
    }
    let drawn = 0
    const told: number[] = []
    opened.onEdit(() => drawn++)
    opened.onStep((steps) => told.push(steps.length))
    for (const place of [0, 3, 1, 4]) {
      opened.goTo(place)
      expect(opened.editor.data).toEqual(states[place])
    }
    expect(drawn).toBe(4)
    expect(told).toEqual([4, 3, 2, 3])
    expect(opened.history.commands.every(({ who, at }) => who === 'Kim' && !Number.isNaN(Date.parse(at)))).toBe(true)
  })

  it('takes the lock off again where accepting is undone, and puts it on where it is redone', () => {
    const opened = openSmallCase()
    opened.accept()
    expect(opened.locked.has('liver')).toBe(true)
    opened.undo()
    expect(opened.locked.has('liver')).toBe(false)
    opened.redo()
    expect(opened.locked.has('liver')).toBe(true)
  })

  it('says what was done since a save, or undone since', () => {
    const opened = openSmallCase()
    stroke(opened, brush(), [7, 10, 10], [12, 10, 10])
    const saved = opened.voxels
    expect(opened.stepsSince(saved)).toEqual([])
    stroke(opened, brush(), [7, 4, 10])
    expect(opened.stepsSince(saved)).toHaveLength(1)
    opened.undo()
    opened.undo()
    expect(opened.stepsSince(saved).map(({ title }) => title)).toEqual(['Undo: Paint Liver'])
  })
})
