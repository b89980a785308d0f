import { safeParse } from 'valibot'
import type { BaseIssue } from 'valibot'
import { requests, SCHEME } from '../../shared/contract'
import type { Channel, Input, Output, Reply } from '../../shared/contract'
import { EmendError, oneLine } from '../../shared/errors'

/** Who sent a request, as Electron tells it. */
export interface Sender {
  /** Address of the frame that sent it, null where the frame is gone. */
  readonly url: string | null
  /** Whether it is the top frame of a window that this process opened. */
  readonly isOwnWindow: boolean
}

/** What each channel does, behind the checks. */
export type Handlers = { readonly [C in Channel]: (input: Input<C>) => Promise<Output<C>> | Output<C> }

/** The window's origin as Chromium writes it into an Origin header. */
export const APP_ORIGIN = `${SCHEME}://app`

export function isTrusted(sender: Sender): boolean {
  if (!sender.isOwnWindow || !sender.url || !URL.canParse(sender.url)) return false
  const { protocol, host } = new URL(sender.url)
  return `${protocol}//${host}` === APP_ORIGIN
}

/**
 * Answers one request: the sender is checked first, then the input, then what the handler made of it.
 * Never throws; faults of ours are handed to `logFault` with their stack, the window gets one line.
 */
export async function answer(
  handlers: Handlers,
  channel: Channel,
  sender: Sender,
  input: unknown,
  logFault: (fault: unknown) => void = console.error,
): Promise<Reply> {
  if (!isTrusted(sender)) {
    logFault(`refused ${channel} from ${sender.url ?? 'a frame that is gone'}`)
    return { ok: false, message: 'refused: the request does not come from the Emend window' }
  }
  const asked = safeParse(requests[channel].input, input)
  if (!asked.success) {
    return { ok: false, message: `bad request ${channel}: ${describeIssue(asked.issues[0])}` }
  }
  try {
    const handle = handlers[channel] as (input: unknown) => unknown
    const made = safeParse(requests[channel].output, await handle(asked.output))
    if (!made.success) throw new Error(`bad answer to ${channel}: ${describeIssue(made.issues[0])}`)
    return { ok: true, value: made.output }
  } catch (error) {
    if (error instanceof EmendError) return { ok: false, message: error.message, hint: error.hint }
    logFault(error)
    return { ok: false, message: oneLine(error) }
  }
}

function describeIssue(issue: BaseIssue<unknown>): string {
  const path = issue.path?.map((item) => String(item.key)).join('.')
  return path ? `${path}: ${issue.message}` : issue.message
}
