import { parse } from 'valibot'
import { events, requests } from '../shared/contract'
import type { Channel, EventName, Input, Output, Reply } from '../shared/contract'
import { verbs, type EmendApi, type Verbs } from '../shared/windowApi'

/** What the api needs of Electron; handed in, so that the api can be tested in plain Node. */
export interface Bridge {
  /** Sends a request over its channel; main answers with a `Reply`. */
  invoke(channel: Channel, input: unknown): Promise<Reply>
  /** Listens to an event; the returned function stops it. */
  listen(event: EventName, listener: (payload: unknown) => void): () => void
  pathOf(file: File): string
}

/** The named verbs that the window gets: nothing of Electron passes through, and every answer is checked. */
export function buildApi(bridge: Bridge): EmendApi {
  async function ask<C extends Channel>(channel: C, input: Input<C>): Promise<Output<C>> {
    const reply = await bridge.invoke(channel, input)
    if (!reply.ok) throw new Error(reply.hint ? `${reply.message} (${reply.hint})` : reply.message)
    return parse(requests[channel].output, reply.value) as Output<C>
  }

  const answers = Object.entries(verbs).map(([verb, channel]) => [
    verb,
    (input: Input<typeof channel>) => ask(channel, input),
  ])
  return {
    ...(Object.fromEntries(answers) as Verbs),
    pathOf: (file) => bridge.pathOf(file),
    on(event, listener) {
      const schema = events[event]
      return bridge.listen(event, (payload) => listener(parse(schema, payload) as Parameters<typeof listener>[0]))
    },
  }
}
