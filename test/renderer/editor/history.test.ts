import { describe, expect, it } from 'vitest'
import { History, type Command } from '../../../src/renderer/editor/history'
import type { LabelDelta } from '../../../src/renderer/editor/labelDelta'

const delta: LabelDelta = {
  box: { min: [0, 0, 0], max: [1, 1, 1] },
  starts: Uint32Array.of(0),
  lengths: Uint32Array.of(1),
  before: Uint8Array.of(0),
  after: Uint8Array.of(1),
}
const command = (title: string): Command => ({ title, delta, statuses: [] })

describe('the history', () => {
  it('walks back and forth without limit', () => {
    const history = new History()
    const commands = Array.from({ length: 500 }, (_, n) => command(`stroke ${n}`))
    commands.forEach((c) => history.push(c))
    const undone = commands.map(() => history.undo())
    expect(undone).toEqual(commands.toReversed())
    expect(history.undo()).toBeNull()
    expect(commands.map(() => history.redo())).toEqual(commands)
    expect(history.redo()).toBeNull()
  })

  it('forgets what was undone once something new is done', () => {
    const history = new History()
    history.push(command('a'))
    history.push(command('b'))
    history.undo()
    history.push(command('c'))
    expect(history.redo()).toBeNull()
    expect(history.undo()?.title).toBe('c')
    expect(history.undo()?.title).toBe('a')
  })

  it('says unsaved after an edit, and saved again when the edit is undone', () => {
    const history = new History()
    expect(history.voxelsSaved).toBe(true)
    history.push(command('a'))
    expect(history.voxelsSaved).toBe(false)
    history.undo()
    expect(history.voxelsSaved).toBe(true)
  })

  it('does not take a save for later edits: what was done while saving is unsaved', () => {
    const history = new History()
    history.push(command('a'))
    const voxels = history.voxels
    history.push(command('b'))
    history.markSaved(voxels)
    expect(history.voxelsSaved).toBe(false)
    history.undo()
    expect(history.voxelsSaved).toBe(true)
  })

  it('stays unsaved where the saved edit was undone and another made in its place', () => {
    const history = new History()
    history.push(command('a'))
    history.markSaved(history.voxels)
    history.undo()
    history.push(command('b'))
    expect(history.voxelsSaved).toBe(false)
  })

  it('does not count a change of status as a change of voxels', () => {
    const history = new History()
    history.push({
      title: 'Accept liver',
      delta: null,
      statuses: [{ structure: 'liver', before: 'unreviewed', after: 'accepted' }],
    })
    expect(history.voxelsSaved).toBe(true)
    expect(history.last?.title).toBe('Accept liver')
  })
})
