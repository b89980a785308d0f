import { count } from '../../shared/count'
import type { JobRow } from '../../shared/jobs'
import type { Toast } from './toasts.svelte'

/**
 * What is said when a job has ended; null where nothing is. Where it went on without some cases, that is a warning that says
 * how many they are and names the first.
 */
export function jobEnding({
  kind,
  title,
  state,
  outcome,
  passedOver = [],
}: JobRow): Pick<Toast, 'text' | 'tone'> | null {
  const line = `${title}: ${outcome ?? state}`
  if (state === 'failed') return { text: line, tone: 'danger' }
  if (state !== 'done') return null
  // A run of learning may end with a model that is kept out.
  if (passedOver.length === 0) return { text: line, tone: kind === 'learn' ? 'plain' : 'good' }
  const first = `${count(passedOver.length, 'case')} could not be segmented, ${passedOver.length > 1 ? 'first ' : ''}${passedOver[0].line}`
  // What a run of learning came to says more than these cases.
  return { text: kind === 'learn' ? `${line}; ${first}` : `${title}: ${first}`, tone: 'warning' }
}
