import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { existsSync, readFileSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Readable } from 'node:stream'
import { EmendError } from '../src/shared/errors'

/** What Electron needs of a Linux machine beyond itself: shared libraries, a display, a way to sandbox. */

/** Debian's packages that bring, with what they depend on, every library that Electron links to. */
const debianLibraries = [
  'libgtk-3-0',
  'libnss3',
  'libasound2',
  'libgbm1',
  'libxss1',
  'libatk-bridge2.0-0',
  'libxkbcommon0',
  'libcups2',
]
const debianDisplay = ['xvfb', 'xauth']

export function isRoot(): boolean {
  return process.getuid?.() === 0
}

export function hasDisplay(): boolean {
  return process.platform !== 'linux' || Boolean(process.env.DISPLAY || process.env.WAYLAND_DISPLAY)
}

/** Sonames that the executable links to and the loader does not find. */
export function missingLibraries(executable: string): string[] {
  if (process.platform !== 'linux') return []
  const listing = spawnSync('ldd', [executable], { encoding: 'utf8' }).stdout ?? ''
  return [...listing.matchAll(/^\s*(\S+) => not found/gm)].map((match) => match[1]!)
}

/** Throws, with the command to type, where the executable cannot be loaded for want of libraries. */
export function requireLibraries(executable: string): void {
  const missing = missingLibraries(executable)
  if (missing.length === 0) return
  throw new EmendError(`Electron cannot start, shared libraries are missing: ${missing.join(', ')}`, {
    hint: `install them: ${installCommand(debianLibraries)}`,
  })
}

function installCommand(packages: string[]): string {
  const sudo = isRoot() ? '' : 'sudo '
  if (isDebian()) return `${sudo}apt-get install -y ${packages.map(debianName).join(' ')}`
  return `${sudo}dnf install -y gtk3 nss alsa-lib mesa-libgbm libXScrnSaver at-spi2-atk libxkbcommon cups-libs xorg-x11-server-Xvfb (Fedora), or their like`
}

function isDebian(): boolean {
  return spawnSync('apt-get', ['--version'], { stdio: 'ignore' }).status === 0
}

/** Debian 13 and Ubuntu 24.04 renamed libraries in the move to 64-bit time. */
function debianName(name: string): string {
  const known = spawnSync('apt-cache', ['show', `${name}t64`], { stdio: 'ignore' }).status === 0
  return known ? `${name}t64` : name
}

/** For tests: on Debian as root installs what is missing to run Electron under Xvfb; anywhere else says what is missing. */
export function provideLibraries(executable: string, say: (line: string) => void): void {
  const wanted: string[] = []
  if (missingLibraries(executable).length > 0) wanted.push(...debianLibraries)
  if (!hasDisplay() && !hasXvfb()) wanted.push(...debianDisplay)
  if (wanted.length > 0 && isRoot() && isDebian()) {
    say(`installing ${wanted.join(' ')}`)
    try {
      execFileSync('apt-get', ['update', '-qq'], { stdio: ['ignore', 'ignore', 'pipe'] })
      const packages = wanted.map(debianName)
      const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
      execFileSync('apt-get', ['install', '-y', '-qq', '--no-install-recommends', ...packages], {
        stdio: ['ignore', 'ignore', 'pipe'],
        env,
      })
    } catch (error) {
      throw new EmendError('could not install what Electron needs', { hint: installCommand(wanted), cause: error })
    }
  }
  requireLibraries(executable)
  if (!hasDisplay() && !hasXvfb()) {
    throw new EmendError('there is no display and no Xvfb to make one', { hint: installCommand(debianDisplay) })
  }
}

function hasXvfb(): boolean {
  return spawnSync('which', ['Xvfb'], { stdio: 'ignore' }).status === 0
}

/** A display of its own for tests; `stop` takes it down. */
export interface VirtualDisplay {
  readonly name: string
  stop(): void
}

/** Starts Xvfb on a number that it chooses itself. */
export async function startVirtualDisplay(): Promise<VirtualDisplay> {
  const server = spawn('Xvfb', ['-displayfd', '3', '-screen', '0', '1680x1050x24', '-nolisten', 'tcp'], {
    stdio: ['ignore', 'ignore', 'ignore', 'pipe'],
  })
  const number = await new Promise<string>((settle, fail) => {
    ;(server.stdio[3] as Readable).once('data', (bytes: Buffer) => settle(bytes.toString('utf8').trim()))
    server.once('error', fail)
    server.once('exit', (code) => fail(new EmendError(`Xvfb ended with ${code}`)))
  })
  const stop = (): void => void server.kill()
  process.once('exit', stop)
  return { name: `:${number}`, stop }
}

/**
 * Switches that this machine needs. Only root on Linux runs without the sandbox, because Chromium refuses to sandbox root;
 * everyone else keeps it, and where the machine forbids sandboxes an error says how to allow them.
 */
export function sandboxSwitches(executable: string, say: (line: string) => void): string[] {
  if (process.platform !== 'linux') return []
  if (isRoot()) {
    say('running as root: Electron starts without its sandbox (--no-sandbox). Use an ordinary account for real work')
    return ['--no-sandbox']
  }
  if (!hasSetuidHelper(executable) && !allowsUserNamespaces()) {
    const helper = join(dirname(executable), 'chrome-sandbox')
    throw new EmendError('this machine does not let Electron make its sandbox', {
      hint: `allow its helper: sudo chown root:root ${helper} && sudo chmod 4755 ${helper}`,
    })
  }
  return []
}

function hasSetuidHelper(executable: string): boolean {
  try {
    const { uid, mode } = statSync(join(dirname(executable), 'chrome-sandbox'))
    return uid === 0 && (mode & 0o4000) !== 0
  } catch {
    return false
  }
}

function allowsUserNamespaces(): boolean {
  const settings = {
    '/proc/sys/kernel/apparmor_restrict_unprivileged_userns': '1',
    '/proc/sys/kernel/unprivileged_userns_clone': '0',
    '/proc/sys/user/max_user_namespaces': '0',
  }
  return Object.entries(settings).every(([path, forbidding]) => {
    try {
      return readFileSync(path, 'utf8').trim() !== forbidding
    } catch {
      return true
    }
  })
}

/**
 * Where no GPU is to be seen, WebGL runs in software, and Chromium wants to be asked for that by the first three
 * switches. It then takes this for a graphics card and puts the window together on it, too, which is slower than without.
 */
export const softwareGlSwitches = [
  '--use-gl=angle',
  '--use-angle=swiftshader',
  '--enable-unsafe-swiftshader',
  '--disable-gpu-compositing',
]

export function drawingSwitches(say: (line: string) => void): string[] {
  if (process.platform !== 'linux' || existsSync('/dev/dri')) return []
  say('no GPU found: pictures are drawn in software, slowly')
  return softwareGlSwitches
}
