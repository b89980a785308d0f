import { describe, expect, it } from 'vitest'
import { indicatorPlanes, showsAnything } from '../../../src/main/segmentation/indicatorWindows'
import { windowsOf } from '../../../src/main/segmentation/windows'

describe('indicatorPlanes', () => {
  it.each([
    ['the diagonal of 2 x 2', [20, 20, 10], [[0, 0], [10, 10]]], // prettier-ignore
    ['the middle of 3 x 3', [30, 30, 10], [[10, 10]]],
    ['the diagonal of the middle of 4 x 4', [40, 40, 10], [[10, 10], [20, 20]]], // prettier-ignore
    ['both middles of 2 x 1', [20, 10, 10], [[0, 0], [10, 0]]], // prettier-ignore
    ['the only one', [10, 10, 10], [[0, 0]]],
  ] as const)('asks %s', (_, dims, expected) => {
    const [plane] = indicatorPlanes(windowsOf(dims, [10, 10, 10], 1), 2)
    expect(plane.indicators.map(([i, j]) => [i, j])).toEqual(expected)
    expect(plane.indicators.length + plane.others.length).toBe((dims[0] / 10) * (dims[1] / 10))
  })

  it('takes planes across the axis from foot to head, whichever that is', () => {
    const windows = windowsOf([20, 30, 30], [10, 10, 10], 1)
    const planes = indicatorPlanes(windows, 0)
    expect(planes.map(({ indicators }) => indicators)).toEqual([[[0, 10, 10]], [[10, 10, 10]]])
    expect(planes.flatMap(({ indicators, others }) => [...indicators, ...others])).toHaveLength(windows.length)
  })
})

describe('showsAnything', () => {
  it('sees a single voxel that is likelier a structure', () => {
    const scores = Float32Array.of(2, 2, 2, 1, 1, 1, 0, 3, 0)
    expect(showsAnything(scores, 3)).toBe(true)
    expect(showsAnything(scores.fill(0, 7, 8), 3)).toBe(false)
  })
})
