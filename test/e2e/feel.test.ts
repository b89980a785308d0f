import { join } from 'node:path'
import type { Locator } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openWorkspace } from '../../src/main/jobs/workspace'
import { recordAudit } from '../../src/main/library/audit'
import { addCase } from '../../src/main/library/cases'
import { addRevision } from '../../src/main/library/revisions'
import { makePhantom } from '../../src/main/phantom/phantom'
import { makeScratch, startEmend } from './emend'
import type { Emend, Scratch } from './emend'

/** What makes the window safe and pleasant to work in: history, shortcuts, settings, names, sizes. */
describe('the feel', () => {
  let scratch: Scratch
  let emend: Emend

  const the = (testid: string): Locator => emend.page.getByTestId(testid)
  const liver = (): Promise<string> => the('volume-liver').innerText()
  const press = (keys: string): Promise<void> => emend.page.keyboard.press(keys)
  const patience = { timeout: 60_000 }

  async function fillLibrary(): Promise<void> {
    const deviceFile = join(scratch.folder, 'devices')
    const workspace = await openWorkspace(scratch.library, { sample: false, deviceFile })
    try {
      const { library } = workspace
      // So that the window does not make one meanwhile.
      recordAudit(library, 'sample', 'sample study', 'not in this test')
      const { image, labels } = makePhantom({ seed: 81, spacing: [3, 3, 5] })
      const { id } = await addCase(library, { modality: 'CT', description: 'Feel', volume: image, warnings: [] })
      await addRevision(library, { caseId: id, parent: null, origin: 'model', model: 'truth@1', statuses: {}, edited: [], labels }) // prettier-ignore
    } finally {
      workspace.close()
    }
  }

  async function openTheCase(): Promise<void> {
    await the('open-case').first().click()
    await the('viewer-canvas').and(emend.page.locator('[data-ready="true"]')).waitFor({ timeout: 120_000 })
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
    await fillLibrary()
    emend = await startEmend(scratch)
    await openTheCase()
  })
  afterAll(async () => {
    await emend?.close()
    await scratch?.remove()
  })

  it('lists all that was done, jumps to any of it, and goes back to an older revision as one step', async () => {
    const volumes = [await liver()]
    await press('y')
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
    await expect.poll(() => the('history-past').locator('li').count(), patience).toBeGreaterThan(1)
    await the('go-back').first().click()
    await expect.poll(liver, patience).toBe(volumes[0])
    expect(await the('history-steps').locator('li').count()).toBe(4)
    await emend.picture('feel-history-back')
    await press('Control+z')
    await expect.poll(liver, patience).toBe(volumes[2])
    await press('Control+Shift+z')
    await press('y')
    await the('history-panel').waitFor({ state: 'detached' })
  })

  it('went through all that without a complaint', () => {
    expect(emend.complaints).toEqual([])
  })
})
