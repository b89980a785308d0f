import { parentPort } from 'node:worker_threads'
import type { DecodeReply, DecodeRequest } from './decoderThreads'
import { decodeFrame } from './frameCodecs'

/** Decodes frames for `DecoderThreads`, each into the memory that came with it. */
parentPort?.on('message', ({ frame, format, samples }: DecodeRequest) => {
  const answer = (reply: DecodeReply): void => parentPort?.postMessage(reply)
  decodeFrame(frame, format, samples).then(
    (decoded) => {
      if (decoded.length !== samples.length) return answer({ decoded })
      if (decoded !== samples) samples.set(decoded)
      answer({})
    },
    (error: unknown) => answer({ fault: error instanceof Error ? error.message : 'the codec gave up' }),
  )
})
