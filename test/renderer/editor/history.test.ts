import { describe, expect, it } from 'vitest'
import { History, type Command } from '../../../src/renderer/editor/history'

const command = (title: string): Command => ({ title, delta: null, statuses: [] })

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
    expect(history.saved).toBe(true)
    history.push(command('a'))
    expect(history.saved).toBe(false)
    history.undo()
    expect(history.saved).toBe(true)
  })

  it('does not take a save for later edits: what was done while saving is unsaved', () => {
    const history = new History()
    history.push(command('a'))
    const place = history.place
    history.push(command('b'))
    history.markSaved(place)
    expect(history.saved).toBe(false)
    history.undo()
    expect(history.saved).toBe(true)
  })

  it('stays unsaved where the saved edit was undone and another made in its place', () => {
    const history = new History()
    history.push(command('a'))
    history.markSaved(history.place)
    history.undo()
    history.push(command('b'))
    expect(history.saved).toBe(false)
  })
})
