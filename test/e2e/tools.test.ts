import type { Locator } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { makeScratch, startEmend } from './emend'
import type { Emend, Scratch } from './emend'
import { addPhantom, inLibrary } from './library'

type Step = readonly [dx: number, dy: number]

/** Outlines by clicks, islands, the editable area, seeds, and scissors in 3-D, with a real mouse and keyboard. */
describe('the tools', () => {
  let scratch: Scratch
  let emend: Emend

  const the = (testid: string): Locator => emend.page.getByTestId(testid)
  const press = (keys: string): Promise<void> => emend.page.keyboard.press(keys)
  const patience = { timeout: 60_000 }

  /** Millilitres of a structure, as its row says. */
  async function volume(name: string): Promise<number> {
    return Number((await the(`volume-${name}`).innerText()).replace(/[^\d.]/g, ''))
  }

  async function middle(view = 'axial'): Promise<{ x: number; y: number }> {
    const plane = await the(`tile-${view}`).boundingBox()
    if (!plane) throw new Error(`the ${view} tile is not shown`)
    return { x: plane.x + plane.width / 2, y: plane.y + plane.height / 2 }
  }

  async function drag(points: readonly Step[], view = 'axial'): Promise<void> {
    const { mouse } = emend.page
    const { x, y } = await middle(view)
    await mouse.move(x + points[0][0], y + points[0][1])
    await mouse.down()
    for (const [dx, dy] of points.slice(1)) await mouse.move(x + dx, y + dy, { steps: 4 })
    await mouse.up()
  }

  async function click([dx, dy]: Step): Promise<void> {
    const { x, y } = await middle()
    await emend.page.mouse.move(x + dx, y + dy, { steps: 3 })
    // A moment between clicks: two at once would be a double click.
    await emend.page.waitForTimeout(60)
    await emend.page.mouse.click(x + dx, y + dy)
  }

  async function pick(name: string): Promise<void> {
    await the(`structure-row-${name}`).locator('button[aria-pressed]').first().click()
  }

  /** Does something that changes a structure, keeps a picture, and takes it back by one undo. */
  async function changes(name: string, title: string, act: () => Promise<void>): Promise<number> {
    const before = await volume(name)
    await act()
    await expect.poll(() => volume(name), patience).not.toBe(before)
    const gained = (await volume(name)) - before
    await emend.picture(`tools-${title}`)
    await press('Control+z')
    await expect.poll(() => volume(name), patience).toBe(before)
    return gained
  }

  const previewed = (): Promise<void> =>
    the('effect-outcome').and(emend.page.locator('[data-state="previewing"]')).waitFor(patience)

  beforeAll(async () => {
    scratch = await makeScratch()
    await inLibrary(scratch, (library) => addPhantom(library, 'Tools', 'fine'))
    emend = await startEmend(scratch)
    await emend.openCase()
    await pick('liver')
  })
  afterAll(async () => {
    await emend?.close()
    await scratch?.remove()
  })

  it('closes a polygon by Enter, takes a corner back by Backspace, and drops one by Escape', async () => {
    const square = [[-70, -50], [70, -50], [70, 50], [-70, 50]] as const // prettier-ignore
    await press('p')
    const gained = await changes('liver', 'polygon', async () => {
      for (const corner of square) await click(corner)
      await click([-140, 130])
      await emend.picture('tools-polygon-under-way')
      await press('Backspace')
      await press('Enter')
    })
    expect(gained).toBeGreaterThan(0)
    const before = await volume('liver')
    for (const corner of square) await click(corner)
    await press('Escape')
    await the('outline').waitFor({ state: 'detached' })
    expect(await volume('liver')).toBe(before)
  })

  it('follows an edge of the image with the livewire, and closes by a double click', async () => {
    await press('y')
    await changes('liver', 'livewire', async () => {
      for (const corner of [[-150, -60], [0, -130], [60, 60]] as const) await click(corner) // prettier-ignore
      const { x, y } = await middle()
      await emend.page.mouse.move(x - 90, y + 110, { steps: 4 })
      await emend.page.waitForTimeout(100)
      await emend.picture('tools-livewire-under-way')
      await emend.page.mouse.dblclick(x - 90, y + 110)
    })
  })

  it('paints only similar tissue, and only inside a chosen structure', async () => {
    await press('b')
    for (let n = 0; n < 7; n++) await press(']')
    const stroke = [[-40, 80], [40, 120]] as const // prettier-ignore
    const all = await changes('liver', 'brush', () => drag(stroke))
    await press('Shift+I')
    const similar = await changes('liver', 'brush-similar', () => drag(stroke))
    expect(similar).toBeGreaterThan(0)
    expect(similar).toBeLessThan(all)
    await press('Shift+I')
    await pick('lesion')
    await the('overwrite').click()
    await emend.picture('tools-overwrite')
    await emend.page.getByRole('menuitemradio', { name: 'Inside Liver' }).click()
    const liver = await volume('liver')
    await pick('liver')
    await pick('lesion')
    await changes('lesion', 'brush-inside', async () => {
      await drag([[-60, 0], [60, 0]]) // prettier-ignore
      expect(await volume('liver')).toBeLessThan(liver)
    })
    expect(await volume('liver')).toBe(liver)
    await press('o')
  })

  it('grows seeds of two structures against each other, as a preview that one key keeps', async () => {
    await press('v')
    await pick('liver')
    await press('Shift+W')
    await previewed()
    await emend.picture('tools-seeds')
    await press('Escape')
    await the('effect-strip').waitFor({ state: 'detached' })
  })

  it('subtracts a neighbour with a gap', async () => {
    const before = await volume('liver')
    const gained = await changes('liver', 'subtract', async () => {
      await the('pair-effects').click()
      await emend.picture('tools-pair-menu')
      await the('effect-subtract').click()
      await the('effect-other').click()
      await emend.page.getByRole('menuitemradio', { name: 'Stomach' }).click()
      await the('effect-amount').fill('8')
      await expect.poll(() => volume('liver'), patience).toBeLessThan(before)
      await previewed()
      await emend.picture('tools-subtract-preview')
      await press('Enter')
    })
    expect(gained).toBeLessThan(0)
  })

  it('makes the island under the pointer part of the active structure by one key, and removes it by a click', async () => {
    await pick('liver')
    const { x, y } = await middle()
    const inLiver = [-150, -60] as const
    const liver = await volume('liver')
    await changes('spleen', 'island-take', async () => {
      await emend.page.keyboard.press('3')
      await emend.page.mouse.move(x + inLiver[0], y + inLiver[1], { steps: 3 })
      await press('j')
    })
    expect(await volume('liver')).toBe(liver)
    await press('1')
    await press('k')
    await the('island-remove').click()
    const gained = await changes('liver', 'island-remove', () => click(inLiver))
    expect(gained).toBeLessThan(-0.9 * liver)
  })

  it('cuts the active structure in the 3-D view through the whole volume', async () => {
    await press('z')
    const gained = await changes('liver', 'scissors', async () => {
      await emend.picture('tools-scissors-before')
      await drag([[0, -90], [90, -90], [90, 90], [0, 90]], '3d') // prettier-ignore
    })
    expect(gained).toBeLessThan(0)
    await emend.page.waitForTimeout(600)
  })

  it('went through all that without a complaint', () => {
    expect(emend.complaints).toEqual([])
  })
})
