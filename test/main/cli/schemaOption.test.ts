import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { schemaGiven } from '../../../src/main/cli/schemaOption'

let folder: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'emend-schema-option-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

describe('--schema', () => {
  it('is a schema that ships, by its name', async () => {
    expect((await schemaGiven('hippocampus')).structures.map(({ name }) => name)).toEqual([
      'anterior-hippocampus',
      'posterior-hippocampus',
    ])
  })

  it("is a data set's own schema, by its folder", async () => {
    await writeFile(
      join(folder, 'dataset.json'),
      JSON.stringify({ name: 'Psoas', labels: { left_psoas: 1, right_psoas: 2 } }),
    )
    const { name, structures } = await schemaGiven(folder)
    expect(name).toBe('psoas')
    expect(structures.map((structure) => [structure.id, structure.name])).toEqual([
      [1, 'left-psoas'],
      [2, 'right-psoas'],
    ])
  })

  it('is the schema of a model, by its folder', async () => {
    const models = join(import.meta.dirname, '../../../models')
    expect(await schemaGiven(join(models, 'abdomen-student'))).toMatchObject({ name: 'flare23' })
  })

  it('is refused where neither a schema nor a folder bears the name', async () => {
    await expect(schemaGiven('psoas')).rejects.toThrow(
      "there is no label schema 'psoas', and no folder of that name with a dataset.json or a model",
    )
  })
})
