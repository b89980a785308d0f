import { beforeAll, describe, expect, it } from 'vitest'
import { phantoms, type ClickCase } from '../../../bench/clicks/cases'
import { geodesic } from '../../../bench/clicks/methods'
import { read, type Read } from '../../../bench/clicks/session'
import { proposalNetwork } from '../../../src/shared/voxels/proposal/proposalNetwork'
import { networkScorer } from '../../../src/shared/voxels/proposal/windowNetwork'

/** A phantom that nothing was trained on. */
const seed = 91
const wanted = ['right kidney', 'spleen']

const structures: ClickCase[] = []
beforeAll(async () => {
  for await (const subject of phantoms([seed], 60)) if (wanted.includes(subject.structure)) structures.push(subject)
})

const lastOf = ({ turns }: Read): number => turns[turns.length - 1].dsc

describe('a reader who corrects proposals', () => {
  it('gets a compact organ roughly from one click, and further clicks mend it', () => {
    const network = networkScorer(proposalNetwork())
    for (const subject of structures) {
      const { turns } = read(subject, network, { most: 4, goal: 0.95 })
      expect(turns[0].dsc).toBeGreaterThan(0.4)
      for (let n = 1; n < turns.length; n++) expect(turns[n].dsc).toBeGreaterThan(turns[n - 1].dsc - 0.02)
      expect(turns[turns.length - 1].dsc).toBeGreaterThan(0.8)
    }
  })

  it('gets closer by any method: a mark changes the mask only near itself', () => {
    const [subject] = structures
    const first = read(subject, geodesic, { most: 1, goal: 1 })
    expect(lastOf(read(subject, geodesic, { most: 5, goal: 1 }))).toBeGreaterThan(lastOf(first))
  })
})
