import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import dicomParser from 'dicom-parser'
import type { Locator } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { repositoryRoot } from '../../scripts/build'
import { openWorkspace } from '../../src/main/jobs/workspace'
import { recordAudit } from '../../src/main/library/audit'
import { readRevision } from '../../src/main/library/revisions'
import { librarySchema } from '../../src/main/library/structures'
import { structureNamed } from '../../src/shared/labels/schema'
import { verifiedStructures } from '../../src/shared/labels/status'
import { dataPath } from '../data'
import { makeScratch, startEmend } from '../e2e/emend'
import type { Emend, Scratch } from '../e2e/emend'
import setUpElectron from '../e2e/setup'

/** Three DICOM series and a NIfTI file: two late or portal phases with a tumour, one with contours, one without contrast. */
const files = [
  ['cptac-pda-c3l-00189.zip'],
  ['hcc-007-late-phase.zip'],
  ['pancreas-ct-cb-001.zip'],
  ['totalsegmentator-example', 'example_ct.nii.gz'],
]
const paths = files.map((parts) => dataPath('abdomen', ...parts))
/** How long the turn of learning is: 'short', 'recipe' or 'long'. */
const turn = process.env.EMEND_TURN ?? 'short'
const electron = await setUpElectron().catch((error: Error) => {
  console.log(`skipped: ${error.message}`)
  return null
})

/** A day's work on real abdomens in the real window; a picture of every step lies in test/artefacts afterwards. */
describe.skipIf(paths.includes(null) || !electron)('real abdomens, by hand', () => {
  let scratch: Scratch
  let emend: Emend
  let step = 0

  const the = (testid: string): Locator => emend.page.getByTestId(testid)
  const press = (keys: string): Promise<void> => emend.page.keyboard.press(keys)
  const status = (structure: string): Promise<string | null> => the(`status-${structure}`).getAttribute('data-status')
  const volume = (structure: string): Promise<string> => the(`volume-${structure}`).innerText()
  const patience = { timeout: 600_000 }

  /** Keeps a picture, once what moves has come to rest. */
  async function picture(name: string): Promise<void> {
    step += 1
    await emend.page.waitForTimeout(700)
    await emend.picture(`abdomen-${String(step).padStart(2, '0')}-${name}`)
  }

  /** Answers the system's dialogs: what a person would choose there. */
  async function chooses(...chosen: string[]): Promise<void> {
    await emend.app.evaluate(({ dialog }, filePaths) => {
      dialog.showSaveDialog = () => Promise.resolve({ canceled: false, filePath: filePaths[0] })
      dialog.showOpenDialog = () => Promise.resolve({ canceled: false, filePaths })
    }, chosen)
  }

  const pick = (structure: string): Promise<void> =>
    the(`structure-row-${structure}`).locator('button[aria-pressed]').first().click()

  /** The case that is open, when its image is seen. */
  async function opened(): Promise<void> {
    await the('viewer-canvas').waitFor(patience)
    await the('volume-liver').waitFor(patience)
  }

  async function openRow(n: number): Promise<void> {
    await the('place-worklist').click()
    await the('open-case').nth(n).click()
    await opened()
  }

  async function saved(): Promise<void> {
    await press('Control+s')
    await the('save-state').filter({ hasText: 'saved' }).filter({ hasNotText: 'not saved' }).waitFor(patience)
  }

  /** A stroke of the brush into the caudate lobe, which the model leaves out on this slice: left of and above the spine. */
  async function stroke(): Promise<void> {
    const plane = await the('tile-axial').boundingBox()
    if (!plane) throw new Error('the axial plane is not shown')
    const { mouse } = emend.page
    const [x, y] = [plane.x + plane.width / 2, plane.y + plane.height / 2]
    await mouse.move(x - 34, y - 40)
    await mouse.down()
    await mouse.move(x - 12, y - 58, { steps: 6 })
    await mouse.move(x + 14, y - 76, { steps: 6 })
    await mouse.up()
  }

  /** Of each case every verified structure: its status, and a hash of its mask. */
  async function verifiedMasks(): Promise<Record<string, string>> {
    const workspace = await openWorkspace(scratch.library, { access: 'onlooker' })
    try {
      const { library } = workspace
      const masks: Record<string, string> = {}
      for (const { id, schema, revision, statuses } of workspace.listCases()) {
        if (revision === null) continue
        const { data } = await readRevision(library, id, revision)
        for (const name of verifiedStructures(statuses)) {
          const label = structureNamed(librarySchema(library, schema), name).id
          const mask = data.map((voxel) => Number(voxel === label))
          const hash = createHash('sha256').update(mask).digest('hex').slice(0, 16)
          masks[`${id} ${name}`] = `${statuses[name]} ${hash}`
        }
      }
      return masks
    } finally {
      workspace.close()
    }
  }

  function emendAtTheShell(...args: string[]): unknown {
    const text = execFileSync(process.execPath, [join(repositoryRoot, 'bin', 'emend.mjs'), ...args, '--json'], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    })
    return JSON.parse(text)
  }

  beforeAll(async () => {
    scratch = await makeScratch()
    const workspace = await openWorkspace(scratch.library, { sample: false })
    recordAudit(workspace.library, 'sample', 'sample study', 'not in this test')
    workspace.close()
    emend = await startEmend(scratch)
  })
  afterAll(async () => {
    await emend?.close().catch(() => undefined)
    await scratch?.remove()
    electron?.()
  })

  it('begins with an empty worklist', async () => {
    await the('worklist-empty').waitFor(patience)
    await picture('empty')
  })

  it('imports three DICOM series and a NIfTI file', async () => {
    await chooses(...paths.flatMap((path) => path ?? []))
    await the('import').click()
    await the('importing').first().waitFor(patience)
    await picture('importing')
    await expect.poll(() => the('case-row').count(), patience).toBe(4)
    await the('importing').waitFor({ state: 'detached', ...patience })
    await picture('worklist')
    console.log((await the('case-row').allInnerTexts()).map((text) => text.replaceAll('\n', ' | ')).join('\n'))
  })

  it('segments them with the built-in model', async () => {
    for (let n = 0; n < 4; n++) {
      await openRow(n)
      if (n === 0) await picture('opened')
      await the('segment').click()
      await the('segment').filter({ hasText: 'Segment again' }).waitFor(patience)
      await the('job-progress').waitFor({ state: 'detached', ...patience })
      await picture(`segmented-${n + 1}`)
    }
    await the('place-worklist').click()
    await picture('all-segmented')
  })

  it('goes to the most uncertain case', async () => {
    await the('strategy').click()
    await picture('strategies')
    await emend.page.getByRole('menuitemradio', { name: 'Most uncertain' }).click()
    await the('next-case').click()
    await opened()
    const why = the('toast').filter({ hasText: 'Most uncertain' })
    await why.waitFor(patience)
    // It opens at the structure that it was chosen for.
    const structure = /Most uncertain: (.*),/.exec(await why.innerText())?.[1].replaceAll(' ', '-') ?? ''
    await the(`structure-row-${structure}`).locator('button[aria-pressed=true]').first().waitFor(patience)
    await picture('most-uncertain')
  })

  it('corrects a structure with the brush, accepts others with the key, and marks one absent', async () => {
    await pick('liver')
    const before = await volume('liver')
    await press('b')
    await stroke()
    await expect.poll(() => volume('liver'), patience).not.toBe(before)
    await picture('brushed')
    await pick('spleen')
    await press('Space')
    await pick('left-kidney')
    await press('Space')
    await pick('gallbladder')
    await press('a')
    await saved()
    expect(await status('liver')).toBe('corrected')
    expect(await status('spleen')).toBe('accepted')
    expect(await status('left-kidney')).toBe('accepted')
    expect(await status('gallbladder')).toBe('absent')
    await picture('reviewed')
  })

  it('says something of the case, flags it, and rejects a structure with a reason', async () => {
    await press('Control+m')
    await the('case-desk').waitFor(patience)
    await the('note-text').fill('The dome of the liver runs into the lesion; see the portal phase')
    await the('note-comment').click()
    await expect.poll(() => the('note').count(), patience).toBe(1)
    await the('note-flag').click()
    await expect.poll(() => the('note').count(), patience).toBe(2)
    await the('note-structure').click()
    await the('case-desk').getByRole('menuitemradio', { name: 'pancreas' }).click()
    await the('note-text').fill('Takes in the duodenum')
    await the('note-reject').click()
    await expect.poll(() => the('note').count(), patience).toBe(3)
    await picture('desk')
    await the('desk-close').click()
    await expect.poll(() => status('pancreas'), patience).toBe('rejected')
    await picture('rejected')
  })

  it('goes on to the next cases, and saves', async () => {
    for (const [n, structures] of [
      ['liver', 'spleen'],
      ['liver', 'left-kidney', 'right-kidney'],
      ['spleen'],
    ].entries()) {
      // By the key; from the worklist, where that goes back to what is still uncertain of a case that was read.
      if (n === 0) await press('Control+ArrowRight')
      else {
        await the('place-worklist').click()
        await the('case-row').filter({ hasText: '0 of 9' }).first().getByTestId('open-case').click()
      }
      await expect.poll(() => status('liver'), patience).toBe('unreviewed')
      await opened()
      for (const structure of structures) {
        await pick(structure)
        await press('Space')
        expect(await status(structure)).toBe('accepted')
      }
      await saved()
      await picture(`next-${n + 1}`)
    }
    await the('place-worklist').click()
    await picture('worklist-reviewed')
  })

  it('learns from that, with curves, an example, a verdict and a card; what is verified stays', async () => {
    const before = await verifiedMasks()
    expect(Object.keys(before).length).toBeGreaterThanOrEqual(8)
    await the('place-learning').click()
    await the(`length-${turn}`).click()
    await picture('plan')
    const models = await the('model-row').count()
    await the('learn').click()
    await the('job-progress').waitFor(patience)
    await picture('begins')
    await the('training-example').waitFor(patience)
    await picture('training')
    await emend.page.waitForTimeout(30_000)
    await picture('training-on')
    await the('learn-outcome').waitFor({ timeout: 1_800_000 })
    const outcome = await the('learn-outcome').innerText()
    console.log(outcome)
    expect(await the('model-row').count()).toBe(models + 1)
    expect(outcome).toMatch(/promoted|kept out/)
    await picture('verdict')
    await the('show-card').first().click()
    await the('model-card').waitFor(patience)
    await picture('card')
    await press('Escape')
    await the('model-card').waitFor({ state: 'detached', ...patience })
    if (outcome.includes('kept out')) {
      await the('model-row').filter({ hasText: 'kept out' }).first().getByTestId('use-model').click()
      await the('use-version-reason').fill('To see what it makes of the open cases')
      await picture('override')
      await the('use-version-confirm').click()
      await the('use-version').waitFor({ state: 'detached', ...patience })
      await openRow(0)
      await the('segment').click()
      await the('job-progress').waitFor(patience)
      await the('job-progress').waitFor({ state: 'detached', ...patience })
    } else {
      expect(outcome).toMatch(/\d of \d open cases segmented/)
      await openRow(0)
    }
    await picture('segmented-again')
    expect(await verifiedMasks()).toEqual(before)
  })

  it('has statistics, and an audit whose chain is intact', async () => {
    await press('Alt+T')
    await the('reader-row').first().waitFor(patience)
    await the('reader-row').first().getByRole('button').click()
    await picture('statistics')
    await the('site-audit').click()
    await the('audit-entry').first().waitFor(patience)
    await the('check-audit').click()
    await the('chain-answer').getByText('Intact').waitFor(patience)
    await picture('audit')
  })

  it('exports a DICOM SEG of a series', async () => {
    await the('place-worklist').click()
    const flagged = the('case-row').filter({ has: emend.page.getByLabel('flagged') })
    await flagged.getByTestId('open-case').click()
    await opened()
    const target = join(scratch.folder, 'labels.dcm')
    await chooses(target)
    await the('export').click()
    await picture('export-menu')
    await the('export-dicom-seg').click()
    await the('toast').filter({ hasText: 'labels.dcm' }).waitFor(patience)
    await picture('exported')
    const seg = dicomParser.parseDicom(new Uint8Array(readFileSync(target)))
    expect(seg.string('x00080016')).toBe('1.2.840.10008.5.1.4.1.1.66.4')
    const segments = seg.elements.x00620002?.items?.map((item) => item.dataSet?.string('x00620005'))
    expect(segments).toEqual(expect.arrayContaining(['Liver', 'Spleen']))
  })

  it('complained about nothing', () => {
    expect(emend.complaints).toEqual([])
  })

  it('goes out as an nnU-Net data set, and comes in again with what is verified', async () => {
    const before = await verifiedMasks()
    await emend.close()
    const set = join(scratch.folder, 'set')
    emendAtTheShell('library', 'export-set', '--out', set, '--where', 'liver:accepted', '--library', scratch.library)
    const images = readdirSync(join(set, 'imagesTr'))
    expect(images.length).toBeGreaterThanOrEqual(2)
    expect(existsSync(join(set, 'dataset.json'))).toBe(true)
    const other = join(scratch.folder, 'another library')
    emendAtTheShell('library', 'import-set', set, '--verified', '--library', other)
    const workspace = await openWorkspace(other, { access: 'onlooker' })
    try {
      const came = workspace.listCases().filter(({ statuses }) => statuses.liver === 'accepted')
      expect(came).toHaveLength(images.length)
      const verified = came.reduce((sum, { statuses }) => sum + verifiedStructures(statuses).length, 0)
      const ids = images.map((name) => name.replace('_0000.nii.gz', ''))
      expect(verified).toBe(Object.keys(before).filter((key) => ids.some((id) => key.startsWith(id))).length)
    } finally {
      workspace.close()
    }
    expect(() => emendAtTheShell('library', 'verify', '--library', scratch.library)).not.toThrow()
  })
})
