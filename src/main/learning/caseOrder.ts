import { seededRandom, type Random } from '../../shared/random'
import type { PreparedCase } from './preparedCase'

/** Which cases make up which batch: a function of seed and step alone, so that a run can be taken up anywhere. */
export interface CaseOrder<Case = PreparedCase> {
  /** The cases of a step's samples, in order. */
  at(step: number): readonly Case[]
}

type Weighted = Pick<PreparedCase, 'weight'>

/** Every epoch sees each case as often as its weight says, in an order of its own. */
export function byEpochs<Case extends Weighted>(cases: readonly Case[], batch: number, seed: number): CaseOrder<Case> {
  const entries = entriesOf(cases)
  let order: { epoch: number; entries: readonly Case[] } = { epoch: -1, entries: [] }
  const caseAt = (sample: number): Case => {
    const epoch = Math.floor(sample / entries.length)
    if (order.epoch !== epoch) {
      order = { epoch, entries: shuffled(entries, seededRandom(mixSeeds(seed, -1 - epoch))) }
    }
    return order.entries[sample % entries.length]
  }
  return { at: (step) => Array.from({ length: batch }, (_, n) => caseAt(step * batch + n)) }
}

/**
 * Batches of one label type each, the cases that annotate the same structures: first a type, with a probability that is
 * its share of all cases, then cases of it, none twice where there are enough (`merge-max-context-cutmix`, section 2.2,
 * "Hard mining for partially supervised segmentation"). So the Dice terms of a batch are over the same structures.
 */
export function byLabelType(cases: readonly PreparedCase[], batch: number, seed: number): CaseOrder {
  const entries = entriesOf(cases)
  const types = new Map<string, PreparedCase[]>()
  for (const entry of entries) {
    const type = entry.annotated.join('')
    types.set(type, [...(types.get(type) ?? []), entry])
  }
  if (types.size === 1) return byEpochs(cases, batch, seed)
  return {
    at(step) {
      const random = seededRandom(mixSeeds(seed, step)).fork('label type')
      // An entry drawn evenly is of a type with just that probability.
      const type = types.get(entries[random.int(entries.length)].annotated.join('')) ?? entries
      const drawn: PreparedCase[] = []
      while (drawn.length < batch) drawn.push(...shuffled(type, random).slice(0, batch - drawn.length))
      return drawn
    },
  }
}

function entriesOf<Case extends Weighted>(cases: readonly Case[]): Case[] {
  return cases.flatMap((c) => Array.from({ length: c.weight }, () => c))
}

/** One seed out of two. */
export function mixSeeds(a: number, b: number): number {
  return (Math.imul(a ^ 0x5bd1e995, 0x9e3779b1) ^ Math.imul(b, 0x85ebca6b)) | 0
}

export function shuffled<T>(items: readonly T[], random: Random): T[] {
  const order = [...items]
  for (let at = order.length - 1; at > 0; at--) {
    const other = random.int(at + 1)
    const item = order[at]
    order[at] = order[other]
    order[other] = item
  }
  return order
}
