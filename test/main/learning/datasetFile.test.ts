import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { readDatasetLabels } from '../../../src/main/learning/datasetFile'
import { schemaNamed } from '../../../src/shared/labels/builtin'
import { temporaryFolder } from '../../temporaryFolder'

/** A data set with nothing but its description. */
function described(file: object, folder = temporaryFolder()): string {
  writeFileSync(join(folder, 'dataset.json'), JSON.stringify(file))
  return folder
}
const named = (...names: string[]) => ({
  labels: Object.fromEntries(['background', ...names].map((name, value) => [name, value])),
})

describe('what the labels of a data set mean', () => {
  it('is the shipped schema that has them all, whatever their order and spelling; of the rest nothing is known', async () => {
    const folder = described(named('kidney_left', 'IVC', 'Liver'))
    const { schema, toSchema, annotatedIn, modality } = await readDatasetLabels(folder)
    expect([schema, modality]).toEqual([schemaNamed('flare23'), 'CT'])
    expect(Object.fromEntries(toSchema)).toEqual({ 0: 0, 1: 13, 2: 6, 3: 1, 255: 255 })
    expect(annotatedIn('any')).toEqual(['liver', 'inferior-vena-cava', 'left-kidney'])
  })

  it('is a schema of its own where one of them is unknown, or nothing but a tumour is named', async () => {
    const { schema, toSchema, annotatedIn } = await readDatasetLabels(
      described({ ...named('Liver', 'Liver Cyst'), name: 'Cysts of ours' }),
    )
    expect([schema.name, schema.title]).toEqual(['cysts-of-ours', 'Cysts of ours'])
    expect(schema.structures.map(({ id, name, kind }) => [id, name, kind])).toEqual([
      [1, 'liver', 'organ'],
      [2, 'liver-cyst', 'lesion'],
    ])
    expect([toSchema.get(2), annotatedIn('any')]).toEqual([2, null])
    const brain = await readDatasetLabels(described({ ...named('tumor'), name: 'FLARE23' }))
    expect([brain.schema.name, brain.schema.structures[0].kind]).toEqual(['flare23-data', 'lesion'])
  })

  it('leaves what is to be ignored unknown, and says by case what was looked for', async () => {
    const folder = described({ labels: { background: 0, liver: 1, spleen: 2, ignore: 3 }, annotated: { a: ['Liver'] } })
    const { toSchema, annotatedIn, listed } = await readDatasetLabels(folder)
    expect([toSchema.get(3), annotatedIn('a'), annotatedIn('b'), listed]).toEqual([255, ['liver'], ['liver', 'spleen'], ['a']]) // prettier-ignore
  })

  it('is the schema that is asked for, else the one that it names, else the one that is taken otherwise', async () => {
    const folder = described({ ...named('esophagus'), schema: 'head-neck' })
    expect((await readDatasetLabels(folder, { otherwise: 'flare23' })).schema.name).toBe('head-neck')
    expect((await readDatasetLabels(folder, { schema: 'flare23' })).toSchema.get(1)).toBe(10)
    expect((await readDatasetLabels(temporaryFolder(), { otherwise: 'flare23' })).schema.name).toBe('flare23')
    await expect(readDatasetLabels(temporaryFolder())).rejects.toThrow('does not say which label schema')
  })

  it.each([
    ['a value that no voxel has', { labels: { liver: 300 } }, /the label 'liver' has no whole number from 1 to 254/],
    ['regions', { labels: { liver: [1, 2] } }, /labels\.liver: regions of several labels/],
    ['two of one name', { labels: { 'My cyst': 1, my_cyst: 2 } }, /share a name/],
    ['nothing', { labels: { background: 0 } }, /dataset\.json: /],
    ['a structure that the asked schema has not', { ...named('knee'), schema: 'flare23' }, /no structure 'knee'/],
  ])('is refused with %s', async (_, file, message) => {
    await expect(readDatasetLabels(described(file))).rejects.toThrow(message)
  })
})
