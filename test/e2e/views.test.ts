import type { Locator } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { addCase } from '../../src/main/library/cases'
import type { Library } from '../../src/main/library/library'
import { schemaOf } from '../../src/main/library/looks'
import { faultsOf } from './controls'
import { makeScratch, startEmend } from './emend'
import type { Emend, Scratch } from './emend'
import { addPhantom, inLibrary } from './library'
import { phantomOf } from './phantoms'

/** An image whose values are no HU and reach far beyond 16 bits, as MR in floats may have. */
async function addBrightMr(library: Library): Promise<void> {
  const { image } = phantomOf('coarse')
  const volume = { ...image, data: Float32Array.from(image.data, (hu) => 500 * (hu + 1024)) }
  await addCase(library, { modality: 'MR', description: 'Bright', volume, warnings: [] })
}

/** Names, colours, mixes of planes, strips on one line, scales and less motion, in the real window. */
describe('views and names', () => {
  let scratch: Scratch
  let emend: Emend

  const the = (testid: string): Locator => emend.page.getByTestId(testid)
  const press = (keys: string): Promise<void> => emend.page.keyboard.press(keys)
  const patience = { timeout: 60_000 }

  async function openTheCase(): Promise<void> {
    await emend.openCase('Views')
    await the('structure-row-liver').locator('button[aria-pressed]').first().click()
  }

  const tiles = async (): Promise<string[]> => {
    const found: string[] = []
    for (const view of ['axial', 'coronal', 'sagittal', '3d'])
      if ((await the(`tile-${view}`).count()) > 0) found.push(view)
    return found
  }

  async function scaled(percent: number, width: number, height: number): Promise<void> {
    await emend.app.evaluate(
      ({ BrowserWindow }, { factor, size }) => {
        const [window] = BrowserWindow.getAllWindows()
        window.setMinimumSize(100, 100)
        window.setContentSize(size[0], size[1])
        window.webContents.setZoomFactor(factor)
      },
      { factor: percent / 100, size: [width, height] },
    )
    await emend.page.waitForTimeout(600)
  }

  beforeAll(async () => {
    scratch = await makeScratch()
    await inLibrary(scratch, async (library) => {
      await addPhantom(library, 'Views', 'coarse')
      await addBrightMr(library)
    })
    emend = await startEmend(scratch)
    await openTheCase()
  })
  afterAll(async () => {
    await emend?.close()
    await scratch?.remove()
  })

  it('names and colours a structure, as steps that undo takes back and the next start remembers', async () => {
    const row = the('structure-row-liver')
    const swatch = (): Promise<string> =>
      row.locator('.swatch').evaluate((element) => getComputedStyle(element).backgroundColor)
    const before = await swatch()
    await press('Alt+n')
    await the('look-title').fill('Spleen')
    await the('look-keep').click()
    await the('look-dialog').getByText('Another structure is called Spleen already').waitFor(patience)
    await the('look-title').fill('Leber')
    await the('look-colour-pancreas').click()
    await emend.picture('views-name')
    expect(await faultsOf(emend.page, 28)).toEqual([])
    await the('look-keep').click()
    await the('look-dialog').waitFor({ state: 'detached' })
    await expect.poll(() => row.innerText(), patience).toContain('Leber')
    await expect.poll(swatch, patience).not.toBe(before)
    await press('Control+z')
    await expect.poll(() => row.innerText(), patience).toContain('Liver')
    expect(await swatch()).toBe(before)
    await press('Control+Shift+z')
    await press('F6')
    await the('history-steps').getByText('Rename Liver to Leber').waitFor(patience)
    await press('F6')
    await press('Control+s')
    await expect.poll(() => the('save-state').innerText(), patience).toMatch(/^saved/)
    await emend.close()
    expect(await inLibrary(scratch, (library) => schemaOf(library, 'flare23').structures[0].title)).toBe('Leber')
    emend = await startEmend(scratch)
    await openTheCase()
    expect(await the('structure-row-liver').innerText()).toContain('Leber')
  })

  it('shows any mix of planes', async () => {
    expect(await tiles()).toEqual(['axial', 'coronal', 'sagittal', '3d'])
    await press('Control+4')
    await press('Control+6')
    await expect.poll(tiles, patience).toEqual(['coronal', '3d'])
    await emend.page.waitForTimeout(500)
    await emend.picture('views-mix')
    await press('Control+4')
    await the('layout').click()
    await emend.picture('views-layouts')
    await emend.page.getByRole('menuitemradio', { name: 'Show sagittal' }).click()
    await expect.poll(tiles, patience).toEqual(['axial', 'coronal', 'sagittal', '3d'])
  })

  it('keeps the strips of brush and effects readable at 1280 and 1440 pixels and at 125 and 200 %', async () => {
    const faults: string[] = []
    for (const [percent, width, height] of [
      [100, 1280, 800],
      [100, 1440, 900],
      [125, 1600, 1000],
      [200, 1920, 1080],
    ] as const) {
      // prettier-ignore
      await scaled(percent, width, height)
      for (const [key, strip] of [
        ['b', 'brush'],
        ['Shift+W', 'seeds'],
      ] as const) {
        // prettier-ignore
        await press(key)
        if (strip === 'seeds') {
          await the('effect-outcome').and(emend.page.locator('[data-state="previewing"]')).waitFor(patience)
        } else await press('i')
        await emend.page.waitForTimeout(400)
        const name = `views-${strip}-${width}-${percent}`
        await (percent === 100 ? emend.picture(name) : emend.wholePicture(name))
        faults.push(...(await faultsOf(emend.page, 28)).map((fault) => `${name}: ${fault}`))
        await press(strip === 'seeds' ? 'Shift+X' : 'i')
      }
      await press('v')
    }
    await scaled(100, 1600, 1000)
    expect(faults).toEqual([])
  })

  it('moves nothing by itself where the system asks for less motion', async () => {
    await emend.page.emulateMedia({ reducedMotion: 'reduce' })
    await press('b')
    // A strip that came before the wish fades as it was told to when it came.
    await emend.page.waitForTimeout(500)
    await press('F6')
    await press('?')
    await the('shortcuts-dialog').waitFor(patience)
    const longest = await emend.page.evaluate(() => {
      const seconds = (text: string): number => Math.max(...text.split(',').map((part) => parseFloat(part)))
      const all = [...document.querySelectorAll('*')].map((element) => getComputedStyle(element))
      return Math.max(...all.flatMap((s) => [seconds(s.transitionDuration), seconds(s.animationDuration)]))
    })
    expect(longest).toBeLessThanOrEqual(0.001)
    const moving = await emend.page.evaluate(
      () => document.getAnimations().filter(({ effect }) => Number(effect?.getComputedTiming().duration) > 1).length,
    )
    expect(moving).toBe(0)
    await the('shortcuts-close').click()
    await press('F6')
    await emend.page.emulateMedia({ reducedMotion: null })
  })

  it('shows an image that is no CT in a window of its own, without HU, and the next CT as CTs were', async () => {
    await press('Shift+F2')
    expect(await the('window-preset').innerText()).toContain('Liver')
    await emend.openCase('Bright')
    expect(await the('window-preset').innerText()).toContain('Whole range')
    const box = (await the('tile-axial').boundingBox())!
    await emend.page.mouse.move(box.x + box.width / 2, box.y + box.height / 2)
    await expect.poll(() => the('status-line').innerText()).toMatch(/mm/)
    expect(await the('status-line').innerText()).not.toContain('HU')
    await emend.picture('views-no-ct')
    await press('Shift+F2')
    await press('Shift+F12')
    expect(await the('window-preset').innerText()).toContain('Whole range')
    await the('place-worklist').click()
    await emend.page.waitForTimeout(1000)
    await emend.picture('views-no-ct-worklist')
    await openTheCase()
    expect(await the('window-preset').innerText()).toContain('Liver')
  })

  it('went through all that without a complaint', () => {
    expect(emend.complaints).toEqual([])
  })
})
