import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Locator } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openLibrary } from '../../src/main/library/library'
import { controlsOf, faultsOf } from './controls'
import { makeScratch, startEmend } from './emend'
import type { Emend, Scratch } from './emend'
import { addPhantom, inLibrary } from './library'

/** What makes the window safe and pleasant to work in: history, shortcuts, settings, names, sizes. */
describe('the feel', () => {
  let scratch: Scratch
  let emend: Emend

  const the = (testid: string): Locator => emend.page.getByTestId(testid)
  const liver = (): Promise<string> => the('volume-liver').innerText()
  const press = (keys: string): Promise<void> => emend.page.keyboard.press(keys)
  const patience = { timeout: 60_000 }

  async function openTheCase(): Promise<void> {
    await emend.openCase()
    await the('structure-row-liver').locator('button[aria-pressed]').first().click()
  }

  async function stroke(dy: number): Promise<void> {
    const before = await liver()
    const plane = await the('tile-axial').boundingBox()
    if (!plane) throw new Error('the axial plane is not shown')
    const { mouse } = emend.page
    const [x, y] = [plane.x + plane.width / 2, plane.y + plane.height / 2 + dy]
    await mouse.move(x - 60, y)
    await mouse.down()
    await mouse.move(x + 60, y, { steps: 4 })
    await mouse.up()
    await expect.poll(liver, patience).not.toBe(before)
  }

  beforeAll(async () => {
    scratch = await makeScratch()
    await inLibrary(scratch, (library) => addPhantom(library, 'Feel', 'coarse'))
    emend = await startEmend(scratch)
    await openTheCase()
  })
  afterAll(async () => {
    await emend?.close()
    await scratch?.remove()
  })

  it('lists all that was done, jumps to any of it, and goes back to an older revision as one step', async () => {
    const volumes = [await liver()]
    await press('F6')
    await the('history-panel').waitFor(patience)
    await press('b')
    for (const dy of [70, 100, 130]) {
      await stroke(dy)
      volumes.push(await liver())
    }
    expect(await the('history-steps').locator('li').count()).toBe(4)
    expect(await the('history-step-3').getAttribute('aria-label')).toMatch(/^Paint Liver, .+, \d\d:\d\d:\d\d$/)
    await the('history-step-0').click()
    await expect.poll(liver, patience).toBe(volumes[0])
    await the('history-step-2').click()
    await expect.poll(liver, patience).toBe(volumes[2])
    await emend.picture('feel-history')
    expect(Number(await the('history-memory').getAttribute('data-bytes'))).toBeGreaterThan(0)
    await press('Control+s')
    await the('history-past').getByText('Saved edits').first().waitFor(patience)
    await the('go-back').first().click()
    await expect.poll(liver, patience).toBe(volumes[0])
    expect(await the('history-steps').locator('li').count()).toBe(4)
    await emend.picture('feel-history-back')
    await press('Control+z')
    await expect.poll(liver, patience).toBe(volumes[2])
    await press('Control+Shift+z')
    await press('F6')
    await the('history-panel').waitFor({ state: 'detached' })
  })

  it('rejects with a reason in two keys, by every way, and tells of it in the one line of time', async () => {
    const status = (name: string): Promise<string | null> => the(`status-${name}`).getAttribute('data-status')
    const statusIs = (name: string, wanted: string): Promise<unknown> =>
      expect.poll(() => status(name), patience).toBe(wanted)
    const pick = (name: string): Promise<void> =>
      the(`structure-row-${name}`).locator('button[aria-pressed]').first().click()
    await pick('pancreas')
    await press('x')
    await the('reject-dialog').waitFor(patience)
    await emend.picture('feel-reject')
    expect(await faultsOf(emend.page, 28)).toEqual([])
    expect(await emend.unnamed()).toEqual([])
    await press('Escape')
    await the('reject-dialog').waitFor({ state: 'detached' })
    expect(await status('pancreas')).toBe('unreviewed')
    await press('x')
    await the('reject-dialog').waitFor(patience)
    await press('2')
    await statusIs('pancreas', 'rejected')

    await the('status-stomach').click()
    await emend.page.getByRole('menuitemradio', { name: 'Rejected' }).click()
    await the('reject-text').fill('2 loops of the colon')
    await press('Enter')
    await statusIs('stomach', 'rejected')
    await pick('spleen')
    await press('x')
    await the('reject-reason-1').getByText('2 loops of the colon').waitFor(patience)
    await the('reject-cancel').click()
    await press('Control+z')
    await statusIs('stomach', 'unreviewed')
    await press('Control+Shift+z')
    await statusIs('stomach', 'rejected')
    await press('Control+s')
    await expect.poll(() => the('save-state').innerText(), patience).toMatch(/^saved/)

    await press('F6')
    await the('history-past').getByText('Stomach: rejected').first().waitFor(patience)
    await the('history-past').getByText('2 loops of the colon').first().waitFor(patience)
    await emend.picture('feel-time-line')
    expect(await faultsOf(emend.page, 28)).toEqual([])
    await the('history-kind').click()
    await emend.page.getByRole('menuitemradio', { name: 'Decisions' }).click()
    await the('history-past').getByText('Imported').waitFor({ state: 'detached' })
    await emend.picture('feel-time-line-decisions')
    const kinds = await the('past-row').evaluateAll((rows) => rows.map((row) => (row as HTMLElement).dataset.kinds))
    // Of a save those that were decided with it.
    expect(new Set(kinds)).toEqual(new Set(['decisions', 'labels decisions']))
    await the('history-kind').click()
    await emend.page.getByRole('menuitemradio', { name: 'All of it' }).click()
    await press('F6')

    const library = openLibrary(scratch.library, { access: 'onlooker' })
    const times = library.database.all<{ structure: string; seconds: number }>(
      'SELECT structure, sum(seconds) AS seconds FROM efforts GROUP BY structure',
    )
    library.close()
    for (const name of ['liver', 'pancreas']) {
      expect(times.find(({ structure }) => structure === name)?.seconds, name).toBeGreaterThan(0.1)
    }
  })

  it('accepts with one key in the 3-D view too, and not while a preview is undecided', async () => {
    const verified = (): Promise<string> => the('verified-count').innerText()
    // The library makes what was drawn by hand corrected as it saves.
    await press('Control+s')
    await expect.poll(() => the('save-state').innerText(), patience).toMatch(/^saved/)
    const count = parseInt(await verified())
    await the('structure-row-spleen').locator('button[aria-pressed]').first().click()
    await the('maximise-3d').click()
    await press('Space')
    await expect.poll(verified, patience).toContain(`${count + 1} of`)
    await expect.poll(() => the('save-state').innerText(), patience).toMatch(/^saved/)
    const before = await verified()
    await the('maximise-3d').click()
    await press('Shift+G')
    await the('effect-outcome').and(emend.page.locator('[data-state="previewing"]')).waitFor(patience)
    await press('Space')
    await emend.page.getByText('Keep the preview or drop it first').first().waitFor(patience)
    expect(await verified()).toBe(before)
    await press('Shift+X')
    await the('effect-strip').waitFor({ state: 'detached' })
  })

  it('lists every shortcut at one key, and changes one there, with the conflict said and solved', async () => {
    await press('v')
    await press('?')
    await the('shortcuts-dialog').waitFor(patience)
    await emend.picture('feel-shortcuts')
    expect(await faultsOf(emend.page, 28)).toEqual([])
    await the('shortcuts-find').fill('brush')
    await the('shortcut-tool-brush').getByTestId('shortcut-key').first().click()
    await press('e')
    await the('shortcut-take').waitFor(patience)
    expect(await the('shortcut-tool-brush').innerText()).toContain('E is “Eraser”')
    await emend.picture('feel-shortcuts-conflict')
    await the('shortcut-take').click()
    await the('shortcuts-close').click()
    await press('e')
    expect(await the('tool-brush').getAttribute('aria-pressed')).toBe('true')
    await press('b')
    expect(await the('tool-brush').getAttribute('aria-pressed')).toBe('true')
    expect(await the('tool-eraser').getAttribute('aria-pressed')).toBe('false')
  })

  it('changes colours at once, in planes, panel and 3-D, and remembers all that was set', async () => {
    const swatch = the('structure-row-liver').locator('.swatch')
    const colour = (): Promise<string> => swatch.evaluate((element) => getComputedStyle(element).backgroundColor)
    const before = await colour()
    await press('Shift+C')
    await expect.poll(colour, patience).not.toBe(before)
    await the('outline-liver').click()
    await press('Control+2')
    await the('brush-size').fill('11')
    await the('edge-structures').focus()
    await press('ArrowLeft')
    await emend.page.waitForTimeout(1_500)
    await emend.picture('feel-colours')
    const panel = await emend.page.locator('aside[aria-label="Structures"]').boundingBox()
    await emend.close()
    const file = join(scratch.folder, 'config/emend/settings.json')
    const stored = JSON.parse(readFileSync(file, 'utf8')) as { keys: Record<string, string[]>; look: object }
    expect(stored).toMatchObject({
      keys: { 'tool-brush': ['E'], 'tool-eraser': [] },
      look: { layout: 'grid', colours: 'safe', outlined: ['liver'] },
      tools: { radiusMm: 11 },
    })
    writeFileSync(file, JSON.stringify({ ...stored, keys: { ...stored.keys, accept: ['E'], nonsense: ['Q'] } }))
    emend = await startEmend(scratch)
    await emend.page.getByText("there is no action 'nonsense'").waitFor(patience)
    await emend.page.getByText("Accept, go to the next: E is for 'Brush' already").waitFor(patience)
    await openTheCase()
    await press('e')
    expect(await the('brush-size').inputValue()).toBe('11')
    expect(await the('outline-liver').getAttribute('aria-label')).toBe('Fill Liver')
    expect(await the('layout').innerText()).toBe('Four equal')
    const again = await emend.page.locator('aside[aria-label="Structures"]').boundingBox()
    expect(again?.width).toBeCloseTo(panel?.width ?? 0, 0)
    await emend.page.getByLabel('Close this message').first().click()
    await expect.poll(() => emend.page.getByLabel('Close this message').count(), patience).toBe(0)
  })

  it('has a name for every control, in every place, and nothing too small to hit', async () => {
    const nameless: string[] = []
    const faults: string[] = []
    /** What lies under an open list is covered by it, as it should be. */
    const look = async (where: string, isBase = false): Promise<void> => {
      const controls = await controlsOf(emend.page)
      expect(controls.length, where).toBeGreaterThan(5)
      nameless.push(...controls.filter(({ name }) => name === '').map(({ role }) => `${where}: ${role}`))
      const seen = await faultsOf(emend.page, 28)
      faults.push(
        ...seen.filter((fault) => isBase || !fault.includes('lies under')).map((fault) => `${where}: ${fault}`),
      )
    }
    for (const [key, where] of [
      ['F1', 'worklist'],
      ['F3', 'learning'],
      ['F4', 'archive'],
      ['F5', 'settings'],
    ] as const) {
      await press(key)
      await emend.page.waitForTimeout(300)
      await look(where, true)
    }
    await emend.picture('feel-settings')
    await press('F2')
    for (const key of ['e', 'g', 't', 'F6', 'i']) {
      await press(key)
      await emend.page.waitForTimeout(300)
      await look(`review after ${key}`, true)
    }
    await press('F6')
    await press('i')
    await press('Control+k')
    await look('palette')
    await press('Escape')
    for (const menu of ['effects', 'export', 'status-liver']) {
      await the(menu).click()
      await look(menu)
      await press('Escape')
    }
    await press('?')
    await look('shortcuts')
    await the('shortcuts-close').click()
    expect(nameless).toEqual([])
    expect(faults).toEqual([])
  })

  it('is readable at 100 to 200 % in a window of 1280 x 800: nothing cut off, nothing over another', async () => {
    const faults: string[] = []
    for (const percent of [100, 150, 200]) {
      await emend.app.evaluate(({ BrowserWindow }, factor) => {
        const [window] = BrowserWindow.getAllWindows()
        window.setMinimumSize(100, 100)
        window.setContentSize(1280, 800)
        window.webContents.setZoomFactor(factor)
      }, percent / 100)
      for (const [key, where] of [
        ['F2', 'review'],
        ['F1', 'worklist'],
        ['F5', 'settings'],
      ] as const) {
        await press(key)
        await emend.page.waitForTimeout(600)
        await emend.wholePicture(`feel-${percent}-${where}`)
        faults.push(...(await faultsOf(emend.page, 28)).map((fault) => `${percent} % ${where}: ${fault}`))
      }
    }
    expect(faults).toEqual([])
  })

  it('went through all that without a complaint', () => {
    expect(emend.complaints).toEqual([])
  })
})
