import { describe, expect, it } from 'vitest'
import { freeBytesIn, freeMemoryOf, unknownMemory } from '../../../src/main/learning/deviceMemory'

describe('the memory of a device', () => {
  it('is what this process may still take, on the CPU, and is not known where nothing tells', async () => {
    expect(await freeMemoryOf('cpu')).toBeGreaterThan(0)
    expect([await freeMemoryOf('webgpu'), await freeMemoryOf('dml')]).toEqual([null, null])
  })

  it('is read from what the driver says of the first device', () => {
    expect(freeBytesIn('23028\n')).toBe(23_028 * 2 ** 20)
    expect(freeBytesIn('80441\n79000\n')).toBe(80_441 * 2 ** 20)
    for (const none of ['', '[N/A]\n', 'No devices were found\n', 'Error 15\n']) expect(freeBytesIn(none)).toBeNull()
  })

  it('that is not known is said beside what is predicted', () => {
    expect(unknownMemory(3 * 2 ** 30, 'webgpu')).toBe('predicted 3072 MB; the memory of webgpu is not known')
  })
})
