import type { DeedInput } from '../editor/deeds'
import type { EffectReply, EffectRequest } from '../editor/effect.worker'
import type { EffectInput, EffectResult } from '../editor/effectRun'

/** Works an effect or a deed out elsewhere; a second request makes the first one's answer void. */
export interface EffectRunner {
  run(input: EffectInput | DeedInput): Promise<EffectResult | null>
  dispose(): void
}

/** In a worker of its own, so that the window goes on. */
export function workerRunner(): EffectRunner {
  const worker = new Worker(new URL('../editor/effect.worker.ts', import.meta.url), { type: 'module' })
  let turn = 0
  let waiting: ((result: EffectResult | null) => void) | null = null
  worker.onmessage = ({ data }: MessageEvent<EffectReply>) => {
    if (data.turn !== turn) return
    waiting?.(data.result)
    waiting = null
  }
  return {
    run(input) {
      waiting?.(null)
      return new Promise((resolve) => {
        waiting = resolve
        const memory = 'image' in input && input.image ? [input.image.buffer] : []
        worker.postMessage({ turn: ++turn, input } satisfies EffectRequest, [input.labels.buffer, ...memory])
      })
    },
    dispose: () => worker.terminate(),
  }
}
