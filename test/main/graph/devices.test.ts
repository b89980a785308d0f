import { describe, expect, it } from 'vitest'
import { candidateDevices, probeDevice, resolveDevice } from '../../../src/main/graph/devices'
import type { DeviceReport } from '../../../src/main/graph/devices'

const works = (device: DeviceReport['device'], msPerStep: number): DeviceReport => ({
  device,
  works: true,
  reason: null,
  msPerStep,
})
const fails: DeviceReport = { device: 'webgpu', works: false, reason: 'no adapter', msPerStep: null }

describe('devices', () => {
  it('finds the CPU working, with a measured step', async () => {
    const report = await probeDevice('cpu', 1)
    expect(report).toMatchObject({ device: 'cpu', works: true, reason: null })
    expect(report.msPerStep).toBeGreaterThan(0)
  })

  it.skipIf(process.platform === 'win32')('says in one line why a device does not work', async () => {
    const report = await probeDevice('dml', 1)
    expect(report).toMatchObject({ device: 'dml', works: false, msPerStep: null })
    expect(report.reason).toMatch(/^[^\n]+$/)
  })

  it("takes the fastest that works for 'auto', and the CPU where none was probed", () => {
    expect(resolveDevice('auto', [works('cpu', 9), works('cuda', 2), fails])).toBe('cuda')
    expect(resolveDevice('auto', [works('cpu', 9), works('webgpu', 20)])).toBe('cpu')
    expect(resolveDevice('auto', [fails])).toBe('cpu')
    expect(resolveDevice('auto', [])).toBe('cpu')
  })

  it('refuses a device asked for by name that does not work, and says why', () => {
    expect(() => resolveDevice('webgpu', [works('cpu', 9), fails])).toThrow("'webgpu' does not work here: no adapter")
    expect(resolveDevice('cuda', [fails])).toBe('cuda')
  })

  it('knows the CPU on every platform', () => {
    for (const platform of ['linux', 'darwin', 'win32', 'freebsd'] as const) {
      expect(candidateDevices(platform)[0]).toBe('cpu')
    }
  })
})
