import { describe, expect, it } from 'vitest'
import type { Command } from '../../../src/renderer/editor/history'
import { openSmallCase } from './smallCase'

const leber = { title: 'Leber', color: '#123456' }

describe('a name and a colour', () => {
  it('are one command in the log, undone and done again, and unsaved until the library has them', () => {
    const opened = openSmallCase()
    const steps: Command[] = []
    opened.onStep((made) => steps.push(...made))
    const before = { ...opened.structures[0] }
    expect(opened.setLook('liver', leber)).toBeNull()
    expect(opened.structures[0]).toMatchObject({ ...leber, id: 1, name: 'liver', type: before.type })
    expect(opened.undoTitle).toBe('Rename Liver to Leber')
    expect(opened.saved).toBe(false)
    expect(opened.looks.unsaved).toEqual({ liver: leber })
    opened.undo()
    expect(opened.structures[0]).toEqual(before)
    expect(opened.saved).toBe(true)
    opened.redo()
    opened.looks.markSaved(opened.looks.unsaved)
    expect(opened.saved).toBe(true)
    // What is kept on the disk does the same again.
    const again = openSmallCase()
    again.restore(steps)
    expect(again.structures[0].title).toBe('Leber')
    again.undo()
    expect(again.history.position).toBe(2)
  })

  it('are no step where nothing changes, and refused where a name is missing or taken', () => {
    const opened = openSmallCase()
    const { title, color } = opened.structures[0]
    expect(opened.setLook('liver', { title: ` ${title} `, color })).toBeNull()
    expect(opened.setLook('liver', { title: '  ', color })).toBe('A structure needs a name')
    expect(opened.setLook('liver', { title: 'spleen', color })).toBe('Another structure is called spleen already')
    expect(opened.undoTitle).toBeNull()
  })

  it('of a locked structure can be changed: its voxels are not', () => {
    const opened = openSmallCase({ liver: 'accepted' })
    const before = opened.editor.data.slice()
    expect(opened.setLook('liver', leber)).toBeNull()
    expect(opened.editor.data).toEqual(before)
    expect(opened.statusOf('liver')).toBe('accepted')
  })
})
