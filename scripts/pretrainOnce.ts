import { join } from 'node:path'
import { progressLine } from '../src/main/cli/terminal'
import type { ImageSource } from '../src/main/learning/pretraining/images'
import { isInitialisation } from '../src/main/learning/pretraining/initialisation'
import type { PretrainingPlan } from '../src/main/learning/pretraining/plan'
import { pretrain } from '../src/main/learning/pretraining/pretrain'
import { exists } from '../src/main/learning/runFiles'

export interface Once {
  readonly plan: PretrainingPlan
  readonly images: readonly ImageSource[]
  readonly holdOut: readonly ImageSource[]
  readonly seed: number
  readonly attribution: string
  readonly threads: number
}

/** Pre-trains into a folder unless it was done before; an interrupted run is resumed. */
export async function pretrainOnce(
  folder: string,
  { plan, images, holdOut, seed, attribution, threads }: Once,
): Promise<void> {
  if (await isInitialisation(folder)) return
  const resume = await exists(join(folder, 'checkpoint.bin'))
  let shown = 0
  const { steps, seconds, loss } = await pretrain(
    images,
    { plan, seed, out: folder, attribution, holdOut, resume, threads },
    {
      signal: new AbortController().signal,
      report: (progress) => {
        if (performance.now() - shown < 15_000) return
        shown = performance.now()
        console.error(`${plan.method} ${seed}: ${progressLine(progress)}`)
      },
    },
  )
  console.log(`${plan.method} ${seed}: ${steps} steps, ${(seconds / 60).toFixed(1)} min, loss ${loss.toFixed(3)}`)
}
