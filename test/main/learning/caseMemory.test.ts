import { describe, expect, it } from 'vitest'
import { CaseMemory, caseBytes, mostCaseBytes } from '../../../src/main/learning/caseMemory'
import type { Preprocess } from '../../../src/main/segmentation/manifest'

const MB = 2 ** 20
/** A case of so many voxels, with what teachers say of so many channels. */
const prepared = (voxels: number, channels = 0) => ({
  image: new Float32Array(voxels),
  labels: new Uint8Array(voxels),
  ...(channels > 0 && { soft: new Uint8Array(channels * voxels) }),
})

describe('the memory of prepared cases', () => {
  it('is 5 bytes a voxel, and a byte more for each channel that teachers speak of', () => {
    expect([caseBytes(prepared(1000)), caseBytes(prepared(1000, 14))]).toEqual([5000, 19000])
  })

  it('is 4 bytes a voxel of an image without labels', () => {
    expect(caseBytes({ image: new Float32Array(1000) })).toBe(4000)
  })

  it('is told after three of many, with how many would fit', () => {
    const memory = new CaseMemory(100, 200 * MB, 300 * MB)
    memory.add(prepared(MB / 2))
    memory.add(prepared(MB / 2))
    expect(() => memory.add(prepared(MB / 2))).toThrow(
      'the 100 cases would take 0.2 GB of memory beside 0.2 GB of training, and 0.3 GB are free',
    )
    try {
      memory.add(prepared(MB / 2))
    } catch (error) {
      expect(error).toMatchObject({ hint: 'take 40 cases, a coarser grid' })
    }
  })

  it('says that teachers take theirs, and lets through what fits', () => {
    const taught = new CaseMemory(2, 0, 30 * MB)
    taught.add(prepared(MB, 14))
    expect(() => taught.add(prepared(MB, 14))).toThrow(expect.objectContaining({ hint: expect.stringContaining('fewer structures') as string })) // prettier-ignore
    const enough = new CaseMemory(2, 0, 40 * MB)
    enough.add(prepared(MB, 14))
    expect(() => enough.add(prepared(MB, 14))).not.toThrow()
  })

  it('is not told by the first few where the sizes of all are known', () => {
    const memory = new CaseMemory(10, 0, 30 * MB, 20 * MB)
    memory.add(prepared(MB))
    memory.add(prepared(MB))
    expect(() => memory.add(prepared(MB))).not.toThrow()
    for (let n = 0; n < 2; n++) memory.add(prepared(MB))
    memory.add(prepared(MB))
    expect(() => memory.add(prepared(MB))).toThrow('the 10 cases would take')
  })

  it('is known before a case is read, by its size', () => {
    const size = { dims: [100, 100, 50], spacing: [1, 1, 2] } as const
    const on = (grid: Preprocess['grid']): number => mostCaseBytes(size, { grid } as Preprocess)
    expect(on({ kind: 'native' })).toBe(2_500_000)
    expect(on({ kind: 'size', voxels: [10, 10, 10] })).toBe(5000)
    expect(on({ kind: 'spacing', mm: [2, 2, 2] })).toBe(625_000)
    expect(mostCaseBytes(size, { grid: { kind: 'native' } } as Preprocess, 5)).toBe(5_000_000)
  })

  it('is told of a single case, too', () => {
    expect(() => new CaseMemory(1, 10 * MB, 12 * MB).add(prepared(MB))).toThrow('the case would take')
  })
})
