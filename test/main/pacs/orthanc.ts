import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'

/** A real image archive for tests: Orthanc with its DICOMweb plugin, as Debian packs them. */

const PROGRAM = '/usr/sbin/Orthanc'
const PLUGINS = ['/usr/share/orthanc/plugins/libOrthancDicomWeb.so', '/usr/lib/orthanc/libOrthancDicomWeb.so']

const plugin = PLUGINS.find((path) => existsSync(path))

export const hasOrthanc = existsSync(PROGRAM) && plugin !== undefined

export interface Orthanc {
  /** Of its DICOMweb service. */
  readonly url: string
  readonly dicomPort: number
  stop(): Promise<void>
}

export async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  if (address === null || typeof address === 'string') throw new Error('no port')
  return address.port
}

/** Starts one of its own on loopback, with empty storage in a temporary folder. @param users password by user name */
export async function startOrthanc(
  options: {
    users?: Readonly<Record<string, string>>
    peers?: Readonly<Record<string, [string, string, number]>>
  } = {},
): Promise<Orthanc> {
  const folder = mkdtempSync(join(tmpdir(), 'emend-orthanc-'))
  const [httpPort, dicomPort] = [await freePort(), await freePort()]
  const configuration = {
    Name: 'Emend test',
    StorageDirectory: folder,
    IndexDirectory: folder,
    HttpPort: httpPort,
    HttpBindAddresses: ['127.0.0.1'],
    RemoteAccessAllowed: false,
    AuthenticationEnabled: options.users !== undefined,
    RegisteredUsers: options.users ?? {},
    DicomAet: 'ORTHANC',
    DicomPort: dicomPort,
    DicomModalities: options.peers ?? {},
    DicomAlwaysAllowGet: true,
    DicomAlwaysAllowMove: true,
    DicomAlwaysAllowFind: true,
    StableAge: 1,
    Plugins: [plugin],
    DicomWeb: { Enable: true, Root: '/dicom-web/' },
  }
  const file = join(folder, 'orthanc.json')
  writeFileSync(file, JSON.stringify(configuration))
  const child = spawn(PROGRAM, [file], { stdio: ['ignore', 'pipe', 'pipe'] })
  let log = ''
  child.stdout.on('data', (text) => (log += text))
  child.stderr.on('data', (text) => (log += text))
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  const stop = async (): Promise<void> => {
    child.kill('SIGTERM')
    const late = setTimeout(() => child.kill('SIGKILL'), 10_000)
    await ended
    clearTimeout(late)
    rmSync(folder, { recursive: true, force: true })
  }
  const root = `http://127.0.0.1:${httpPort}`
  for (let tries = 0; !(await answers(`${root}/system`)); tries++) {
    if (tries > 300 || child.exitCode !== null) {
      await stop()
      throw new Error(`Orthanc does not start:\n${log}`)
    }
    await pause(100)
  }
  return { url: `${root}/dicom-web`, dicomPort, stop }
}

async function answers(url: string): Promise<boolean> {
  return fetch(url).then(
    async (response) => {
      await response.arrayBuffer()
      return response.status === 200 || response.status === 401
    },
    () => false,
  )
}
