import { mkdir, readFile } from 'node:fs/promises'
import { arch, homedir, hostname, platform, release } from 'node:os'
import { dirname, join } from 'node:path'
import * as v from 'valibot'
import { oneLine } from '../../shared/errors'
import { candidateDevices, type DeviceReport } from '../graph/devices'
import { writeFileAtomic } from '../imaging/atomicFile'
import type { Launch } from './launcher'
import { FromJobProcess, ProbedDevice, type ToJobProcess } from './messages'

/** A driver that hangs counts as one that does not work. */
const PROBE_TIMEOUT_MS = 120_000

const Remembered = v.strictObject({ machine: v.string(), devices: v.array(ProbedDevice) })

/** Where it is remembered what a probe found of this machine's devices. */
export const deviceFile = (): string =>
  join(process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'emend', 'devices.json')

/**
 * What works on this machine: remembered in `file` from an earlier probe of the same machine and system, else found
 * out now, device by device, each in a process of its own.
 */
export async function knownDevices(launch: Launch, file: string): Promise<DeviceReport[]> {
  const machine = [hostname(), platform(), arch(), release()].join(' ')
  const remembered = await recall(file)
  if (remembered?.machine === machine) return remembered.devices
  const devices: DeviceReport[] = []
  // One after the other, so that their speeds can be compared.
  for (const device of candidateDevices(process.platform)) devices.push(await probe(launch, device))
  await remember(file, { machine, devices })
  return devices
}

/** What cannot be kept is found out again by the next process. */
async function remember(file: string, found: v.InferOutput<typeof Remembered>): Promise<void> {
  try {
    await mkdir(dirname(file), { recursive: true })
    await writeFileAtomic(file, JSON.stringify(found, null, 2))
  } catch (error) {
    console.error(`what works on this machine is not remembered: ${oneLine(error)}`)
  }
}

async function recall(file: string): Promise<v.InferOutput<typeof Remembered> | null> {
  try {
    return v.parse(Remembered, JSON.parse(await readFile(file, 'utf8')))
  } catch {
    return null
  }
}

/** Probes one device in a fresh process; a process that dies or hangs is a device that does not work. */
export function probe(
  launch: Launch,
  device: DeviceReport['device'],
  timeoutMs = PROBE_TIMEOUT_MS,
): Promise<DeviceReport> {
  return new Promise((resolve) => {
    const process = launch({ quiet: true })
    const settle = (report: DeviceReport): void => {
      clearTimeout(timer)
      resolve(report)
      process.kill()
    }
    const fail = (reason: string): void => settle({ device, works: false, reason, msPerStep: null })
    const timer = setTimeout(() => fail('it did not answer'), timeoutMs)
    process.onExit((code) => fail(`its driver ended the process (${code === null ? 'killed' : `code ${code}`})`))
    process.onMessage((raw) => {
      const message = v.parse(FromJobProcess, raw)
      if (message.type === 'probed') settle(message.report)
    })
    process.send({ type: 'probe', device } satisfies ToJobProcess)
  })
}
