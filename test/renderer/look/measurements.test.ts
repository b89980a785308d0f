import fc from 'fast-check'
import { describe, expect, it, vi } from 'vitest'
import { angleDegrees, distanceMm, sliceOf, toMm, valueOf } from '../../../src/renderer/look/measure'
import { Measurements } from '../../../src/renderer/look/measurements.svelte'
import { OpenCase } from '../../../src/renderer/review/openCase.svelte'
import type { Affine, Vec3 } from '../../../src/shared/geometry/affine'
import { emptyReading, type Reading } from '../../../src/shared/reading'
import { detail, labels, size } from '../review/smallCase'

/** 0.5 x 1 x 3 mm, turned by 30 degrees about x. */
const [c, s] = [Math.cos(Math.PI / 6), Math.sin(Math.PI / 6)]
const oblique: Affine = [
  [0.5, 0, 0, -20],
  [0, c, -3 * s, 5],
  [0, s, 3 * c, 40],
]

function caseOn(affine: Affine): OpenCase {
  const rows = affine.map((row) => [...row]) as never
  return new OpenCase({ ...detail(), affine: rows }, new Int16Array(size ** 3), labels())
}

function measurements(kept: Reading = emptyReading) {
  const keepReading = vi.fn(async () => undefined)
  const fail = vi.fn()
  return { keepReading, fail, made: new Measurements({ reading: async () => kept, keepReading }, fail) }
}

describe('measuring', () => {
  it('is in millimetres of the affine, on anisotropic and oblique grids', () => {
    const steps = fc.tuple(...([-9, -9, -9] as const).map((min) => fc.integer({ min, max: 9 })))
    fc.assert(
      fc.property(steps, ([i, j, k]) => {
        const [a, b] = toMm(oblique, [
          [4, 5, 6],
          [4 + i, 5 + j, 6 + k],
        ])
        expect(distanceMm(a, b)).toBeCloseTo(Math.hypot(0.5 * i, j, 3 * k), 9)
      }),
    )
    const [a, vertex, b] = toMm(oblique, [[6, 5, 6], [4, 5, 6], [4, 5, 9]]) // prettier-ignore
    expect(angleDegrees(a, vertex, b)).toBeCloseTo(90, 9)
    const [p, q, r] = toMm(oblique, [[6, 0, 0], [0, 0, 0], [6, 3, 0]]) // prettier-ignore
    expect(angleDegrees(p, q, r)).toBeCloseTo(45, 9)
  })

  it('keeps its slice through millimetres and back', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 19 }), (k) => {
        const points = toMm(oblique, [[1.3, 2.7, k], [9, 4, k]]) // prettier-ignore
        expect(sliceOf(oblique, { plane: 'axial', points })).toBe(k)
      }),
    )
  })
})

describe('measurements', () => {
  const at = (i: number, j: number): Vec3 => [i, j, 7.2]

  it('are made by a drag or by clicks, and stay on their slice', async () => {
    const { made, keepReading } = measurements()
    await made.load(caseOn(oblique))
    made.press('ruler', 'axial', at(2, 3))
    made.follow('axial', at(12, 3))
    made.release()
    expect(made.list.map(valueOf)).toEqual(['5.0 mm'])
    for (const voxel of [at(12, 3), at(2, 3), at(2, 9)]) {
      made.follow('axial', voxel)
      made.press('angle', 'axial', voxel)
      made.release()
    }
    expect(made.list.map(valueOf)).toEqual(['5.0 mm', '90.0\u00b0'])
    expect(made.on('axial', 7)).toHaveLength(2)
    expect(made.on('axial', 8)).toHaveLength(0)
    expect(made.on('coronal', 3)).toHaveLength(0)
    await vi.waitFor(() => expect(keepReading).toHaveBeenCalledTimes(2))
  })

  it('are dragged by their ends within their slice, and deleted', async () => {
    const { made, keepReading } = measurements()
    await made.load(caseOn(oblique))
    made.press('ruler', 'axial', at(2, 3))
    made.follow('axial', at(12, 3))
    made.release()
    made.movePoint(made.list[0].id, 1, [22, 3, 11])
    expect(made.list.map(valueOf)).toEqual(['10.0 mm'])
    expect(made.on('axial', 7)).toHaveLength(1)
    expect(made.chosen).toBe(made.list[0].id)
    const [{ id }] = made.list
    made.remove(id)
    expect([made.list.length, made.chosen]).toEqual([0, null])
    // It is told what went: what the window never had stays in the library.
    await vi.waitFor(() => expect(keepReading).toHaveBeenLastCalledWith(expect.objectContaining({ removed: [id] })))
  })

  it('under way are dropped with their tool', async () => {
    const { made, keepReading } = measurements()
    await made.load(caseOn(oblique))
    made.press('angle', 'axial', at(2, 3))
    expect([made.cancel(), made.cancel()]).toEqual([true, false])
    expect(keepReading).not.toHaveBeenCalled()
  })

  it('of a reading that cannot be read, or is not read yet, are not begun: it would be overwritten', async () => {
    const keepReading = vi.fn(async () => undefined)
    const fault = new Error('reading.json is damaged')
    const fail = vi.fn()
    let answer = (): void => undefined
    const reading = vi.fn(() => new Promise<Reading>((_, reject) => (answer = () => reject(fault))))
    const made = new Measurements({ reading, keepReading }, fail)
    const drag = (): void => {
      made.press('ruler', 'axial', at(2, 3))
      made.follow('axial', at(12, 3))
      made.release()
    }
    const loading = made.load(caseOn(oblique))
    drag()
    answer()
    await loading
    drag()
    made.align('another', [1, 2, 3])
    expect(keepReading).not.toHaveBeenCalled()
    expect(made.list).toEqual([])
    expect(fail.mock.calls).toEqual([[fault], [fault], [fault]])
  })
})
