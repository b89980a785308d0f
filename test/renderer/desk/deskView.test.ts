import { describe, expect, it } from 'vitest'
import { differencesBySlice, foundFor, readingsPicture, worstSlice } from '../../../src/renderer/desk/deskView'

describe('two readings', () => {
  it('are shown where they differ most', async () => {
    const first = Uint8Array.from([0, 0, 1, 1, 0, 0])
    const second = Uint8Array.from([0, 0, 0, 2, 0, 1])
    let pauses = 0
    const differing = await differencesBySlice(first, second, 2, () => {
      pauses += 1
      return Promise.resolve()
    })
    expect([...differing]).toEqual([0, 2, 1])
    expect(pauses).toBe(0)
    expect(worstSlice(differing)).toBe(1)
    expect(worstSlice(new Uint32Array(5))).toBe(2)
  })

  it('give way to the window in a large volume', async () => {
    let pauses = 0
    const large = new Uint8Array(4_000_000)
    await differencesBySlice(large, large, 500_000, () => {
      pauses += 1
      return Promise.resolve()
    })
    expect(pauses).toBe(4)
  })

  it('are drawn with the front of the patient up and the right on the left', () => {
    // One row front, one back; x grows to the left of the patient's right: RAS.
    const hu = Int16Array.from([-100, -100, 100, 100])
    const picture = readingsPicture(
      hu,
      Uint8Array.from([0, 0, 1, 0]),
      Uint8Array.from([0, 0, 0, 0]),
      [2, 2],
      [-100, 100],
    )
    const pixel = (x: number, y: number): number[] => [...picture.subarray(4 * (x + 2 * y), 4 * (x + 2 * y) + 4)]
    expect(pixel(0, 0)).toEqual([255, 255, 255, 255])
    expect(pixel(0, 1)).toEqual([0, 0, 0, 255])
    const [red, green, blue] = pixel(1, 0)
    expect([red, green > 200, blue < 120]).toEqual([255, true, true])
  })
})

describe('the next case', () => {
  it('says why it comes', () => {
    const found = { caseId: 'a', structure: 'left-kidney', value: 0.25 }
    expect(foundFor('uncertain', found)).toBe('Most uncertain: left kidney, 0.25 bits')
    expect(foundFor('disagreement', found)).toBe('Models disagree on left kidney: DSC 0.75')
    const oldest = { caseId: 'a', structure: null, value: null }
    expect(foundFor('first', oldest)).toBe('')
    expect(foundFor('uncertain', oldest)).toMatch(/^No uncertainty is measured in the cases left/)
    expect(foundFor('implausible', oldest)).toMatch(/^No volume can be compared/)
  })
})
