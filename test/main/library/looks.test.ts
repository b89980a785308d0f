import { writeFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { listAudit } from '../../../src/main/library/audit'
import { schemaOf, setLooks } from '../../../src/main/library/looks'
import { libraryPaths } from '../../../src/main/library/paths'
import { schemaNamed } from '../../../src/shared/labels/builtin'
import { temporaryLibrary } from './fixtures'

const leber = { title: 'Leber', color: '#123456' }

describe('names and colours of a library', () => {
  it("are the schema's at first, then what was set, which the audit tells; ids, names and codes stay", async () => {
    const library = temporaryLibrary()
    const schema = schemaNamed('flare23')
    expect(schemaOf(library, 'flare23')).toEqual(schema)
    await setLooks(library, 'flare23', { liver: leber })
    await setLooks(library, 'flare23', { spleen: { title: 'Milz', color: '#654321' } })
    const [liver, ...rest] = schemaOf(library, 'flare23').structures
    expect(liver).toEqual({ ...schema.structures[0], ...leber })
    expect(rest.find(({ name }) => name === 'spleen')?.title).toBe('Milz')
    expect(schemaOf(library, 'hippocampus')).toEqual(schemaNamed('hippocampus'))
    const [, first] = listAudit(library, {}).filter(({ action }) => action === 'look')
    expect(first).toMatchObject({ subject: 'flare23/liver', who: library.user })
    expect(first.outcome).toContain(`'Leber' #123456, before '${schema.structures[0].title}'`)
  })

  it('may trade places at once, and are refused where two would be the same, or there is no such structure', async () => {
    const library = temporaryLibrary()
    const [liver, kidney] = schemaNamed('flare23').structures
    await setLooks(library, 'flare23', {
      [liver.name]: { title: kidney.title, color: liver.color },
      [kidney.name]: { title: liver.title, color: kidney.color },
    })
    expect(schemaOf(library, 'flare23').structures[0].title).toBe(kidney.title)
    await expect(setLooks(library, 'flare23', { spleen: { ...leber, title: liver.title } })).rejects.toThrow('already')
    await expect(setLooks(library, 'flare23', { heart: leber })).rejects.toThrow('no structure heart')
  })

  it('are refused where the file is damaged', () => {
    const library = temporaryLibrary()
    writeFileSync(libraryPaths.looks(library.root), '{"format":"other"}')
    expect(() => schemaOf(library, 'flare23')).toThrow('is damaged')
  })
})
