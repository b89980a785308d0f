import type { EditJob } from '../editor/editJob'
import type { EditReply, EditRequest } from '../editor/effect.worker'
import type { LabelDelta } from '../editor/labelDelta'

/** What a job came to; null where a later one made it void. */
export type EditAnswer = { readonly delta: LabelDelta | null } | null

/** Works an effect or a deed out elsewhere; a second request makes the first one's answer void. */
export interface EffectRunner {
  run(job: EditJob): Promise<EditAnswer>
  dispose(): void
}

/** In a worker of its own, so that the window goes on. */
export function workerRunner(): EffectRunner {
  const worker = new Worker(new URL('../editor/effect.worker.ts', import.meta.url), { type: 'module' })
  let turn = 0
  let waiting: ((answer: EditAnswer) => void) | null = null
  worker.onmessage = ({ data }: MessageEvent<EditReply>) => {
    if (data.turn !== turn) return
    waiting?.({ delta: data.delta })
    waiting = null
  }
  return {
    run(job) {
      waiting?.(null)
      return new Promise((resolve) => {
        waiting = resolve
        const { labels } = job.input
        const image = 'image' in job.input && job.input.image ? [job.input.image.buffer] : []
        worker.postMessage({ turn: ++turn, job } satisfies EditRequest, [labels.buffer, ...image])
      })
    },
    dispose: () => worker.terminate(),
  }
}
