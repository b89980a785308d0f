import type { ProposalInput } from '../../shared/voxels/proposal/hints'

/** Works a proposal out elsewhere, one at a time. */
export interface ProposalRunner {
  run(input: ProposalInput): Promise<Uint8Array>
  dispose(): void
}

/** In a worker of its own, so that the window goes on. */
export function proposalWorker(): ProposalRunner {
  const worker = new Worker(new URL('../editor/proposal.worker.ts', import.meta.url), { type: 'module' })
  return {
    run(input) {
      return new Promise((resolve, reject) => {
        worker.onmessage = ({ data }: MessageEvent<Uint8Array>) => resolve(data)
        worker.onerror = (event) => reject(new Error(event.message))
        worker.postMessage(input, [input.image.buffer])
      })
    },
    dispose: () => worker.terminate(),
  }
}
