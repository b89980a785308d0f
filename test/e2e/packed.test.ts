import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { lstatSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { chromium } from 'playwright-core'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { repositoryRoot } from '../../scripts/build'
import { isRoot, softwareGlSwitches } from '../../scripts/machine'
import { packApp } from '../../scripts/packApp'
import type { JobRequest, JobRow } from '../../src/shared/jobs'
import { encodeNifti } from '../../src/main/imaging/nifti'
import { openLibrary } from '../../src/main/library/library'
import { recordAudit } from '../../src/main/library/audit'
import { makeScratch } from './emend'
import type { Scratch } from './emend'
import { phantomOf } from './phantoms'

// electron-builder collects packages from a real node_modules only.
const borrowed = lstatSync(join(repositoryRoot, 'node_modules')).isSymbolicLink()

/**
 * The app as it is shipped. Its fuses keep Node's inspector off, so it is driven through Chromium's port alone.
 */
describe.skipIf(borrowed)('the packed app', () => {
  let scratch: Scratch
  let app: ChildProcess
  let page: Page
  let disconnect: () => Promise<void>

  beforeAll(async () => {
    scratch = await makeScratch()
    const library = openLibrary(scratch.library)
    recordAudit(library, 'sample', 'sample study', 'not in this test')
    library.close()
    const executable = await packApp(join(scratch.folder, 'packed'), () => undefined)
    const profile = `--user-data-dir=${join(scratch.folder, 'profile')}`
    const switches = [...(isRoot() ? ['--no-sandbox'] : []), ...softwareGlSwitches, profile]
    app = spawn(executable, [...switches, '--remote-debugging-port=0', '--library', scratch.library])
    const browser = await chromium.connectOverCDP(await debuggerAddress(app))
    disconnect = () => browser.close()
    // Chromium answers before the app has opened its window.
    const context = browser.contexts()[0]!
    page = context.pages()[0] ?? (await context.waitForEvent('page', { timeout: 60_000 }))
    await page.waitForLoadState('load')
  })
  afterAll(async () => {
    await disconnect?.()
    if (app && app.exitCode === null) {
      const ended = new Promise((settle) => app.once('exit', settle))
      app.kill('SIGKILL')
      await ended
    }
    await scratch?.remove()
  })

  it('opens its window', async () => {
    expect(page.url()).toMatch(/^emend:\/\/app\//)
    await page.getByTestId('place-worklist').waitFor()
  })

  it('imports and segments, its native parts outside the archive', async () => {
    const path = join(scratch.folder, 'phantom.nii')
    await writeFile(path, encodeNifti(phantomOf('coarse').image))
    const imported = await work(page, { kind: 'import', paths: [path] })
    expect(imported.state, imported.outcome ?? '').toBe('done')
    const [{ id: caseId }] = await page.evaluate(() => window.emend.listCases())
    const segmented = await work(page, { kind: 'segment', caseId })
    expect(segmented.state, segmented.outcome ?? '').toBe('done')
    const { row } = await page.evaluate((id) => window.emend.caseDetail({ caseId: id }), caseId)
    expect(row.revision).not.toBeNull()
    expect(row.model).not.toBeNull()
  })
})

/** The address that Chromium prints when its debugging port is open. */
function debuggerAddress(app: ChildProcess): Promise<string> {
  return new Promise((settle, fail) => {
    let said = ''
    app.stderr?.on('data', (bytes: Buffer) => {
      said += bytes.toString('utf8')
      const address = /DevTools listening on (ws:\S+)/.exec(said)?.[1]
      if (address) settle(address)
    })
    app.once('exit', (code) => fail(new Error(`the packed app ended with ${code}: ${said}`)))
  })
}

/** Runs a job through the window's own verbs, to its end. */
function work(page: Page, request: JobRequest): Promise<JobRow> {
  return page.evaluate(async (asked) => {
    const { id } = await window.emend.startJob(asked)
    for (;;) {
      const row = (await window.emend.listJobs()).find((job) => job.id === id)
      if (row && row.state !== 'queued' && row.state !== 'running') return row
      await new Promise((settle) => setTimeout(settle, 200))
    }
  }, request)
}
