import { runEffect, type EffectInput, type EffectResult } from './effects'

/** A turn's number goes along, so that an answer that nobody waits for any more is known. */
export interface EffectRequest {
  readonly turn: number
  readonly input: EffectInput
}

export interface EffectReply {
  readonly turn: number
  readonly result: EffectResult
}

self.onmessage = ({ data }: MessageEvent<EffectRequest>): void => {
  const reply: EffectReply = { turn: data.turn, result: runEffect(data.input) }
  self.postMessage(reply, { transfer: [reply.result.voxels.buffer] })
}
