import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { areaOf, boxesOf, keyholed, traceLoops, type Loop } from '../../../../src/main/imaging/dicom/contourTracing'
import { noise } from '../arbitrary'

/** A slice drawn as text: '#' is label 1, 'o' label 2. */
function drawn(...rows: string[]): { labels: Uint8Array; columns: number } {
  const labels = Uint8Array.from(rows.join(''), (letter) => (letter === '#' ? 1 : letter === 'o' ? 2 : 0))
  return { labels, columns: rows[0].length }
}

function loopsOf({ labels, columns }: { labels: Uint8Array; columns: number }, id = 1): Loop[] {
  const box = boxesOf(labels, columns).get(id)
  return box ? traceLoops(labels, columns, id, box) : []
}

/** How often the outlines wind around a point, or how often a ray from it crosses them. */
function around(loops: readonly Loop[], x: number, y: number): { winding: number; crossings: number } {
  let winding = 0
  let crossings = 0
  for (const loop of loops) {
    loop.forEach(([x0, y0], n) => {
      const [x1, y1] = loop[(n + 1) % loop.length]
      if (y0 > y === y1 > y || x0 + ((y - y0) / (y1 - y0)) * (x1 - x0) < x) return
      winding += y1 > y0 ? 1 : -1
      crossings++
    })
  }
  return { winding, crossings }
}

/** Blobs with holes in them, from noise that was smoothed once. */
const slice = fc
  .record({
    columns: fc.integer({ min: 1, max: 24 }),
    rows: fc.integer({ min: 1, max: 24 }),
    seed: fc.nat(),
    level: fc.double({ min: 0.3, max: 0.7, noNaN: true }),
  }) // prettier-ignore
  .map(({ columns, rows, seed, level }) => {
    const raw = noise(columns * rows, seed)
    const labels = raw.map((value, n) => ((value + (raw[n + 1] ?? 0) + (raw[n + columns] ?? 0)) / 3 > level ? 1 : 0))
    return { labels: Uint8Array.from(labels), columns, rows }
  })

describe('traceLoops', () => {
  it('goes around a pixel by the middles to its neighbours', () => {
    const [loop, ...others] = loopsOf(drawn('...', '.#.', '...'))
    expect(others).toEqual([])
    expect(new Set(loop.map(String))).toEqual(new Set(['1,0.5', '1.5,1', '1,1.5', '0.5,1']))
    expect(areaOf(loop)).toBe(0.5)
  })

  it('leaves out corners on straight lines, and joins pixels that touch at a corner', () => {
    expect(loopsOf(drawn('####', '####', '####'))[0]).toHaveLength(8)
    expect(loopsOf(drawn('#..', '.#.', '..#'))).toHaveLength(1)
  })

  it('runs around holes the other way', () => {
    const loops = loopsOf(drawn('#####', '#.###', '####.', '#####'))
    expect(loops.map((loop) => Math.sign(areaOf(loop))).sort()).toEqual([-1, 1])
  })

  it('keeps labels apart', () => {
    const slice = drawn('##oo', '##oo')
    expect(loopsOf(slice, 1)).toHaveLength(1)
    expect(areaOf(loopsOf(slice, 2)[0])).toBe(3.5)
    expect(boxesOf(slice.labels, 4).get(2)).toEqual({ left: 2, top: 0, right: 3, bottom: 1 })
  })

  it('gives back every pixel by the even-odd rule and by winding number', () => {
    fc.assert(
      fc.property(slice, ({ labels, columns }) => {
        const loops = loopsOf({ labels, columns })
        labels.forEach((label, n) => {
          const { winding, crossings } = around(loops, n % columns, Math.floor(n / columns))
          expect([winding, crossings % 2]).toEqual([label, label])
        })
      }),
    )
  })
})

describe('keyholed', () => {
  it('makes one outline of an outline and the holes in it', () => {
    const loops = loopsOf(drawn('#######', '#.#.#.#', '#######', '#.....#', '#######'))
    expect(loops).toHaveLength(5)
    const joined = keyholed(loops)
    expect(joined).toHaveLength(1)
    const area = loops.reduce((sum, loop) => sum + areaOf(loop), 0)
    expect(areaOf(joined[0])).toBeCloseTo(area, 12)
  })

  it('leaves islands within holes as outlines of their own', () => {
    expect(keyholed(loopsOf(drawn('#####', '#...#', '#.#.#', '#...#', '#####')))).toHaveLength(2)
  })

  it('fills alike polygon by polygon, by the even-odd rule and by winding number, and no channel meets a pixel', () => {
    fc.assert(
      fc.property(slice, ({ labels, columns }) => {
        const outlines = keyholed(loopsOf({ labels, columns }))
        labels.forEach((label, n) => {
          const [x, y] = [n % columns, Math.floor(n / columns)]
          const { winding, crossings } = around(outlines, x, y)
          const each = outlines.reduce((sum, loop) => sum + (around([loop], x, y).crossings % 2), 0)
          expect([winding, crossings % 2, each]).toEqual([label, label, label])
          for (const outline of outlines) {
            outline.forEach(([x0, y0], c) => {
              const [x1, y1] = outline[(c + 1) % outline.length]
              if (y0 === y && y1 === y)
                expect([x0, x1].every((at) => at > x) || [x0, x1].every((at) => at < x)).toBe(true)
            })
          }
        })
      }),
    )
  })
})
