import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { repositoryRoot } from '../../scripts/build'
import { CONTENT_POLICY } from '../../src/main/door/appFiles'
import { addCase } from '../../src/main/library/cases'
import { newCase } from '../main/library/samples'
import { makeScratch, startEmend } from './emend'
import type { Emend, Scratch } from './emend'
import { inLibrary } from './library'

/** Electron's own checklist, held against the running window. */
describe('the window', () => {
  let scratch: Scratch
  let emend: Emend

  beforeAll(async () => {
    scratch = await makeScratch()
    await inLibrary(scratch, (library) => addCase(library, newCase()))
    emend = await startEmend(scratch)
  })
  afterAll(async () => {
    await emend?.close()
    await scratch?.remove()
  })

  it("shows the app's own page under its own scheme", () => {
    expect(emend.page.url()).toMatch(/^emend:\/\/app\/index\.html/)
  })

  it('has no Node, and of the preload only named verbs', async () => {
    const seen = await emend.page.evaluate(() => ({
      node: ['require', 'process', 'module', 'Buffer', 'global'].filter((name) => name in globalThis),
      verbs: Object.keys(window.emend).sort(),
    }))
    expect(seen.node).toEqual([])
    expect(seen.verbs).toEqual([
      'addModel',
      'addNote',
      'addStructure',
      'appInfo',
      'arbitrate',
      'askSecondReading',
      'assignSchema',
      'auditNames',
      'auditPage',
      'backUpLibrary',
      'cancelJob',
      'caseDetail',
      'caseHistory',
      'caseRows',
      'changeSettings',
      'checkAudit',
      'chooseCases',
      'compareReadings',
      'emptyTrash',
      'exportAudit',
      'exportLabels',
      'exportSet',
      'exportStatistics',
      'fetchSeries',
      'importSet',
      'intake',
      'keepReading',
      'learningPlan',
      'libraryState',
      'listCases',
      'listJobs',
      'listModels',
      'listSeries',
      'listServers',
      'makeSchema',
      'margins',
      'members',
      'modelCard',
      'moveLibrary',
      'nextCase',
      'notes',
      'on',
      'openLibrary',
      'pathOf',
      'reading',
      'rejectReasons',
      'rejectStructure',
      'relatedCases',
      'rememberSettings',
      'removal',
      'removeCase',
      'removeServer',
      'removedCases',
      'reopenCase',
      'repairLibrary',
      'restoreCase',
      'retryIntake',
      'reveal',
      'rollBackModel',
      'runCurves',
      'saveServer',
      'schemas',
      'searchArchive',
      'sendLabels',
      'setLooks',
      'setMargin',
      'setMember',
      'setStatus',
      'settings',
      'startJob',
      'statistics',
      'stopMoving',
      'stopWatching',
      'teach',
      'testServer',
      'trainingExample',
      'trashContents',
      'turnRolesOff',
      'useModel',
      'useSchema',
      'userSettings',
      'verifyLibrary',
      'watchFolder',
    ])
  })

  it('isolates the preload and sandboxes the page', async () => {
    const preferences = await emend.app.evaluate(({ BrowserWindow }) => {
      const contents = BrowserWindow.getAllWindows()[0]!.webContents as unknown as {
        getLastWebPreferences(): Record<string, unknown>
      }
      const { contextIsolation, sandbox, nodeIntegration, webviewTag, webSecurity } = contents.getLastWebPreferences()
      return { contextIsolation, sandbox, nodeIntegration, webviewTag, webSecurity }
    })
    expect(preferences).toEqual({
      contextIsolation: true,
      sandbox: true,
      nodeIntegration: false,
      webviewTag: false,
      webSecurity: true,
    })
  })

  it('is served with the content policy, and the policy bites', async () => {
    const policy = await emend.page.evaluate(async () => {
      const response = await fetch('emend://app/index.html')
      return response.headers.get('Content-Security-Policy')
    })
    expect(policy).toBe(CONTENT_POLICY)
    const broken = await emend.page.evaluate(async () => {
      const directives: string[] = []
      document.addEventListener('securitypolicyviolation', (event) => directives.push(event.effectiveDirective))
      const inline = document.createElement('script')
      inline.textContent = 'document.title = "inline script ran"'
      const remote = document.createElement('img')
      remote.src = 'https://example.com/pixel.png'
      document.body.append(inline, remote)
      await fetch('https://example.com').catch(() => undefined)
      await new Promise((settle) => setTimeout(settle, 300))
      inline.remove()
      remote.remove()
      return { directives: directives.sort(), title: document.title }
    })
    expect(broken.directives).toEqual(['connect-src', 'img-src', 'script-src-elem'])
    expect(broken.title).not.toContain('ran')
    await expect(emend.page.evaluate(() => fetch('file:///etc/passwd'))).rejects.toThrow()
  })

  it('navigates nowhere and opens no other window', async () => {
    const before = emend.page.url()
    await emend.page.evaluate(() => {
      location.href = 'https://example.com/'
    })
    expect(await emend.page.evaluate(() => window.open('https://example.com/') === null)).toBe(true)
    expect(await emend.page.evaluate(() => window.open('emend://app/index.html') === null)).toBe(true)
    await emend.page.waitForTimeout(500)
    expect(emend.page.url()).toBe(before)
    expect(emend.app.windows()).toHaveLength(1)
  })

  it('gets no permission', async () => {
    const denied = await emend.page.evaluate(async () => {
      const names = ['geolocation', 'notifications', 'camera', 'microphone', 'clipboard-read']
      const states = await Promise.all(
        names.map(async (name) => (await navigator.permissions.query({ name: name as PermissionName })).state),
      )
      const media = await navigator.mediaDevices.getUserMedia({ video: true }).then(
        () => 'granted',
        () => 'denied',
      )
      return [...states, media]
    })
    expect(new Set(denied)).toEqual(new Set(['denied']))
  })

  it('reads its own files and no others', async () => {
    const statuses = await emend.page.evaluate(async () => {
      const paths = ['index.html', '..%2fmain%2findex.js', '..%2f..%2fpackage.json', 'missing.js']
      return Promise.all(paths.map(async (path) => (await fetch(`emend://app/${path}`)).status))
    })
    expect(statuses).toEqual([200, 404, 404, 404])
  })

  it('asks the library across origins; what is not there is told, not guessed', async () => {
    const answer = await emend.page.evaluate(async () => {
      const response = await fetch('emend://library/cases/nothing-here/image')
      return { status: response.status, text: await response.text() }
    })
    expect(answer.status).toBe(409)
    expect(answer.text).toContain('nothing-here')
  })

  it('is refused where a foreign page speaks through the same preload', async () => {
    // The second page is ours, but lies in a window that Emend did not open.
    const packed = await emend.page.evaluate(async () => {
      const [{ id }] = await window.emend.listCases()
      const address = `emend-packed://library/cases/${id}/image`
      return { address, status: (await fetch(address)).status }
    })
    expect(packed.status).toBe(200)
    for (const url of ['data:text/html,<p>foreign</p>', 'emend://app/index.html']) {
      const replies = await emend.app.evaluate(
        async ({ BrowserWindow }, [address, preload, file]) => {
          const foreign = new BrowserWindow({ show: false, webPreferences: { preload, sandbox: true } })
          await foreign.loadURL(address)
          const replies: unknown = await foreign.webContents.executeJavaScript(`Promise.all([
          window.emend.listCases().then(() => 'answered', (error) => error.message),
          fetch('emend://library/cases/nothing-here/image').then((response) => response.text(), () => 'no voxels'),
          fetch('${file}').then((response) => response.status, () => 'no file'),
        ])`)
          foreign.destroy()
          return replies
        },
        [url, join(repositoryRoot, 'out/preload/index.cjs'), packed.address] as const,
      )
      expect(replies).toEqual([expect.stringContaining('refused'), 'no voxels', 'no file'])
    }
  })

  it('answers bad input with one line and keeps standing', async () => {
    const message = await emend.page.evaluate(() =>
      window.emend.caseDetail({ caseId: 7 } as unknown as { caseId: string }).then(
        () => 'answered',
        (error: Error) => error.message,
      ),
    )
    expect(message).toContain('bad request cases:detail')
    expect((await emend.page.evaluate(() => window.emend.appInfo())).libraryPath).toBe(scratch.library)
  })
})
