import { describe, expect, it } from 'vitest'
import {
  byWork,
  chainWords,
  emptiedWords,
  percentText,
  sharesOf,
  sinceOf,
  storageRows,
  timeEach,
  trendsOf,
  voxelsEach,
} from '../../../src/renderer/site/siteView'
import type { Tally, WorkRow } from '../../../src/shared/site'

const tally = (rest: Partial<Tally> = {}): Tally => {
  const nothing = {
    accepted: 0,
    corrected: 0,
    absent: 0,
    rejected: 0,
    reasons: [],
    voxels: 0,
    seconds: null,
    dsc: null,
  }
  return { cases: 0, ...nothing, ...rest }
}
const version = (name: string, rest: Partial<Tally> = {}): WorkRow => ({ name, ...tally(rest), structures: [] })

describe('the figures of a row', () => {
  it('are shares of what was judged, and work for each of it', () => {
    const row = tally({ accepted: 6, corrected: 3, rejected: 1, voxels: 5000, seconds: 1500 })
    expect(sharesOf(row)).toEqual([
      { status: 'accepted', percent: 60 },
      { status: 'corrected', percent: 30 },
      { status: 'rejected', percent: 10 },
    ])
    expect(percentText(row, 'corrected')).toBe('30 %')
    expect(voxelsEach(row)).toBe(500)
    expect(timeEach(row)).toBe('2.5 min')
    expect(timeEach({ ...row, seconds: 380 })).toBe('38 s')
  })

  it('are nothing where nothing was judged', () => {
    expect(sharesOf(tally())).toEqual([])
    expect([percentText(tally(), 'accepted'), timeEach(tally({ seconds: 9 })), voxelsEach(tally())]).toEqual([
      '–',
      '–',
      null,
    ])
  })

  it('stand with the most work first', () => {
    const structures = ['aorta', 'liver', 'spleen'].map((structure, n) => ({ structure, ...tally({ voxels: n % 2 }) }))
    expect(byWork({ ...version('anna'), structures }).map(({ structure }) => structure)).toEqual([
      'liver',
      'aorta',
      'spleen',
    ])
  })
})

describe('a trend', () => {
  it('goes over the versions of one model; what has one version has none', () => {
    const rows = [
      version('brain@1', { accepted: 1 }),
      version('deep-abdomen@9', { accepted: 1, rejected: 3, voxels: 800, dsc: 0.5 }),
      version('deep-abdomen@10', { accepted: 3, rejected: 1, voxels: 200 }),
    ]
    const [found, ...others] = trendsOf(rows)
    expect([found.model, others]).toEqual(['deep-abdomen', []])
    expect(found.trends.map(({ points }) => points)).toEqual([
      [
        { version: 'v9', text: '0.50', share: 0.5 },
        { version: 'v10', text: '–', share: 0 },
      ],
      [
        { version: 'v9', text: '25 %', share: 0.25 },
        { version: 'v10', text: '75 %', share: 0.75 },
      ],
      [
        { version: 'v9', text: '200', share: 1 },
        { version: 'v10', text: '50', share: 0.25 },
      ],
    ])
  })
})

describe('words of the site', () => {
  it('say whether the chain is whole, and where it is not', () => {
    const when = (iso: string): string => iso.slice(0, 10)
    expect(chainWords({ entries: 1, broken: null }, when)).toBe('Intact: 1 entry')
    expect(chainWords({ entries: 4094, broken: null }, when)).toBe('Intact: 4,094 entries')
    expect(chainWords({ entries: 1200, broken: { id: 1201, at: null } }, when)).toBe(
      'Entry 1,201, and what came after it, is gone',
    )
    const broken = { id: 1111, at: '2026-02-03T04:05:06.000Z' }
    expect(chainWords({ entries: 1110, broken }, when)).toBe('Broken at entry 1,111, of 2026-02-03')
  })

  it('say what went with the trash, and what goes later', () => {
    expect(emptiedWords({ cases: 1, bytes: 2_500_000, later: 0 })).toMatch(/^1 case gone for good, 2\.5 MB freed$/)
    expect(emptiedWords({ cases: 3, bytes: 0, later: 2 })).toContain('files of 2 cases are in use')
  })

  it('know when a period began', () => {
    const now = Date.parse('2026-03-31T12:00:00Z')
    expect(sinceOf('all', now)).toBeNull()
    expect(sinceOf('week', now)).toBe('2026-03-24T12:00:00.000Z')
  })
})

it('lists what takes room, the most first, and leaves out what takes none', () => {
  const rows = storageRows({ images: 900, labels: 20, models: 4000, trash: 0 })
  expect(rows.map(({ title, bytes }) => [title, bytes])).toEqual([['Models', 4000], ['Images', 900], ['Labels', 20]]) // prettier-ignore
})
