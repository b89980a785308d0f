import { parentPort } from 'node:worker_threads'
import { decodeFrame } from './frameCodecs'
import type { DecodeReply, DecodeRequest } from './decoderThreads'

/** Decodes frames for `DecoderThreads`, one after another. */
parentPort?.on('message', ({ frame, format }: DecodeRequest) => {
  const answer = (reply: DecodeReply, moved: ArrayBuffer[] = []): void => parentPort?.postMessage(reply, moved)
  decodeFrame(frame, format).then(
    (samples) => answer({ samples }, samples.buffer instanceof ArrayBuffer ? [samples.buffer] : []),
    (error: unknown) => answer({ fault: error instanceof Error ? error.message : 'the codec gave up' }),
  )
})
