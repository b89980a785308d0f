import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Locator } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { repositoryRoot } from '../../scripts/build'
import { writeDicomSeries } from '../../src/main/imaging/dicom/ctSeries'
import { saveNifti } from '../../src/main/imaging/nifti'
import { recordAudit } from '../../src/main/library/audit'
import { addCase, getCase } from '../../src/main/library/cases'
import type { Library } from '../../src/main/library/library'
import { addNote, rejectStructure } from '../../src/main/library/notes'
import { setStatus } from '../../src/main/library/reviews'
import { addRevision } from '../../src/main/library/revisions'
import { askSecondReading } from '../../src/main/library/secondReading'
import { sections } from '../../src/renderer/site/siteView'
import { reviewStatuses } from '../../src/shared/labels/status'
import { commonRejectReasons } from '../../src/shared/review'
import { seededRandom } from '../../src/shared/random'
import { newCase, smallCt, smallLabels } from '../main/library/samples'
import { faultsOf } from './controls'
import { makeScratch, startEmend } from './emend'
import type { Emend, Scratch } from './emend'
import { inLibrary } from './library'

/** What those who answer for a site do: look at the figures and the audit, give roles. */
describe('a department', () => {
  let scratch: Scratch
  let emend: Emend

  const the = (testid: string): Locator => emend.page.getByTestId(testid)
  const patience = { timeout: 60_000 }

  /** Three versions of a model, better from one to the next, read by three readers. */
  async function readCases(library: Library): Promise<void> {
    const random = seededRandom(11)
    const reasons = [...commonRejectReasons.slice(0, 3), 'the fundus of the stomach, with all that it holds, is taken for the spleen'] // prettier-ignore
    for (let n = 0; n < 15; n++) {
      const version = 1 + Math.floor(n / 5)
      const { id } = await addCase(library, newCase(n + 1, `Abdomen, portal venous ${n + 1}`))
      const add = (user: string, origin: 'model' | 'reader', rest = {}): Promise<unknown> => {
        const parent = getCase(library, id).revision
        const revision = { caseId: id, parent, origin, model: `abdomen@${version}`, statuses: {}, edited: [] }
        return addRevision({ ...library, user }, { ...revision, labels: smallLabels(), ...rest })
      }
      await add('anna', 'model')
      const reader = ['anna', 'bert', 'clara'][n % 3]
      for (const structure of ['liver', 'spleen', 'pancreas', 'aorta']) {
        const status = random.next() < 0.2 + 0.2 * version ? 'accepted' : reviewStatuses[1 + random.int(4)]
        if (status === 'rejected') rejectStructure({ ...library, user: reader }, id, structure, reasons[n % 4])
        else if (status !== 'corrected') setStatus({ ...library, user: reader }, id, structure, status)
        else {
          const effort = { structure, voxels: random.int(9000 / version), seconds: 20 + random.int(200), dsc: 0.6 + 0.1 * version } // prettier-ignore
          const statuses = { ...getCase(library, id).statuses, [structure]: status }
          await add(reader, 'reader', { statuses, efforts: [effort] })
        }
      }
    }
  }

  /** Read by clara; the window's user may read it again, and must not see how she did. */
  async function askForSecond(library: Library): Promise<void> {
    const clara = { ...library, user: 'clara' }
    const { id } = await addCase(library, newCase(16, 'To be read again'))
    const parts = { caseId: id, parent: null, statuses: {}, edited: [], labels: smallLabels({ 3: 1 }) }
    await addRevision(library, { ...parts, origin: 'model', model: 'abdomen@3' })
    recordAudit(clara, 'view', id, 'opened')
    setStatus(clara, id, 'liver', 'accepted')
    addNote(clara, id, { kind: 'comment', text: 'its left lobe is small' })
    await askSecondReading(library, id, 'teaching')
  }

  beforeAll(async () => {
    scratch = await makeScratch()
    const fill = async (library: Library): Promise<void> => {
      await readCases(library)
      await askForSecond(library)
      library.database.transaction(() => {
        for (let n = 0; n < 4000; n++) recordAudit(library, 'view', `case ${n}`, 'opened')
      })
    }
    await inLibrary(scratch, fill, 'anna')
    emend = await startEmend(scratch)
    await the('case-row').first().waitFor(patience)
  })
  afterAll(async () => {
    await emend?.close()
    await scratch?.remove()
  })

  it('has a folder watched, and goes on with other things', async () => {
    const folder = join(scratch.folder, 'from the scanner')
    mkdirSync(folder)
    await saveNifti(join(folder, 'abdomen.nii.gz'), smallCt(101))
    await saveNifti(join(folder, 'known already.nii.gz'), smallCt(1))
    await writeDicomSeries(join(folder, 'series 7'), smallCt(102), { seriesDescription: 'From the scanner' })
    writeFileSync(join(folder, 'letter.txt'), 'Dear colleague')
    await emend.page.keyboard.press('Alt+D')
    await emend.page.getByText('No folder is watched').waitFor(patience)
    await emend.picture('department-intake-off')
    await emend.chooses(folder)
    await the('watch-folder').click()
    await the('intake').getByText('from the scanner').waitFor(patience)
    expect(await faultsOf(emend.page, 24)).toEqual([])
  })

  it('sees what readers did and how its models fare, and takes that along as a table', async () => {
    await emend.page.keyboard.press('Alt+T')
    await the('reader-row').first().waitFor(patience)
    expect(await the('reader-row').count()).toBe(3)
    expect(await the('trend').count()).toBe(3)
    await the('reader-row').first().getByRole('button').click()
    await emend.picture('department-statistics')
    const newest = the('model-work').first()
    await newest.getByRole('button').click()
    const why = the('statistics').getByLabel('Models').getByTestId('reject-reasons')
    await why.first().waitFor(patience)
    expect(await why.first().innerText()).toMatch(/\d (another structure|runs into a neighbour|the fundus)/)
    await why.last().scrollIntoViewIfNeeded()
    await emend.picture('department-reject-reasons')
    expect(await faultsOf(emend.page, 24)).toEqual([])
    expect(await emend.unnamed()).toEqual([])
    const path = join(scratch.folder, 'statistics.csv')
    await emend.chooses(path)
    await the('export-statistics').click()
    await emend.page.getByText('Exported to').waitFor(patience)
    expect(readFileSync(path, 'utf8')).toMatch(/^of,name,structure,.*\r\nreader,anna,all,5,/)
    await the('period-week').click()
    await expect.poll(() => the('reader-row').count(), patience).toBe(3)
  })

  it('looks through the audit, and checks its chain', async () => {
    await the('site-audit').click()
    await the('audit-entry').first().waitFor(patience)
    const total = parseInt((await the('audit-total').innerText()).replace(',', ''))
    expect(total).toBeGreaterThan(4000)
    expect(await the('audit-entry').count()).toBeLessThan(80)
    await the('check-audit').click()
    await the('chain-answer').getByText('Intact').waitFor(patience)
    await emend.picture('department-audit')
    expect(await faultsOf(emend.page, 24)).toEqual([])
    expect(await emend.unnamed()).toEqual([])
    const times = await emend.page.evaluate(async () => {
      const frame = document.querySelector<HTMLElement>('[data-testid="audit-list"]')!
      const taken: number[] = []
      for (let step = 1; step <= 40; step++) {
        await new Promise(requestAnimationFrame)
        const started = performance.now()
        frame.scrollTop = (step / 40) * (frame.scrollHeight - frame.clientHeight)
        frame.dispatchEvent(new Event('scroll'))
        await Promise.resolve()
        void frame.scrollHeight
        taken.push(performance.now() - started)
      }
      return taken.sort((a, b) => a - b)
    })
    console.log(`a step through ${total} entries: median ${times[20].toFixed(1)} ms, most ${times[39].toFixed(1)} ms`)
    await emend.page.getByText('not in this test').waitFor(patience)
    await the('audit-who').click()
    await emend.page.getByRole('menuitemradio', { name: 'clara' }).click()
    await expect.poll(async () => parseInt(await the('audit-total').innerText()), patience).toBeLessThan(100)
    await the('audit-subject').fill('venous 15')
    await expect.poll(() => the('audit-entry').count(), patience).toBeLessThan(8)
    await emend.picture('department-audit-filtered')
    const path = join(scratch.folder, 'audit.csv')
    await emend.chooses(path)
    await the('export-audit').click()
    await expect.poll(() => existsSync(path), patience).toBe(true)
    expect(readFileSync(path, 'utf8').split('\r\n')[1]).toContain(',clara,')
    await the('audit-outcome').fill('nothing of the kind')
    await emend.page.getByText('No entry fits').waitFor(patience)
  })

  it('is told that what tells of a first reading is held back', async () => {
    await the('audit-held-back')
      .filter({ hasText: /\d+ entries are held back/ })
      .waitFor(patience)
    await the('audit-outcome').fill('')
    await the('audit-who').click()
    await emend.page.getByRole('menuitemradio', { name: 'Anybody' }).click()
    await the('audit-subject').fill('read again')
    // How the case came in and what the model drew are all that is left.
    const withoutClara = async (): Promise<boolean> => {
      const rows = await the('audit-entry').allInnerTexts()
      return rows.length > 0 && rows.length < 8 && rows.every((row) => !row.includes('clara'))
    }
    await expect.poll(withoutClara, patience).toBe(true)
    await emend.picture('department-audit-held-back')
    expect(await faultsOf(emend.page, 24)).toEqual([])
    await the('place-worklist').click()
    await the('case-row').filter({ hasText: 'To be read again' }).getByTestId('open-case').click()
    await the('viewer-canvas').waitFor(patience)
    await emend.page.keyboard.press('F6')
    await the('history-held-back')
      .getByText(/^\d+ lines are held back/)
      .waitFor(patience)
    await emend.picture('department-history-held-back')
    expect(await the('history-past').innerText()).not.toContain('clara')
    await emend.page.keyboard.press('Alt+T')
  })

  it('turns roles on, is refused where nobody would answer for them, and turns them off', async () => {
    await the('site-roles').click()
    await emend.page.getByText('Everybody may do everything').waitFor(patience)
    await emend.picture('department-roles-off')
    await the('roles-on').click()
    await the('member').waitFor(patience)
    await the('member-name').fill('bert')
    await the('roles').locator('form').getByRole('radio', { name: 'Arbiter' }).click()
    await the('member-add').click()
    await expect.poll(() => the('member').count(), patience).toBe(2)
    await the('member').filter({ hasText: '(you)' }).getByTestId('member-remove').click()
    await the('roles-refusal').getByText('there would be no administrator').waitFor(patience)
    await emend.picture('department-roles')
    expect(await faultsOf(emend.page, 24)).toEqual([])
    expect(await emend.unnamed()).toEqual([])
    await the('roles-off').click()
    await the('roles-off-confirm').click()
    await emend.page.getByText('Everybody may do everything').waitFor(patience)
  })

  it('finds what came by itself, and what could not be taken in', async () => {
    await emend.page.keyboard.press('Alt+D')
    await expect.poll(() => the('intake-counts').innerText(), patience).toContain('4 items dealt with · nothing waits')
    expect(await the('intake-fault').innerText()).toContain('letter.txt')
    await emend.picture('department-intake')
    expect(await faultsOf(emend.page, 24)).toEqual([])
    expect(await emend.unnamed()).toEqual([])
    await the('place-worklist').click()
    await emend.page.getByText('18 cases').waitFor(patience)
    expect(readdirSync(join(scratch.folder, 'from the scanner'))).toHaveLength(4)
  })

  it('deletes a case after asking once, and has it back', async () => {
    await the('worklist-search').fill('"venous 3"')
    await expect.poll(() => the('case-row').count(), patience).toBe(1)
    await the('talk-about').click()
    await the('remove-case').click()
    await the('remove-dialog').waitFor(patience)
    await emend.picture('department-delete')
    expect(await faultsOf(emend.page, 24)).toEqual([])
    await the('remove-confirm').click()
    await emend.page.getByText('17 cases').waitFor(patience)
    await emend.page.keyboard.press('F7')
    await the('site-trash').click()
    await the('removed-case').waitFor(patience)
    await emend.picture('department-deleted')
    expect(await faultsOf(emend.page, 24)).toEqual([])
    await the('restore-case').click()
    await emend.page.getByText('No case was deleted').waitFor(patience)
    await the('place-worklist').click()
    await emend.page.getByText('18 cases').waitFor(patience)
  })

  it('empties the trash after one question that says how much goes for good', async () => {
    await the('worklist-search').fill('"venous 3"')
    await expect.poll(() => the('case-row').count(), patience).toBe(1)
    await the('talk-about').click()
    await the('remove-case').click()
    await the('remove-confirm').click()
    await emend.page.getByText('17 cases').waitFor(patience)
    await emend.page.keyboard.press('F7')
    await the('site-trash').click()
    await the('empty-trash').click()
    await the('empty-dialog').getByText('1 deleted case, ').waitFor(patience)
    // What was deleted just now is not old.
    await the('empty-month').click()
    await the('empty-dialog').getByText('0 deleted cases').waitFor(patience)
    expect(await the('empty-confirm').isDisabled()).toBe(true)
    await the('empty-all').click()
    await the('empty-dialog').getByText('1 deleted case, ').waitFor(patience)
    await emend.picture('department-empty-trash')
    expect(await faultsOf(emend.page, 24)).toEqual([])
    expect(await emend.unnamed()).toEqual([])
    await the('empty-confirm').click()
    await emend.page.getByText('No case was deleted').waitFor(patience)
    await emend.page.getByText('1 case gone for good').waitFor(patience)
    expect(readdirSync(join(scratch.library, 'trash'))).toEqual([])
    await the('place-worklist').click()
  })

  it('adds a structure of its own to the schema, to be drawn', async () => {
    await the('open-case').first().click()
    await the('add-structure').waitFor(patience)
    await emend.page.keyboard.press('Alt+E')
    await the('structure-title').fill('Liver')
    await the('structure-add').click()
    await the('structure-obstacle').getByText('already').waitFor(patience)
    await the('structure-title').fill('Left psoas muscle')
    await the('structure-code').fill('818-x')
    expect(await the('structure-add').isDisabled()).toBe(true)
    await the('structure-code').fill('83510006')
    await emend.picture('department-add-structure')
    expect(await faultsOf(emend.page, 24)).toEqual([])
    expect(await emend.unnamed()).toEqual([])
    await the('structure-add').click()
    await the('add-structure-dialog').waitFor({ state: 'detached', ...patience })
    await emend.page.getByText('0 of 9 verified').waitFor(patience)
    await the('structure-row-left-psoas-muscle').waitFor(patience)
    await emend.picture('department-own-structure')
  })

  it('is readable at 200 % in a window of 1280 x 800', async () => {
    await emend.page.keyboard.press('F7')
    await emend.app.evaluate(({ BrowserWindow }) => {
      const [window] = BrowserWindow.getAllWindows()
      window.setMinimumSize(100, 100)
      window.setContentSize(1280, 800)
      window.webContents.setZoomFactor(2)
    })
    const faults: string[] = []
    for (const section of sections) {
      await the(`site-${section}`).click()
      await emend.page.waitForTimeout(500)
      await emend.wholePicture(`department-200-${section}`)
      faults.push(...(await faultsOf(emend.page, 28)).map((fault) => `${section}: ${fault}`))
    }
    expect(faults).toEqual([])
  })

  it('watches a folder from the shell, too', () => {
    const args = ['library', 'watch', join(scratch.folder, 'from the scanner'), '--once', '--settle', '0', '--json']
    const library = ['--library', join(scratch.folder, 'another library')]
    const text = execFileSync(process.execPath, [join(repositoryRoot, 'bin', 'emend.mjs'), ...args, ...library], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    })
    const { cases, faults } = JSON.parse(text) as { cases: unknown[]; faults: { name: string }[] }
    expect(cases).toHaveLength(3)
    expect(faults).toMatchObject([{ name: 'letter.txt' }])
  })

  it('complained about nothing', () => {
    expect(emend.complaints).toEqual([])
  })
})
