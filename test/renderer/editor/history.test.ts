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
const command = (title: string): Command => ({ title, delta, statuses: [], who: 'Kim', at: '' })
const undo = (history: History): Command | undefined => history.goTo(history.position - 1)[0]?.command
const redo = (history: History): Command | undefined => history.goTo(history.position + 1)[0]?.command

describe('the history', () => {
  it('walks back and forth without limit', () => {
    const history = new History()
    const commands = Array.from({ length: 500 }, (_, n) => command(`stroke ${n}`))
    commands.forEach((c) => history.push(c))
    const undone = commands.map(() => undo(history))
    expect(undone).toEqual(commands.toReversed())
    expect(undo(history)).toBeUndefined()
    expect(commands.map(() => redo(history))).toEqual(commands)
    expect(redo(history)).toBeUndefined()
  })

  it('jumps to any place: the moves between, in the order in which they are to be made', () => {
    const history = new History()
    const [a, b, c] = ['a', 'b', 'c'].map(command)
    for (const each of [a, b, c]) history.push(each)
    expect(history.goTo(1)).toEqual([
      { command: c, direction: 'back' },
      { command: b, direction: 'back' },
    ])
    expect([history.last, history.next]).toEqual([a, b])
    expect(history.goTo(99).map(({ command: { title }, direction }) => [title, direction])).toEqual([
      ['b', 'forward'],
      ['c', 'forward'],
    ])
    expect(history.goTo(3)).toEqual([])
    expect(history.goTo(-1)).toHaveLength(3)
    expect(history.commands).toEqual([a, b, c])
  })

  it('forgets what was undone once something new is done', () => {
    const history = new History()
    history.push(command('a'))
    history.push(command('b'))
    undo(history)
    history.push(command('c'))
    expect(redo(history)).toBeUndefined()
    expect(undo(history)?.title).toBe('c')
    expect(undo(history)?.title).toBe('a')
  })

  it('says unsaved after an edit, and saved again when the edit is undone', () => {
    const history = new History()
    expect(history.voxelsSaved).toBe(true)
    history.push(command('a'))
    expect(history.voxelsSaved).toBe(false)
    undo(history)
    expect(history.voxelsSaved).toBe(true)
  })

  it('does not take a save for later edits: what was done while saving is unsaved', () => {
    const history = new History()
    history.push(command('a'))
    const voxels = history.voxels
    history.push(command('b'))
    history.markSaved(voxels)
    expect(history.voxelsSaved).toBe(false)
    undo(history)
    expect(history.voxelsSaved).toBe(true)
  })

  it('stays unsaved where the saved edit was undone and another made in its place', () => {
    const history = new History()
    history.push(command('a'))
    history.markSaved(history.voxels)
    undo(history)
    history.push(command('b'))
    expect(history.voxelsSaved).toBe(false)
  })

  it('does not count a change of status as a change of voxels', () => {
    const history = new History()
    history.push({
      ...command('Accept liver'),
      delta: null,
      statuses: [{ structure: 'liver', before: 'unreviewed', after: 'accepted' }],
    })
    expect(history.voxelsSaved).toBe(true)
    expect(history.last?.title).toBe('Accept liver')
  })
})
