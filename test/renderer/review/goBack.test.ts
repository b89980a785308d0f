import { expect, it } from 'vitest'
import { beginStroke } from '../../../src/renderer/review/editing'
import { goBackTo } from '../../../src/renderer/review/goBack'
import { Tools } from '../../../src/renderer/review/tools.svelte'
import { labels, openSmallCase } from './smallCase'

it('goes back to an older revision as one command, which undo takes back byte for byte', async () => {
  const opened = openSmallCase({ spleen: 'rejected' })
  const tools = new Tools()
  tools.active = 'brush'
  beginStroke(opened, tools, [7, 10, 10], 'axial')
  opened.moveStroke([15, 10, 10])
  opened.endStroke()
  const edited = opened.editor.data.slice()
  const statuses = { ...opened.statuses }
  expect(await goBackTo(opened, labels(), {}, 'Back')).toEqual({ changed: true, left: [] })
  expect(opened.editor.data).toEqual(labels())
  expect([opened.statusOf('liver'), opened.statusOf('spleen')]).toEqual(['unreviewed', 'unreviewed'])
  expect(opened.undoTitle).toBe('Back')
  opened.undo()
  expect(opened.editor.data).toEqual(edited)
  expect(opened.statuses).toEqual(statuses)
})

it('leaves what is locked now as it is, voxels and status, and says so', async () => {
  const opened = openSmallCase()
  opened.accept()
  const liver = (data: Uint8Array): boolean[] => [...data].map((value) => value === 1)
  const before = liver(opened.editor.data)
  const older = labels().map((value) => (value === 3 ? 1 : value === 1 ? 3 : value))
  expect((await goBackTo(opened, older, {}, 'Back'))?.left).toEqual(['Liver'])
  expect(liver(opened.editor.data)).toEqual(before)
  expect(opened.editor.counts[3]).toBe(0)
  expect(opened.statusOf('liver')).toBe('accepted')
})

it('makes no command where nothing differs', async () => {
  const opened = openSmallCase()
  expect(await goBackTo(opened, labels(), {}, 'Back')).toEqual({ changed: false, left: [] })
  expect(opened.undoTitle).toBeNull()
})

it('does nothing where the labels or the locks change while it is worked out', async () => {
  const opened = openSmallCase()
  const older = labels().map((value) => (value === 3 ? 0 : value))
  const going = goBackTo(opened, older, {}, 'Back')
  opened.toggleLocked('spleen')
  expect(await going).toBeNull()
  expect(opened.editor.data).toEqual(labels())
  expect(opened.undoTitle).toBeNull()
})
