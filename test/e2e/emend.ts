import { mkdirSync, writeFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { _electron } from 'playwright-core'
import type { ElectronApplication, Page } from 'playwright-core'
import { repositoryRoot } from '../../scripts/build'
import { findElectron } from '../../scripts/electronRuntime'
import { isRoot, softwareGlSwitches } from '../../scripts/machine'
import { controlsOf } from './controls'

/** Where a test's library and Chromium's profile lie. */
export interface Scratch {
  readonly folder: string
  readonly library: string
  remove(): Promise<void>
}

/** Emend as a test sees it: the real Electron, the built app, a library of its own. */
export interface Emend {
  readonly app: ElectronApplication
  readonly page: Page
  /** Everything that page and main process complained about. */
  readonly complaints: string[]
  /** Keeps a picture of the window in test/artefacts. */
  picture(name: string): Promise<void>
  /** The same of the window scaled as it is; the page's own pictures do not know of the scale. */
  wholePicture(name: string): Promise<void>
  /** Opens a case from the worklist, the first where no title is named, and waits until it is shown. */
  openCase(title?: string): Promise<void>
  /** Answers the system's dialogs from now on: what a person would choose there. */
  chooses(path: string): Promise<void>
  /** Controls that assistive technology has no name for. */
  unnamed(): Promise<unknown[]>
  /** Ends the main process as a power cut would. */
  kill(): Promise<void>
  close(): Promise<void>
}

export async function makeScratch(): Promise<Scratch> {
  const folder = await mkdtemp(join(tmpdir(), 'emend-e2e-'))
  return {
    folder,
    library: join(folder, 'library'),
    // A killed Electron's helpers may write for another moment.
    remove: () => rm(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 }),
  }
}

/**
 * Starts Emend on a scratch folder, with the library that was chosen last where none is named; `executable` is a packed
 * app's, else the unpacked tree is started.
 */
export async function startEmend(
  scratch: { readonly folder: string; readonly library: string | null },
  executable?: string,
): Promise<Emend> {
  const runtime = executable ?? (await findElectron(() => undefined)).executable
  const app = await _electron.launch({
    executablePath: runtime,
    args: [
      ...(isRoot() ? ['--no-sandbox'] : []),
      ...softwareGlSwitches,
      `--user-data-dir=${join(scratch.folder, 'profile')}`,
      ...(executable ? [] : [repositoryRoot]),
      ...(scratch.library === null ? [] : ['--library', scratch.library]),
    ],
    // What belongs to the user (archives, settings) is a scratch one too.
    env: { ...process.env, XDG_CONFIG_HOME: join(scratch.folder, 'config') },
    timeout: 120_000,
  })
  const complaints: string[] = []
  app.process().stderr?.on('data', (bytes: Buffer) => {
    for (const line of bytes.toString('utf8').split('\n')) if (isOurs(line)) complaints.push(line)
  })
  const page = await app.firstWindow({ timeout: 120_000 }).catch((error: Error) => {
    throw new Error(`${error.message}\n${complaints.join('\n')}`, { cause: error })
  })
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(message.text())
  })
  page.on('pageerror', (error) => complaints.push(error.message))
  await page.waitForLoadState('load')
  return {
    app,
    page,
    complaints,
    async picture(name) {
      const folder = join(repositoryRoot, 'test/artefacts')
      mkdirSync(folder, { recursive: true })
      await page.screenshot({ path: join(folder, `${name}.png`), timeout: 120_000 })
    },
    async wholePicture(name) {
      const png = await app.evaluate(async ({ BrowserWindow }) => {
        const picture = await BrowserWindow.getAllWindows()[0].webContents.capturePage()
        return picture.toPNG().toString('base64')
      })
      writeFileSync(join(repositoryRoot, `test/artefacts/${name}.png`), Buffer.from(png, 'base64'))
    },
    async openCase(title) {
      await page.getByTestId('place-worklist').click()
      const row = page.getByTestId('case-row').filter({ hasText: title })
      await row.getByTestId('open-case').first().click()
      await page.getByTestId('viewer-canvas').and(page.locator('[data-ready="true"]')).waitFor({ timeout: 120_000 })
    },
    async chooses(path) {
      await app.evaluate(({ dialog }, filePath) => {
        dialog.showSaveDialog = () => Promise.resolve({ canceled: false, filePath })
        dialog.showOpenDialog = () => Promise.resolve({ canceled: false, filePaths: [filePath] })
      }, path)
    },
    async unnamed() {
      return (await controlsOf(page)).filter(({ name, role }) => name === '' && role !== 'dialog')
    },
    async kill() {
      const ended = new Promise((settle) => app.process().once('exit', settle))
      app.process().kill('SIGKILL')
      await ended
    },
    close: () => app.close(),
  }
}

/** Chromium's own log lines speak of buses and GPUs that a test machine lacks; the rest is ours. */
function isOurs(line: string): boolean {
  return line.trim() !== '' && !/^\[\d+:\d+\/|^(Debugger|For help|Waiting for|DevTools)/.test(line.trim())
}
