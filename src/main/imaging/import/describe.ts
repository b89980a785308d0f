import type { Affine, Vec3 } from '../../../shared/geometry/affine'
import { orientation, spacing } from '../volume'
import type { ImportResult } from './result'

type Row4 = Affine[number]

/** What `emend info --json` prints. */
export interface Description {
  readonly volumes: readonly {
    readonly id: string
    readonly modality: string
    readonly description: string
    readonly dims: Vec3
    /** mm */
    readonly spacing: Vec3
    /** Voxel to RAS mm, four rows. */
    readonly affine: readonly [Row4, Row4, Row4, Row4]
    readonly orientation: string
    readonly warnings: readonly string[]
  }[]
  readonly skipped: readonly { readonly path: string; readonly reason: string }[]
}

export function describe({ volumes, skipped }: ImportResult): Description {
  return {
    volumes: volumes.map(({ id, modality, description, volume, warnings }) => ({
      id,
      modality,
      description,
      dims: volume.dims,
      spacing: spacing(volume),
      affine: [...volume.affine, [0, 0, 0, 1]],
      orientation: orientation(volume),
      warnings,
    })),
    skipped,
  }
}
