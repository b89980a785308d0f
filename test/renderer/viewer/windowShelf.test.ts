import { expect, it } from 'vitest'
import { presetOf } from '../../../src/renderer/viewer/windows'
import { WindowShelf } from '../../../src/renderer/viewer/windowShelf.svelte'

it('keeps own windows by name, replaces one of the same name, and forgets them', () => {
  const shelf = new WindowShelf()
  shelf.keep(' Vessels ', { level: 150, width: 500 })
  shelf.keep('Vessels', { level: 160, width: 500 })
  shelf.keep('  ', { level: 1, width: 2 })
  expect(shelf.own.map(({ title, level }) => [title, level])).toEqual([['Vessels', 160]])
  expect(presetOf({ level: 160, width: 500 }, shelf.all)?.title).toBe('Vessels')
  shelf.remove(shelf.own[0].id)
  expect(shelf.own).toEqual([])
})
