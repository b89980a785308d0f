import { afterEach, describe, expect, it, vi } from 'vitest'
import { addCase, getCase } from '../../../src/main/library/cases'
import type { Library } from '../../../src/main/library/library'
import { addNote, rejectStructure } from '../../../src/main/library/notes'
import { setStatus } from '../../../src/main/library/reviews'
import { addRevision, type NewRevision } from '../../../src/main/library/revisions'
import { siteStatistics, statisticsCsv } from '../../../src/main/library/statistics'
import type { WorkRow } from '../../../src/shared/site'
import { temporaryLibrary } from './fixtures'
import { newCase, smallLabels } from './samples'

function add(library: Library, caseId: string, revision: Partial<NewRevision>): Promise<unknown> {
  return addRevision(library, {
    caseId,
    parent: getCase(library, caseId).revision,
    origin: 'model',
    model: 'flare@1',
    statuses: {},
    edited: [],
    labels: smallLabels(),
    ...revision,
  })
}

async function labelled(library: Library, seed: number, model = 'flare@1'): Promise<string> {
  const { id } = await addCase(library, newCase(seed))
  await add(library, id, { model })
  return id
}

afterEach(() => {
  vi.useRealTimers()
})

describe('the statistics of a site', () => {
  it('are empty where nobody read anything', async () => {
    const library = temporaryLibrary()
    await labelled(library, 1)
    expect(siteStatistics(library)).toEqual({ readers: [], models: [] })
    expect([...statisticsCsv(siteStatistics(library))]).toHaveLength(1)
  })

  it('count what each reader said last of each structure, with what it took', async () => {
    const anna = temporaryLibrary({ user: 'anna' })
    const bert: Library = { ...anna, user: 'bert' }
    const [first, second] = [await labelled(anna, 1), await labelled(anna, 2)]
    setStatus(anna, first, 'liver', 'rejected')
    setStatus(anna, first, 'liver', 'accepted')
    setStatus(anna, second, 'liver', 'absent')
    const corrected = { origin: 'reader', statuses: { spleen: 'corrected' } } as const
    await add(anna, first, { ...corrected, efforts: [{ structure: 'spleen', voxels: 40, seconds: 30, dsc: 0.5 }] })
    await add(anna, first, { ...corrected, efforts: [{ structure: 'spleen', voxels: 10, seconds: null, dsc: 0.75 }] })
    setStatus(bert, second, 'spleen', 'rejected')

    const { readers } = siteStatistics(anna)
    expect(readers.map(({ name }) => name)).toEqual(['anna', 'bert'])
    expect(readers[0]).toMatchObject({ cases: 2, accepted: 1, corrected: 1, absent: 1, rejected: 0, voxels: 50 })
    expect(readers[0].structures).toMatchObject([
      { structure: 'liver', cases: 2, accepted: 1, corrected: 0, absent: 1, voxels: 0, seconds: null, dsc: null },
      { structure: 'spleen', cases: 1, accepted: 0, corrected: 1, absent: 0, voxels: 50, seconds: 30, dsc: 0.75 },
    ])
    expect(readers[1]).toMatchObject({ cases: 1, rejected: 1, seconds: null, dsc: null })
  })

  it('count nothing that an import brought or a new proposal took away', async () => {
    const library = temporaryLibrary()
    const { id } = await addCase(library, newCase())
    await add(library, id, { origin: 'import', model: null, statuses: { liver: 'accepted', spleen: 'accepted' } })
    await add(library, id, { statuses: { liver: 'accepted' } })
    expect(siteStatistics(library)).toEqual({ readers: [], models: [] })
    setStatus(library, id, 'spleen', 'accepted')
    expect(siteStatistics(library).readers).toMatchObject([{ name: 'reader', accepted: 1, cases: 1 }])
  })

  it('count what was said within the millisecond in which a model labelled the case', async () => {
    vi.useFakeTimers({ toFake: ['Date'] })
    const library = temporaryLibrary()
    setStatus(library, await labelled(library, 1), 'liver', 'accepted')
    expect(siteStatistics(library).models).toMatchObject([{ name: 'flare@1', accepted: 1 }])
  })

  it('tell how readers found each version of a model, the oldest first, since a moment where one is named', async () => {
    const library = temporaryLibrary()
    const old = await labelled(library, 1, 'flare@9')
    setStatus(library, old, 'liver', 'rejected')
    await new Promise((resolve) => setTimeout(resolve, 5))
    const since = new Date().toISOString()
    const fresh = await labelled(library, 2, 'flare@10')
    setStatus(library, fresh, 'liver', 'accepted')
    expect(siteStatistics(library).models).toMatchObject([
      { name: 'flare@9', rejected: 1, accepted: 0 },
      { name: 'flare@10', rejected: 0, accepted: 1 },
    ])
    const { readers, models } = siteStatistics(library, since)
    expect(models.map(({ name }) => name)).toEqual(['flare@10'])
    expect(readers).toMatchObject([{ cases: 1, accepted: 1, rejected: 0 }])
    const lines = [...statisticsCsv({ readers, models })]
    expect(lines[0]).toBe('of,name,structure,cases,accepted,corrected,absent,rejected,voxels,seconds,dsc,reasons\r\n')
    expect(lines.slice(1)).toEqual([
      'reader,reader,all,1,1,0,0,0,0,,,\r\n',
      'reader,reader,liver,1,1,0,0,0,0,,,\r\n',
      'model,flare@10,all,1,1,0,0,0,0,,,\r\n',
      'model,flare@10,liver,1,1,0,0,0,0,,,\r\n',
    ])
  })

  it('tell why masks were rejected: by structure, reader and version of a model, as often as they were', async () => {
    const anna = temporaryLibrary({ user: 'anna' })
    const bert: Library = { ...anna, user: 'bert' }
    const reject = (library: Library, id: string, structure: string, reason: string): void =>
      rejectStructure(library, id, structure, reason)
    const [first, second, third] = [
      await labelled(anna, 1),
      await labelled(anna, 2),
      await labelled(anna, 3, 'flare@2'),
    ]
    reject(anna, first, 'spleen', 'it is the stomach')
    reject(anna, second, 'spleen', 'It is  the stomach')
    reject(bert, third, 'spleen', 'too poor an image')
    reject(anna, first, 'liver', 'too poor an image')
    // What was thought better of counts no more, and a reason that was changed counts once.
    reject(anna, second, 'liver', 'runs into a neighbour')
    setStatus(anna, second, 'liver', 'accepted')
    reject(anna, first, 'aorta', 'runs into a neighbour')
    addNote(anna, first, { structure: 'aorta', kind: 'reject', text: 'it is the cava' })
    setStatus(anna, third, 'aorta', 'rejected')
    // A later version's masks of the same case are rejected for another reason.
    await add(anna, first, { model: 'flare@2' })
    reject(bert, first, 'spleen', 'another structure')

    const { readers, models } = siteStatistics(anna)
    const reasonsOf = (row: WorkRow): Record<string, string[]> =>
      Object.fromEntries(
        [{ ...row, structure: 'all' }, ...row.structures].map(({ structure, reasons }) => [
          structure,
          reasons.map(({ reason, count }) => `${count} ${reason}`),
        ]),
      )
    expect(readers.map(reasonsOf)).toEqual([
      {
        all: ['2 it is the stomach', '1 null', '1 it is the cava', '1 too poor an image'],
        aorta: ['1 null', '1 it is the cava'],
        liver: ['1 too poor an image'],
        spleen: ['2 it is the stomach'],
      },
      { all: ['1 another structure', '1 too poor an image'], spleen: ['1 another structure', '1 too poor an image'] },
    ])
    expect(models.map(reasonsOf)).toEqual([
      {
        all: ['2 it is the stomach', '1 it is the cava', '1 too poor an image'],
        aorta: ['1 it is the cava'],
        liver: ['1 too poor an image'],
        spleen: ['2 it is the stomach'],
      },
      {
        all: ['1 null', '1 another structure', '1 too poor an image'],
        aorta: ['1 null'],
        spleen: ['1 another structure', '1 too poor an image'],
      },
    ])
    for (const row of [...readers, ...models]) {
      expect(row.reasons.reduce((sum, { count }) => sum + count, 0)).toBe(row.rejected)
    }
    expect([...statisticsCsv({ readers, models })].find((line) => line.startsWith('model,flare@1,spleen'))).toBe(
      'model,flare@1,spleen,2,0,0,0,2,0,,,2 x it is the stomach\r\n',
    )
  })
})
