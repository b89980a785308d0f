import { describe, expect, it } from 'vitest'
import { readingsDiffer } from '../../src/shared/review'

describe('two readings of a structure', () => {
  it('differ in a voxel, or where only one of them verified it', () => {
    expect(readingsDiffer(0.999, 'accepted', 'accepted')).toBe(true)
    expect(readingsDiffer(1, 'accepted', 'rejected')).toBe(true)
    expect(readingsDiffer(1, 'unreviewed', 'absent')).toBe(true)
    expect(readingsDiffer(1, 'rejected', 'unreviewed')).toBe(true)
  })

  it('say the same of the same mask where both verified it, in whatever words, or neither said anything', () => {
    expect(readingsDiffer(1, 'accepted', 'corrected')).toBe(false)
    expect(readingsDiffer(1, 'unreviewed', 'unreviewed')).toBe(false)
    expect(readingsDiffer(1, 'rejected', 'rejected')).toBe(false)
  })
})
