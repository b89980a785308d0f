import { count } from './count'
import type { LeftOutCase, UnprovenStructure } from './modelCard'

/**
 * A structure that no held-out case shows is offered from this DSC on, against the labels that the model was taught. A
 * network does better on those than on any others: where it misses even there as much as it meets, correcting its masks of
 * new cases takes longer than drawing them.
 */
export const OFFERED_FROM = 0.5

/** What a model's offer of such a structure stands on. */
export function unprovenWords({ structure, cases, dsc, offered }: UnprovenStructure): string {
  if (dsc === null) {
    return offered
      ? `${structure} is offered, not scored on held-out cases yet`
      : `${structure} is not offered: no case that was learned from shows it`
  }
  const taught = `DSC ${dsc.toFixed(3)} on ${count(cases, 'case')} that it was taught`
  return offered
    ? `${structure} is offered, not scored on held-out cases yet (${taught})`
    : `${structure} is not offered: ${taught}, at least ${OFFERED_FROM} is needed`
}

/** One line a case that was left out: what, which, why, and what to do. */
export function leftOutLine({ id, title, role, reason }: LeftOutCase): string {
  const use = role === 'hold-out' ? 'not scored on' : 'not learned from'
  const mend = /backup/.test(reason) ? '' : '; restore it from a backup'
  return `${title} (${id.slice(0, 8)}) was ${use}: ${reason}${mend}`
}
