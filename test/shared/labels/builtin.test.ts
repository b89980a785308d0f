import { expect, it } from 'vitest'
import { EmendError } from '../../../src/shared/errors'
import { builtinSchemas, schemaNamed } from '../../../src/shared/labels/builtin'

it('numbers the FLARE 2023 structures as the challenge does', () => {
  const { structures } = schemaNamed('flare23')
  expect(structures.map((s) => [s.id, s.name, s.nsdToleranceMm])).toEqual([
    [1, 'liver', 5],
    [2, 'right-kidney', 3],
    [3, 'spleen', 3],
    [4, 'pancreas', 5],
    [5, 'aorta', 2],
    [6, 'inferior-vena-cava', 2],
    [7, 'right-adrenal-gland', 2],
    [8, 'left-adrenal-gland', 2],
    [9, 'gallbladder', 2],
    [10, 'esophagus', 3],
    [11, 'stomach', 5],
    [12, 'duodenum', 7],
    [13, 'left-kidney', 3],
    [14, 'lesion', 2],
  ])
  expect(structures.filter((s) => s.scoredWithinReference).map((s) => s.id)).toEqual([5, 6, 10])
  expect(structures.filter((s) => s.kind === 'lesion').map((s) => s.name)).toEqual(['lesion'])
})

it.each(builtinSchemas)('%s gives every structure a code of its own and a colour that shows on dark CT', (name) => {
  const { structures } = schemaNamed(name)
  const codes = structures.map((s) => `${s.type.value}/${s.modifier?.value ?? ''}`)
  expect(new Set(codes).size).toBe(structures.length)
  expect(new Set(structures.map((s) => s.color)).size).toBe(structures.length)
  for (const { color } of structures) {
    const [r, g, b] = [1, 3, 5].map((at) => parseInt(color.slice(at, at + 2), 16))
    expect(0.2126 * r + 0.7152 * g + 0.0722 * b, color).toBeGreaterThan(85)
  }
})

it('names the schemas it has when asked for another', () => {
  expect(() => schemaNamed('thorax')).toThrow(EmendError)
  expect(() => schemaNamed('thorax')).toThrow("there is no label schema 'thorax'")
})
