import type { Locator } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { addCase } from '../../src/main/library/cases'
import type { Library } from '../../src/main/library/library'
import { addRevision } from '../../src/main/library/revisions'
import { uncertaintyMap } from '../../src/main/segmentation/uncertaintyMap'
import { schemaNamed } from '../../src/shared/labels/builtin'
import { applyAffine, composeAffines, type Affine, type Vec3 } from '../../src/shared/geometry/affine'
import { encodeUncertainty } from '../../src/shared/uncertainty'
import type { LabelMap, Volume } from '../../src/main/imaging/volume'
import { makeScratch, startEmend } from './emend'
import type { Emend, Scratch } from './emend'
import { inLibrary } from './library'
import { phantomOf } from './phantoms'

/** All that is looked at besides the image and its masks, with a real mouse and keyboard. */
describe('looking', () => {
  let scratch: Scratch
  let emend: Emend

  const the = (testid: string): Locator => emend.page.getByTestId(testid)
  const press = (keys: string): Promise<void> => emend.page.keyboard.press(keys)
  const patience = { timeout: 60_000 }

  /** Every second voxel, with doubt in the pancreas and thinly along every structure's surface. */
  function doubtsAbout(labels: LabelMap): Uint8Array {
    const dims: Vec3 = [labels.dims[0] >> 1, labels.dims[1] >> 1, labels.dims[2] >> 1]
    const [nx, ny] = labels.dims
    const likeliest = new Uint8Array(dims[0] * dims[1] * dims[2])
    const entropy = new Float32Array(likeliest.length)
    let n = 0
    for (let k = 0; k < dims[2]; k++)
      for (let j = 0; j < dims[1]; j++)
        for (let i = 0; i < dims[0]; i++, n++) {
          const at = 2 * i + nx * (2 * j + ny * 2 * k)
          likeliest[n] = labels.data[at]
          entropy[n] = labels.data[at] === 4 ? 0.3 : labels.data[at] !== labels.data[at + 2] ? 0.25 : 0
        }
    const affine = labels.affine.map((row, axis) => {
      return [2 * row[0], 2 * row[1], 2 * row[2], applyAffine(labels.affine, [0.5, 0.5, 0.5])[axis]]
    }) as unknown as Volume['affine']
    const grid = { dims, affine }
    return encodeUncertainty(
      uncertaintyMap({ ...grid, data: entropy }, { ...grid, data: likeliest }, 10, schemaNamed('flare23')),
    )
  }

  /** A phantom with its true masks, as if a model had made them, and not been sure. */
  async function fillLibrary(library: Library): Promise<void> {
    const { image, labels } = phantomOf('fine')
    const { id } = await addCase(library, { modality: 'CT', description: 'Look', volume: image, warnings: [] })
    const uncertainty = doubtsAbout(labels)
    // An older model's: the liver shifted by two voxels, no spleen, the pancreas taken for the duodenum.
    const older = labels.data.map((value, n) => {
      if (labels.data[n - 2] === 1) return 1
      return value === 1 || value === 3 ? 0 : value === 4 ? 12 : value
    })
    const first = await addRevision(library, { caseId: id, parent: null, origin: 'model', model: 'older@1', statuses: {}, edited: [], labels: { ...labels, data: older } }) // prettier-ignore
    await addRevision(library, { caseId: id, parent: first.id, origin: 'model', model: 'truth@1', statuses: {}, edited: [], labels, uncertainty }) // prettier-ignore
    // The same patient, tilted by twelve degrees about the left-right axis.
    const [c, s] = [Math.cos(Math.PI / 15), Math.sin(Math.PI / 15)]
    const turned: Affine = composeAffines([[1, 0, 0, 0], [0, c, -s, 30], [0, s, c, -40]], image.affine) // prettier-ignore
    const tilted = { ...image, affine: turned, data: image.data.map((hu) => hu + 1) }
    await addCase(library, { modality: 'CT', description: 'Tilted', volume: tilted, warnings: [] })
  }

  beforeAll(async () => {
    scratch = await makeScratch()
    await inLibrary(scratch, fillLibrary)
    emend = await startEmend(scratch)
    await emend.openCase('Look')
  })
  afterAll(async () => {
    await emend?.close()
    await scratch?.remove()
  })

  it('shows how unsure the model was, and goes from one doubtful place to the next', async () => {
    await press('Shift+Q')
    await the('doubt-legend').waitFor(patience)
    await press('q')
    await the('doubt-spot').filter({ hasText: 'Pancreas' }).waitFor(patience)
    await emend.picture('look-uncertainty')
    await press('Shift+Q')
    await the('doubt-legend').waitFor({ state: 'detached' })
  })

  it('compares with another revision, as a difference and side by side, and takes a structure from it', async () => {
    await press('Control+d')
    await the('compare-liver').waitFor(patience)
    await emend.picture('look-difference')
    expect(await the('compare-spleen').innerText()).toContain('0.000')
    await press('Control+Shift+D')
    await the('tile-other').waitFor(patience)
    await emend.picture('look-beside')
    const before = await the('volume-spleen').innerText()
    await the('compare-copy-spleen').click()
    await expect.poll(() => the('volume-spleen').innerText(), patience).not.toBe(before)
    await the('compare-spleen').waitFor({ state: 'detached', ...patience })
    await press('Control+z')
    await expect.poll(() => the('volume-spleen').innerText(), patience).toBe(before)
    await press('Control+d')
    await the('compare-panel').waitFor({ state: 'detached' })
  })

  it('measures with ruler and angle; they follow the view, can be dragged and deleted, and are there again', async () => {
    await the('structure-row-liver').locator('button[aria-pressed]').first().click()
    const plane = await the('tile-axial').boundingBox()
    if (!plane) throw new Error('the axial plane is not shown')
    const [x, y] = [plane.x + plane.width / 2, plane.y + plane.height / 2]
    const { mouse } = emend.page
    const value = (): Promise<string> => the('measurement-value').first().textContent().then((text) => text ?? '') // prettier-ignore
    await press('Shift+R')
    await mouse.move(x - 80, y)
    await mouse.down()
    await mouse.move(x + 60, y + 30, { steps: 4 })
    await mouse.up()
    await expect.poll(value, patience).toMatch(/^\d+\.\d mm$/)
    await press('Shift+A')
    for (const [dx, dy] of [[-60, 60], [0, 60], [0, 120]]) await mouse.click(x + dx, y + dy) // prettier-ignore
    await expect.poll(() => the('measurement-value').allTextContents(), patience).toContainEqual('90.0\u00b0')
    await emend.picture('look-measurements')
    const before = await value()
    const end = await the('measurement-end').nth(1).boundingBox()
    if (!end) throw new Error('the ruler has no end')
    await mouse.move(end.x + end.width / 2, end.y + end.height / 2)
    await mouse.down()
    await mouse.move(x + 120, y + 30, { steps: 3 })
    await mouse.up()
    await expect.poll(value, patience).not.toBe(before)
    const longer = await value()
    // Another slice, and back; zoomed in; and after the case was closed.
    await press('ArrowUp')
    await expect.poll(() => the('measurement').count(), patience).toBe(0)
    await press('ArrowDown')
    await mouse.move(x, y)
    await emend.page.keyboard.down('Control')
    await mouse.wheel(0, -300)
    await emend.page.keyboard.up('Control')
    await expect.poll(value, patience).toBe(longer)
    await emend.picture('look-measurements-zoomed')
    await press('r')
    await press('v')
    // Another case, cut obliquely, is opened meanwhile.
    await emend.openCase('Tilted')
    expect(await the('oblique').first().innerText()).toBe('oblique 12\u00b0')
    expect(await the('tile-coronal').getByTestId('letter-top').innerText()).toBe('SP')
    expect(await the('measurement').count()).toBe(0)
    await emend.picture('look-oblique')
    await emend.openCase('Look')
    await press('Shift+R')
    await expect.poll(() => the('measurements').innerText(), patience).toContain(longer)
    await the('measurements').locator('button').first().click()
    await expect.poll(value, patience).toBe(longer)
    await press('Shift+Delete')
    await expect.poll(() => the('measurement-remove').count(), patience).toBe(1)
    await press('v')
  })

  it('lays another study beside this one, linked in millimetres once it is aligned', async () => {
    await press('Control+b')
    await the('prior-case').click()
    await emend.page.getByRole('menuitemradio', { name: /Tilted/ }).click()
    await the('tile-other').waitFor(patience)
    await the('prior-link').filter({ hasText: 'Not aligned' }).waitFor(patience)
    const offset = (): Promise<string> => the('prior-offset').innerText()
    const before = await offset()
    await press('Control+Shift+B')
    const plane = await the('tile-other').boundingBox()
    if (!plane) throw new Error('the other plane is not shown')
    const { mouse } = emend.page
    await mouse.move(plane.x + plane.width / 2, plane.y + plane.height / 2)
    await mouse.down()
    await mouse.move(plane.x + plane.width / 2, plane.y + plane.height / 2 + 40, { steps: 3 })
    await mouse.up()
    await expect.poll(offset, patience).not.toBe(before)
    const dragged = await offset()
    await mouse.wheel(0, 100)
    await expect.poll(offset, patience).not.toBe(dragged)
    await press('Control+Shift+B')
    await the('prior-link').filter({ hasText: 'as you aligned' }).waitFor(patience)
    await emend.picture('look-prior')
    await press('Control+b')
    await the('prior-panel').waitFor({ state: 'detached' })
  })

  it('turns the display round, and keeps a window under a name', async () => {
    const left = (): Promise<string> => the('tile-axial').getByTestId('letter-left').innerText()
    expect(await left()).toBe('R')
    await press('Shift+F')
    await expect.poll(left, patience).toBe('L')
    // A window of its own: Alt and a drag.
    const { mouse } = emend.page
    const plane = await the('tile-axial').boundingBox()
    if (!plane) throw new Error('the axial plane is not shown')
    await emend.page.keyboard.down('Alt')
    await mouse.move(plane.x + 200, plane.y + 300)
    await mouse.down()
    await mouse.move(plane.x + 260, plane.y + 330, { steps: 2 })
    await mouse.up()
    await emend.page.keyboard.up('Alt')
    await the('window-preset').click()
    await emend.page.getByRole('menuitemradio', { name: /Keep this window/ }).click()
    await the('window-name').fill('Vessels')
    await emend.picture('look-neurological')
    await the('window-keep').click()
    await press('Shift+F2')
    await the('window-preset').filter({ hasText: 'Liver' }).waitFor(patience)
    await press('Shift+F6')
    await the('window-preset').filter({ hasText: 'Vessels' }).waitFor(patience)
    await press('Shift+F')
    await expect.poll(left, patience).toBe('R')
  })

  it('went through all that without a complaint', () => {
    expect(emend.complaints).toEqual([])
  })
})
