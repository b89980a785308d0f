import type { Locator } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { deepest } from '../../bench/clicks/reader'
import { addCase } from '../../src/main/library/cases'
import type { Library } from '../../src/main/library/library'
import { addRevision } from '../../src/main/library/revisions'
import type { Vec3 } from '../../src/shared/geometry/affine'
import { makeScratch, startEmend } from './emend'
import type { Emend, Scratch } from './emend'
import { inLibrary } from './library'
import { phantomOf } from './phantoms'

const KIDNEY = 2
const LIVER = 1
/** The phantom's. */
const SPACING: Vec3 = [2.5, 2.5, 5]

/** Proposals from marks of a real mouse, on a phantom whose right kidney was not found. */
describe('a proposal', () => {
  let scratch: Scratch
  let emend: Emend
  let dims: Vec3
  /** Deep inside the kidney, and the liver. */
  let kidney: Vec3
  let liver: Vec3
  let kidneyMl: number

  const the = (testid: string): Locator => emend.page.getByTestId(testid)
  const volume = async (name: string): Promise<number> => {
    return Number((await the(`volume-${name}`).innerText()).replace(/[^\d.]/g, '') || '0')
  }
  const press = (keys: string): Promise<void> => emend.page.keyboard.press(keys)
  const patience = { timeout: 15_000 }

  async function fillLibrary(library: Library): Promise<void> {
    const { image, labels } = phantomOf('fine')
    dims = image.dims
    const only = (id: number): Uint8Array => labels.data.map((v) => (v === id ? 1 : 0))
    kidney = deepest(only(KIDNEY), dims, SPACING)!
    liver = deepest(only(LIVER), dims, SPACING)!
    kidneyMl = (only(KIDNEY).reduce((sum, v) => sum + v, 0) * SPACING[0] * SPACING[1] * SPACING[2]) / 1000
    const found = { ...labels, data: labels.data.map((v) => (v === KIDNEY ? 0 : v)) }
    const { id } = await addCase(library, { modality: 'CT', description: 'Proposals', volume: image, warnings: [] })
    const revision = {
      caseId: id,
      parent: null,
      origin: 'model' as const,
      model: 'truth@1',
      edited: [],
      labels: found,
    }
    await addRevision(library, { ...revision, statuses: { liver: 'accepted' } })
  }

  /** Where a voxel lies on the screen, on the axial plane shown whole and in radiological order. */
  async function onScreen([i, j]: Vec3): Promise<{ x: number; y: number }> {
    const plane = await the('tile-axial').boundingBox()
    if (!plane) throw new Error('the axial plane is not shown')
    const [wide, high] = [dims[0] * SPACING[0], dims[1] * SPACING[1]]
    const scale = Math.min(plane.width / wide, plane.height / high)
    return {
      x: plane.x + plane.width / 2 - scale * ((i + 0.5) * SPACING[0] - wide / 2),
      y: plane.y + plane.height / 2 - scale * ((j + 0.5) * SPACING[1] - high / 2),
    }
  }

  async function goToSlice(k: number): Promise<void> {
    const shown = async (): Promise<number> => Number(await the('tile-axial').locator('b').innerText()) - 1
    const steps = k - (await shown())
    for (let n = 0; n < Math.abs(steps); n++) await press(steps > 0 ? 'ArrowUp' : 'ArrowDown')
    await expect.poll(shown, patience).toBe(k)
    // A click means the slice that is drawn.
    await emend.page.waitForTimeout(300)
  }

  async function click(voxel: Vec3, modifiers: 'Alt'[] = []): Promise<void> {
    await goToSlice(voxel[2])
    const { x, y } = await onScreen(voxel)
    for (const key of modifiers) await emend.page.keyboard.down(key)
    await emend.page.mouse.click(x, y)
    for (const key of modifiers) await emend.page.keyboard.up(key)
    await previewed()
  }

  const previewed = (): Promise<void> => {
    return the('proposal-outcome').and(emend.page.locator('[data-state="previewing"]')).waitFor(patience)
  }

  beforeAll(async () => {
    scratch = await makeScratch()
    await inLibrary(scratch, fillLibrary)
    emend = await startEmend(scratch)
    await the('open-case').first().click()
    await the('viewer-canvas').and(emend.page.locator('[data-ready="true"]')).waitFor({ timeout: 120_000 })
    await the('structure-row-right-kidney').locator('button[aria-pressed]').first().click()
  })
  afterAll(async () => {
    await emend?.close()
    await scratch?.remove()
  })

  it('finds a kidney that was missed from one click, and is kept as one step', async () => {
    await press('.')
    await emend.picture('proposal-tool')
    const liverMl = await volume('liver')
    await click(kidney)
    await expect.poll(() => volume('right-kidney'), patience).toBeGreaterThan(kidneyMl / 2)
    expect(await volume('right-kidney')).toBeLessThan(2 * kidneyMl)
    await emend.picture('proposal-one-click')
    await press('Enter')
    expect(await the('proposal-point').count()).toBe(0)
    const kept = await volume('right-kidney')
    expect(kept).toBeGreaterThan(0)
    expect(await volume('liver')).toBe(liverMl)
    await press('Control+z')
    await expect.poll(() => volume('right-kidney'), patience).toBe(0)
  })

  it('takes marks outside with Alt, gives the last back, and leaves nothing when dropped', async () => {
    await click(kidney)
    const one = await volume('right-kidney')
    await goToSlice(kidney[2])
    await click([kidney[0] + 6, kidney[1], kidney[2]], ['Alt'])
    await emend.picture('proposal-outside')
    const two = await volume('right-kidney')
    expect(two).toBeLessThan(one)
    await press('Backspace')
    await expect.poll(() => volume('right-kidney'), patience).toBe(one)
    await press('Escape')
    await expect.poll(() => volume('right-kidney'), patience).toBe(0)
    expect(await the('proposal-strip').count()).toBe(1)
  })

  it('draws a box, and scribbles', async () => {
    await the('drag-box').click()
    const { mouse } = emend.page
    const from = await onScreen([kidney[0] - 12, kidney[1] - 12, 0])
    const to = await onScreen([kidney[0] + 12, kidney[1] + 12, 0])
    await mouse.move(from.x, from.y)
    await mouse.down()
    await mouse.move(to.x, to.y, { steps: 5 })
    await emend.picture('proposal-box-drawn')
    await mouse.up()
    await previewed()
    await emend.picture('proposal-box')
    expect(await volume('right-kidney')).toBeGreaterThan(kidneyMl / 4)
    await press('Escape')
    await press(',')
    const start = await onScreen([kidney[0] - 3, kidney[1], 0])
    const end = await onScreen([kidney[0] + 3, kidney[1] + 2, 0])
    await mouse.move(start.x, start.y)
    await mouse.down()
    await mouse.move(end.x, end.y, { steps: 5 })
    await mouse.up()
    await previewed()
    await emend.picture('proposal-scribble')
    expect(await the('proposal-scribble').count()).toBe(1)
    await press('Escape')
  })

  it('says why where the structure is locked', async () => {
    await the('structure-row-liver').locator('button[aria-pressed]').first().click()
    const before = await volume('liver')
    await goToSlice(liver[2])
    const { x, y } = await onScreen(liver)
    await emend.page.mouse.click(x, y)
    await expect.poll(() => emend.page.getByText('Liver is locked').count(), patience).toBeGreaterThan(0)
    expect(await volume('liver')).toBe(before)
  })

  it('went through all that without a complaint', () => {
    expect(emend.complaints).toEqual([])
  })
})
