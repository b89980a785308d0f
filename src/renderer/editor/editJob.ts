import type { Vec3 } from '../../shared/geometry/affine'
import { runDeed, type DeedInput } from './deeds'
import { planned } from './editPlan'
import type { EditRules } from './editRules'
import { paintTable, resultTable } from './editTable'
import { runEffect, type EffectInput } from './effectRun'
import type { LabelDelta } from './labelDelta'
import type { WritableValues } from './writable'

/** An edit that is worked out beside the window, on a block of the volume. */
export type EditJob =
  | { readonly kind: 'effect'; readonly input: EffectInput; readonly rules: EditRules; readonly dims: Vec3 }
  | {
      readonly kind: 'deed'
      readonly input: DeedInput
      /** What is written where the deed is done, and over what. */
      readonly value: number
      readonly over: WritableValues
      readonly dims: Vec3
    }

/** What a job changes in the whole volume; null where that is nothing. */
export function deltaOf(job: EditJob): LabelDelta | null {
  const { dims, input } = job
  const is = { box: input.box, voxels: input.labels }
  if (job.kind === 'deed') {
    const said = runDeed(job.input)
    return planned({ dims, box: input.box, said, is, table: paintTable(job.value, job.over) })
  }
  const result = runEffect(job.input)
  const table = resultTable(result.kind, job.rules)
  return planned({ dims, box: result.box, said: result, is, table })
}
