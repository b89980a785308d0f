import { runDeed, type DeedInput } from './deeds'
import { runEffect, type EffectInput, type EffectResult } from './effectRun'

/** A turn's number goes along, so that an answer that nobody waits for any more is known. */
export interface EffectRequest {
  readonly turn: number
  readonly input: EffectInput | DeedInput
}

export interface EffectReply {
  readonly turn: number
  readonly result: EffectResult
}

self.onmessage = ({ data }: MessageEvent<EffectRequest>): void => {
  const { turn, input } = data
  const result = 'deed' in input ? ({ kind: 'mask', ...runDeed(input) } as const) : runEffect(input)
  self.postMessage({ turn, result } satisfies EffectReply, { transfer: [result.voxels.buffer] })
}
