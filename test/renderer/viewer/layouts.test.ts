import { describe, expect, it } from 'vitest'
import { layoutIds, tilesOf } from '../../../src/renderer/viewer/layouts'
import type { Rect } from '../../../src/renderer/viewer/layouts'

const size = [1200, 800] as const

function overlap(a: Rect, b: Rect): boolean {
  return a[0] < b[0] + b[2] && b[0] < a[0] + a[2] && a[1] < b[1] + b[3] && b[1] < a[1] + a[3]
}

describe('layouts', () => {
  for (const layout of layoutIds) {
    for (const surfaces of [true, false]) {
      it(`${layout} ${surfaces ? 'with' : 'without'} 3-D: every view once, inside the viewer, none over another`, () => {
        const tiles = tilesOf(layout, size, { maximised: null, surfaces })
        expect(tiles.map(({ view }) => view)).toEqual(['axial', 'coronal', 'sagittal', ...(surfaces ? ['3d'] : [])])
        tiles.forEach(({ rect }, n) => {
          expect(Math.min(...rect)).toBeGreaterThanOrEqual(0)
          expect(rect[0] + rect[2]).toBeLessThanOrEqual(1 + 1e-9)
          expect(rect[1] + rect[3]).toBeLessThanOrEqual(1 + 1e-9)
          tiles.slice(n + 1).forEach((other) => expect(overlap(rect, other.rect)).toBe(false))
        })
      })
    }
  }

  it('shows any mix of planes and 3-D in every layout, and never nothing', () => {
    const all = ['axial', 'coronal', 'sagittal'] as const
    for (const layout of layoutIds) {
      for (let mix = 0; mix < 8; mix++) {
        for (const surfaces of [true, false]) {
          const hidden = new Set(all.filter((_, n) => mix & (1 << n)))
          const tiles = tilesOf(layout, size, { maximised: null, surfaces, hidden })
          const wanted = [...all.filter((plane) => !hidden.has(plane)), ...(surfaces ? ['3d'] : [])]
          expect(tiles.map(({ view }) => view)).toEqual(wanted.length > 0 ? wanted : ['axial'])
          const area = tiles.reduce((sum, { rect }) => sum + rect[2] * rect[3], 0)
          expect(area).toBeGreaterThan(0.98)
          expect(area).toBeLessThanOrEqual(1 + 1e-9)
        }
      }
    }
  })

  it('shows a maximised view alone', () => {
    const tiles = tilesOf('focus', size, { maximised: 'coronal', surfaces: true })
    expect(tiles).toEqual([{ view: 'coronal', rect: [0, 0, 1, 1] }])
  })
})
