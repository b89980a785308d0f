import { describe, expect, it } from 'vitest'
import type { ModelCard } from '../../../src/shared/modelCard'
import { modelCardText, trainingText } from '../../../src/main/cli/modelCardText'

const card: ModelCard = {
  format: 'emend-card/1',
  startedAt: '2026-02-03T22:00:00.000Z',
  startedBy: 'anna',
  parents: ['flare@4', 'flare@3'],
  cases: [
    { id: 'case-a', revision: 'rev-1', verified: ['liver', 'spleen'] },
    { id: 'case-b', revision: 'rev-2', verified: ['liver'] },
  ],
  leftOut: [
    { id: 'case-c', title: 'Torn', role: 'work', verified: ['liver'], reason: 'its labels do not fit its image' },
  ],
  replayed: 0,
  holdOut: { name: 'library-1-x', cases: ['case-d'] },
  recipe: 'fast',
  seed: 4,
  steps: 150,
  verdict: 'promoted: better',
  structures: [{ structure: 'liver', cases: 1, dsc: { mean: 0.9, low: 0.8, high: 0.95 }, gain: null }],
  unproven: [{ structure: 'cyst', cases: 2, dsc: 0.31, offered: false }],
  worst: [{ case: 'case-d', structure: 'liver', dsc: 0.9, before: 0.85 }],
  contradictions: [{ case: 'case-b', structure: 'liver', dsc: 0.1 }],
}
const steps = Array.from({ length: 100 }, (_, n) => n + 1)

describe('a model’s card in a shell', () => {
  const text = modelCardText(
    {
      card,
      curve: {
        columns: ['step', 'seconds', 'learning rate', 'loss', 'liver', 'spleen'],
        rows: steps.map((step) => [step, step, 1e-3, 1 / step, 0.5, step === 100 ? 0.7 : null]),
      },
      dsc: { columns: ['step', 'liver', 'spleen'], rows: [[1, 0.1, null], [100, 0.9, 0.8]] }, // prettier-ignore
      recipe: [{ name: 'Patch', value: '64 x 64 x 64 voxels' }],
    },
    new Map([['case-a', 'Abdomen A']]),
  )
  const lines = text.split('\n').map((line) => line.trim().replace(/ {2,}/g, ' | '))

  it('says what it came from: recipe, cases with their revisions, and what was left out', () => {
    expect(lines).toContain('Patch | 64 x 64 x 64 voxels')
    expect(lines).toContain('case-a | rev-1 | Abdomen A | liver, spleen')
    expect(lines).toContain('case-b | rev-2 | no more here | liver')
    expect(lines).toContain('warning: Torn (case-c) was not learned from: its labels do not fit its image; restore it from a backup') // prettier-ignore
  })

  it('says how its training went, in a few points that end with the last', () => {
    const from = lines.indexOf('loss, and Dice of the batch')
    expect(lines.slice(from + 1, from + 3)).toEqual(['step | loss | Dice', '9 | 0.111 | 0.500'])
    expect(lines).toContain('100 | 0.010 | 0.600')
    const dsc = lines.indexOf('DSC on cases that it learned from')
    expect(lines.slice(dsc + 1, dsc + 4)).toEqual(['step | liver | spleen', '1 | 0.100', '100 | 0.900 | 0.800'])
  })

  it('says how good it is, what it does not offer, and which labels it does not follow', () => {
    expect(lines).toContain('liver | DSC 0.900 (0.800 to 0.950) | 1 case')
    expect(lines).toContain('cyst is not offered: DSC 0.310 on 2 cases that it was taught, at least 0.5 is needed')
    expect(lines).toContain('case-d | liver | 0.900 | 0.850')
    expect(lines).toContain('case-b | liver | 0.100')
  })

  it('says of a model that no cycle made what else is on record', () => {
    const recipe = [{ name: 'Looks first', value: 'finder@3' }]
    expect(trainingText({ card: null, curve: null, dsc: null, recipe }).split('\n')).toEqual([
      'no cycle of this library made it',
      'recipe',
      '  Looks first  finder@3',
    ])
  })
})
