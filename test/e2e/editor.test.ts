import type { Locator } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { makeScratch, startEmend } from './emend'
import type { Emend, Scratch } from './emend'
import { addPhantom, inLibrary } from './library'

/** Every editing tool with a real mouse and keyboard; each leaves the masks as it found them, by undo. */
describe('the editor', () => {
  let scratch: Scratch
  let emend: Emend

  const the = (testid: string): Locator => emend.page.getByTestId(testid)
  const liver = (): Promise<string> => the('volume-liver').innerText()
  const press = (keys: string): Promise<void> => emend.page.keyboard.press(keys)
  const patience = { timeout: 60_000 }

  /** The middle of the axial plane, where the crosshair is after a structure was picked. */
  async function middle(): Promise<{ x: number; y: number }> {
    const plane = await the('tile-axial').boundingBox()
    if (!plane) throw new Error('the axial plane is not shown')
    return { x: plane.x + plane.width / 2, y: plane.y + plane.height / 2 }
  }

  async function drag(points: readonly (readonly [number, number])[]): Promise<void> {
    const { mouse } = emend.page
    const { x, y } = await middle()
    await mouse.move(x + points[0][0], y + points[0][1])
    await mouse.down()
    for (const [dx, dy] of points.slice(1)) await mouse.move(x + dx, y + dy, { steps: 4 })
    await mouse.up()
  }

  /** Does something that changes the liver, looks at it, and takes it back by undo. */
  async function changesTheLiver(name: string, act: () => Promise<void>): Promise<[before: number, after: number]> {
    const before = await liver()
    await act()
    await expect.poll(liver, patience).not.toBe(before)
    const after = await liver()
    await emend.picture(`editor-${name}`)
    await press('Control+z')
    await expect.poll(liver, patience).toBe(before)
    return [millilitres(before), millilitres(after)]
  }

  async function openTheCase(): Promise<void> {
    await emend.openCase()
    await the('structure-row-liver').locator('button[aria-pressed]').first().click()
  }

  const millilitres = (text: string): number => Number(text.replace(/[^\d.]/g, ''))

  beforeAll(async () => {
    scratch = await makeScratch()
    await inLibrary(scratch, (library) => addPhantom(library, 'Editor', 'fine'))
    emend = await startEmend(scratch)
    await openTheCase()
  })
  afterAll(async () => {
    await emend?.close()
    await scratch?.remove()
  })

  it('draws around tissue with the lasso, and cuts with it', async () => {
    await press('g')
    const ring = [[-60, -40], [60, -40], [60, 40], [-60, 40]] as const // prettier-ignore
    const [before, larger] = await changesTheLiver('lasso', () => drag(ring))
    expect(larger).toBeGreaterThan(before)
    await the('outline-remove').click()
    const [whole, smaller] = await changesTheLiver('lasso-cut', () => drag(ring))
    expect(smaller).toBeLessThan(whole)
    await the('outline-add').click()
  })

  it('grows a region from a click within a range of HU', async () => {
    await press('t')
    const { x, y } = await middle()
    await emend.page.mouse.move(x, y + 5)
    await press('Shift+T')
    const [before, after] = await changesTheLiver('region', () => emend.page.mouse.click(x, y + 5))
    expect(after).toBeGreaterThan(before)
  })

  it('paints only where the tissue is in range', async () => {
    await press('b')
    for (let n = 0; n < 6; n++) await press(']')
    const stroke = [[-50, 60], [50, 60]] as const // prettier-ignore
    const [start, all] = await changesTheLiver('brush', () => drag(stroke))
    await press('i')
    await the('range-low').fill('-130')
    await the('range-high').fill('-30')
    await the('range-high').blur()
    const [, inFat] = await changesTheLiver('brush-limited', () => drag(stroke)).catch(() => [start, start])
    expect(inFat - start).toBeLessThan(all - start)
    await press('i')
  })

  it.each([
    ['grow', 1],
    ['shrink', -1],
    ['hollow', -1],
  ] as const)('previews %s, keeps it as one step, and undo takes it back', async (effect, sign) => {
    await press('v')
    const [before, after] = await changesTheLiver(`effect-${effect}`, async () => {
      await the('effects').click()
      await the(`effect-${effect}`).click()
      await the('effect-outcome').and(emend.page.locator('[data-state="previewing"]')).waitFor(patience)
      await emend.picture(`editor-preview-${effect}`)
      await press('Enter')
      await the('effect-strip').waitFor({ state: 'detached' })
    })
    expect(Math.sign(after - before)).toBe(sign)
  })

  it('drops a preview with Escape and leaves nothing behind', async () => {
    const before = await liver()
    await press('Shift+G')
    await the('effect-outcome').and(emend.page.locator('[data-state="previewing"]')).waitFor(patience)
    expect(await liver()).not.toBe(before)
    await press('Escape')
    await expect.poll(liver, patience).toBe(before)
  })

  it('loses nothing that was done when it is killed a second later, before any save', async () => {
    await press('b')
    const before = await liver()
    await drag([
      [-50, 60],
      [50, 60],
    ])
    await expect.poll(liver, patience).not.toBe(before)
    const painted = await liver()
    await emend.page.waitForTimeout(1_000)
    await emend.kill()
    emend = await startEmend(scratch)
    await openTheCase()
    expect(await liver()).toBe(painted)
    await emend.picture('editor-restored')
    await press('Control+z')
    await expect.poll(liver, patience).toBe(before)
  })

  it('has nothing left to save of what was done and undone again', async () => {
    // What was said when the step came back passes.
    await the('toast')
      .filter({ hasText: 'restored' })
      .waitFor({ state: 'detached', ...patience })
    await the('place-worklist').click()
    await openTheCase()
    await expect.poll(async () => (await the('save-state').innerText()).trim(), patience).toBe('saved')
    expect(await the('toast').filter({ hasText: 'restored' }).count()).toBe(0)
  })

  it('went through all that without a complaint', () => {
    expect(emend.complaints).toEqual([])
  })
})
