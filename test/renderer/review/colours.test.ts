import { describe, expect, it } from 'vitest'
import { coloured } from '../../../src/renderer/review/colours'
import { paletteOf, rgbOf } from '../../../src/renderer/review/structures'
import { safeColours } from '../../../src/shared/labels/safeColours'
import { schema } from './smallCase'

type Matrix = readonly (readonly number[])[]
type Sight = 'normal' | 'protanopia' | 'deuteranopia' | 'tritanopia'

/** Full deficiency, on linear RGB: Machado, Oliveira and Fernandes, IEEE TVCG 15(6), 2009. */
const sights: Readonly<Record<Sight, Matrix>> = {
  normal: [
    [1, 0, 0],
    [0, 1, 0],
    [0, 0, 1],
  ],
  protanopia: [
    [0.152286, 1.052583, -0.204868],
    [0.114503, 0.786281, 0.099216],
    [-0.003882, -0.048116, 1.051998],
  ],
  deuteranopia: [
    [0.367322, 0.860646, -0.227968],
    [0.280085, 0.672501, 0.047413],
    [-0.01182, 0.04294, 0.968881],
  ],
  tritanopia: [
    [1.255528, -0.076749, -0.178779],
    [-0.078411, 0.930809, 0.147602],
    [0.004733, 0.691367, 0.3039],
  ],
}
const toXyz: Matrix = [
  [0.4124564, 0.3575761, 0.1804375],
  [0.2126729, 0.7151522, 0.072175],
  [0.0193339, 0.119192, 0.9503041],
]
const times = (matrix: Matrix, v: readonly number[]): number[] => matrix.map((row) => row.reduce((s, m, n) => s + m * v[n], 0)) // prettier-ignore

/** CIE L*a*b* (D65) of a colour as someone sees it. */
function lab(color: string, sight: Sight): number[] {
  const linear = rgbOf(color).map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4))
  const seen = times(sights[sight], linear).map((c) => Math.min(1, Math.max(0, c)))
  const f = times(toXyz, seen).map((value, n) => {
    const t = value / [0.95047, 1, 1.08883][n]
    return t > 216 / 24389 ? Math.cbrt(t) : ((24389 / 27) * t + 16) / 116
  })
  return [116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])]
}

function nearest(colours: readonly string[], sight: Sight): number {
  const seen = colours.map((color) => lab(color, sight))
  const pairs = seen.flatMap((a, n) => seen.slice(n + 1).map((b) => Math.hypot(...a.map((v, c) => v - b[c]))))
  return Math.min(...pairs)
}

describe('the colour-blind-safe colours', () => {
  it('are enough for the schema', () => {
    expect(new Set(safeColours).size).toBeGreaterThanOrEqual(schema.structures.length)
  })

  it.each(Object.keys(sights) as Sight[])('are, to %s sight, no nearer than Okabe and Ito’s own seven', (sight) => {
    expect(nearest(safeColours, sight)).toBeGreaterThan(16)
  })

  it('are all to be seen on the black around the image', () => {
    for (const color of safeColours) expect(lab(color, 'normal')[0], color).toBeGreaterThan(35)
  })

  it('change the colours alone', () => {
    const changed = coloured(schema.structures, 'safe')
    expect(changed.map(({ color }) => color)).toEqual(safeColours.slice(0, schema.structures.length))
    expect(changed.map(({ name }) => name)).toEqual(schema.structures.map(({ name }) => name))
    expect(coloured(schema.structures, 'schema')).toBe(schema.structures)
  })
})

it('what is drawn as an outline keeps its colour and an alpha that fills nothing, and what is hidden has none', () => {
  const palette = paletteOf(schema, new Set(['spleen']), new Set(['liver', 'spleen']))
  expect([...palette.subarray(4, 8)]).toEqual([...rgbOf(schema.structures[0].color).map((c) => Math.round(255 * c)), 1])
  expect(palette[4 * 2 + 3]).toBe(255)
  expect(palette[4 * 3 + 3]).toBe(0)
})
