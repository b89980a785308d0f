import { describe, expect, it } from 'vitest'
import { presetOf } from '../../../src/renderer/viewer/windows'
import { WindowShelf } from '../../../src/renderer/viewer/windowShelf.svelte'

function memory(initial: string | null = null) {
  let kept = initial
  return { getItem: () => kept, setItem: (_key: string, value: string) => void (kept = value) }
}

describe('own windows', () => {
  it('are remembered, replaced by name, and forgotten', () => {
    const storage = memory()
    const shelf = new WindowShelf(storage)
    shelf.keep(' Vessels ', { level: 150, width: 500 })
    shelf.keep('Vessels', { level: 160, width: 500 })
    shelf.keep('  ', { level: 1, width: 2 })
    const again = new WindowShelf(storage)
    expect(again.own.map(({ title, level }) => [title, level])).toEqual([['Vessels', 160]])
    expect(presetOf({ level: 160, width: 500 }, again.all)?.title).toBe('Vessels')
    again.remove(again.own[0].id)
    expect(new WindowShelf(storage).own).toEqual([])
  })

  it('that cannot be read are none', () => {
    expect(new WindowShelf(memory('{"x":1}')).own).toEqual([])
    expect(new WindowShelf(memory('not json')).own).toEqual([])
  })
})
