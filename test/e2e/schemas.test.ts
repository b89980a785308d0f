import type { Locator } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { affineOf, type Vec3 } from '../../src/shared/geometry/affine'
import { seededRandom } from '../../src/shared/random'
import { addCase } from '../../src/main/library/cases'
import type { Volume } from '../../src/main/imaging/volume'
import { faultsOf } from './controls'
import { makeScratch, startEmend } from './emend'
import type { Emend, Scratch } from './emend'
import { inLibrary } from './library'

const SIZE = 20
const DIMS: Vec3 = [SIZE, SIZE, SIZE]
/** The brush's, as it is at first. */
const RADIUS = 6

/** Noise like soft tissue, with a bright ball about the middle. */
function ball(seed: number): Volume<Int16Array> {
  const random = seededRandom(seed)
  const centre = [0, 1, 2].map(() => SIZE / 2 + random.int(3) - 1)
  const data = Int16Array.from({ length: SIZE ** 3 }, (_, at) => {
    const voxel = [at % SIZE, Math.floor(at / SIZE) % SIZE, Math.floor(at / SIZE ** 2)]
    const inside = Math.hypot(...voxel.map((v, axis) => v - centre[axis])) <= RADIUS
    return Math.round((inside ? 120 : 20) + 12 * random.normal())
  })
  return { dims: DIMS, affine: affineOf([1, 0, 0], [0, 1, 0], [0, 0, 1], [-10, -10, -10]), data }
}

/** What no model of Emend's knows: a site says what it is, draws it in three cases, and the fourth is drawn by a model. */
describe('a schema of a site’s own', () => {
  let scratch: Scratch
  let emend: Emend

  const the = (testid: string): Locator => emend.page.getByTestId(testid)
  const patience = { timeout: 120_000 }
  const row = (title: string): Locator => the('case-row').filter({ hasText: title })

  beforeAll(async () => {
    scratch = await makeScratch()
    await inLibrary(scratch, async (library) => {
      for (const seed of [1, 2, 3, 4]) {
        await addCase(library, { modality: 'CT', description: `Knee ${seed}`, volume: ball(seed), warnings: [] })
      }
    })
    emend = await startEmend(scratch)
  })
  afterAll(async () => {
    await emend?.close()
    await scratch?.remove()
  })

  it('is made in the window and taken into use', async () => {
    await emend.page.keyboard.press('Alt+F')
    await the('schema').first().waitFor(patience)
    await the('make-schema').click()
    await the('schema-title').fill('Knee')
    await the('schema-structure').fill('Patella')
    await the('schema-structure-code').fill('12')
    await emend.page.getByText('a SNOMED code is 6 to 16 digits').waitFor(patience)
    await the('schema-structure-code').fill('64234005')
    await the('schema-add-structure').click()
    await the('schema-structure').nth(1).fill('patella')
    await the('schema-make').click()
    await the('schema-obstacle').getByText('has a structure patella already').waitFor(patience)
    await emend.picture('schema-dialog')
    expect(await faultsOf(emend.page, 24)).toEqual([])
    expect(await emend.unnamed()).toEqual([])
    await emend.page.getByLabel('Take structure 2 away').click()
    await the('schema-make').click()
    const mine = the('schema').and(emend.page.locator('[data-schema="knee"]'))
    await mine.getByTestId('use-schema').click()
    await mine.getByTestId('schema-in-use').waitFor(patience)
    await emend.picture('schemas')
    expect(await faultsOf(emend.page, 24)).toEqual([])
  })

  it('labels cases that have no labels yet', async () => {
    for (const n of [1, 2, 3, 4]) {
      await the('place-worklist').click()
      await row(`Knee ${n}`).getByTestId('talk-about').click()
      await the('case-schema').click()
      await emend.page.getByRole('menuitemradio', { name: 'Knee' }).click()
      await the('case-schema').filter({ hasText: 'Knee' }).waitFor(patience)
      if (n === 1) await emend.picture('schema-of-a-case')
      await the('desk-close').click()
    }
    await the('place-learning').click()
    await the('learn-obstacle').getByText('nothing to learn Knee from yet').waitFor(patience)
  })

  it('is drawn in three cases, of which one will judge', async () => {
    for (const n of [1, 2, 3]) {
      await emend.openCase(`Knee ${n}`)
      expect(await the('structure-row-patella').innerText()).toContain('Patella')
      await emend.page.keyboard.press('b')
      await the('brush-ball').click()
      const plane = await the('tile-axial').boundingBox()
      if (!plane) throw new Error('the axial plane is not shown')
      await emend.page.mouse.click(plane.x + plane.width / 2, plane.y + plane.height / 2)
      await expect.poll(() => the('volume-patella').innerText(), patience).toMatch(/^0\.9\d? mL$/)
      if (n === 1) await emend.picture('schema-drawn')
      await the('accept').click()
      await the('save').click()
      await the('save-state').filter({ hasText: 'saved' }).filter({ hasNotText: 'not saved' }).waitFor(patience)
    }
  })

  it('gets its first model, which draws the fourth', async () => {
    await the('place-learning').click()
    await emend.page.getByText('1 hold-out case').waitFor(patience)
    await the('length-short').click()
    await the('learn').click()
    await the('learn-outcome').getByText('knee@1: promoted: the first of its schema').waitFor({ timeout: 600_000 })
    await emend.picture('schema-learned')
    // Cases without labels are labelled as soon as there is a model that can.
    await emend.openCase('Knee 4')
    await expect.poll(() => the('volume-patella').innerText(), patience).toMatch(/^(0\.[5-9]|1\.\d)\d? mL$/)
    await emend.picture('schema-segmented')
  })

  it('can still be exchanged for another: what the model drew stays in the history, and can be gone back to', async () => {
    const exchange = async (schema: string): Promise<void> => {
      await the('place-worklist').click()
      await row('Knee 4').getByTestId('talk-about').click()
      await the('case-schema').click()
      await emend.page.getByRole('menuitemradio', { name: schema }).click()
      await the('case-schema').filter({ hasText: schema }).waitFor(patience)
      if (schema !== 'Knee') await emend.picture('schema-exchanged')
      await the('desk-close').click()
      await emend.openCase('Knee 4')
    }
    await exchange('FLARE')
    await the('structure-row-liver').waitFor(patience)
    await the('history').click()
    await the('history-past').getByText('by Knee, which the case had before').waitFor(patience)
    expect(await the('go-back').count()).toBe(0)
    await emend.picture('schema-history')
    expect(await faultsOf(emend.page, 24)).toEqual([])
    await exchange('Knee')
    await the('go-back').click()
    await expect.poll(() => the('volume-patella').innerText(), patience).toMatch(/^(0\.[5-9]|1\.\d)\d? mL$/)
  })

  it('went through all that without a complaint', () => {
    expect(emend.complaints).toEqual([])
  })
})
