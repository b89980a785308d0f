import { existsSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { EmendError, oneLine } from '../../shared/errors'
import { deviceChoices, resolveDevice, type DeviceChoice, type DeviceReport } from '../graph/devices'
import type { Device } from '../graph/session'
import { forkLauncher } from '../jobs/launcher'
import { deviceFile, knownDevices } from '../jobs/probe'
import { table, type Terminal } from './terminal'
import { parseVerb, type Verb } from './verb'

/** What `--device` takes, 'auto' first. */
export const DEVICES = deviceChoices

export const devices: Verb = {
  summary: 'what networks can run on here, and how fast',
  usage: 'devices [--json]',
  help: `Runs a few training steps of a small network on every device that ONNX Runtime may have here, each in a
process of its own, and compares the result with the CPU's. What it finds is kept for --device auto.`,
  async run(args, terminal) {
    const { values } = parseVerb(args, { json: { type: 'boolean' } }, [])
    await rm(deviceFile(), { force: true })
    terminal.result(await findDevices(terminal), values.json, asText)
  },
}

/**
 * The device that a command asked for. 'auto' takes the fastest of those that work on this machine, which is found
 * out once and remembered. @throws EmendError where the device is known not to work here.
 */
export async function chooseDevice(choice: DeviceChoice, terminal: Terminal): Promise<Device> {
  if (choice === 'cpu') return choice
  try {
    return resolveDevice(choice, await findDevices(terminal))
  } catch (error) {
    throw new EmendError(oneLine(error), { hint: "'emend devices' tries them again", cause: error })
  }
}

async function findDevices(terminal: Terminal): Promise<readonly DeviceReport[]> {
  if (!existsSync(deviceFile())) terminal.note('trying out the devices of this machine, once')
  return knownDevices(forkLauncher(), deviceFile())
}

function asText(reports: readonly DeviceReport[]): string {
  return table(
    reports.map(({ device, works, reason, msPerStep }) => [
      device,
      works ? 'works' : 'does not work',
      works ? `${msPerStep?.toFixed(0)} ms a step` : (reason ?? ''),
    ]),
  )
}
