import { rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { candidateDevices } from '../../../src/main/graph/devices'
import { forkLauncher, type Launch } from '../../../src/main/jobs/launcher'
import { knownDevices, probe } from '../../../src/main/jobs/probe'
import { bundle } from '../bundle'
import { temporaryFolder } from '../../temporaryFolder'

let worker: string
beforeAll(async () => {
  worker = await bundle('src/main/jobs/worker.ts')
})
afterAll(() => rmSync(dirname(worker), { recursive: true, force: true }))

describe('probing', () => {
  it('finds the CPU working in a process of its own', async () => {
    const report = await probe(forkLauncher(worker), 'cpu')
    expect(report).toMatchObject({ device: 'cpu', works: true, reason: null })
    expect(report.msPerStep).toBeGreaterThan(0)
  })

  it('takes a process that dies, or never answers, for a device that does not work', async () => {
    const crashing = join(temporaryFolder(), 'crashing.js')
    writeFileSync(crashing, 'process.exit(139)')
    expect(await probe(forkLauncher(crashing), 'webgpu')).toEqual({
      device: 'webgpu',
      works: false,
      reason: 'its driver ended the process (code 139)',
      msPerStep: null,
    })
    const hanging = join(temporaryFolder(), 'hanging.js')
    writeFileSync(hanging, 'setInterval(() => undefined, 1000)')
    expect(await probe(forkLauncher(hanging), 'webgpu', 300)).toMatchObject({
      works: false,
      reason: 'it did not answer',
    })
  })

  it('remembers what it found, and does not trust a memory of another machine', async () => {
    const file = join(temporaryFolder(), 'machine', 'devices.json')
    let launched = 0
    const crashing = join(temporaryFolder(), 'crashing.js')
    writeFileSync(crashing, 'process.exit(1)')
    const launch: Launch = () => {
      launched += 1
      return forkLauncher(crashing)()
    }
    const candidates = candidateDevices(process.platform)
    const found = await knownDevices(launch, file)
    expect(found.map((report) => report.device)).toEqual(candidates)
    expect(await knownDevices(launch, file)).toEqual(found)
    expect(launched).toBe(candidates.length)
    writeFileSync(file, JSON.stringify({ machine: 'another', devices: [] }))
    expect(await knownDevices(launch, file)).toEqual(found)
    expect(launched).toBe(2 * candidates.length)
  })

  it('works where nothing can be remembered', async () => {
    const blocked = join(temporaryFolder(), 'cache')
    writeFileSync(blocked, 'a file where the folder would be')
    const crashing = join(temporaryFolder(), 'crashing.js')
    writeFileSync(crashing, 'process.exit(1)')
    const found = await knownDevices(forkLauncher(crashing), join(blocked, 'emend', 'devices.json'))
    expect(found.map((report) => report.device)).toEqual(candidateDevices(process.platform))
  })
})
