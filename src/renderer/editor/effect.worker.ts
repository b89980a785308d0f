import { deltaOf, type EditJob } from './editJob'
import type { LabelDelta } from './labelDelta'

/** A turn's number goes along, so that an answer that nobody waits for any more is known. */
export interface EditRequest {
  readonly turn: number
  readonly job: EditJob
}

export interface EditReply {
  readonly turn: number
  readonly delta: LabelDelta | null
}

self.onmessage = ({ data }: MessageEvent<EditRequest>): void => {
  const { turn, job } = data
  const delta = deltaOf(job)
  const memory = delta ? [delta.starts, delta.lengths, delta.before, delta.after].map(({ buffer }) => buffer) : []
  self.postMessage({ turn, delta } satisfies EditReply, { transfer: memory })
}
