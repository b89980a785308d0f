import type { LabelSchema } from '../../shared/labels/schema'
import type { UncertaintyMap } from '../../shared/uncertainty'
import type { Volume } from '../imaging/volume'
import { doubtfulSpots } from './doubtfulSpots'
import { inBits } from './uncertainty'

/**
 * What is kept of a segmentation's uncertainty: the map in bits, and the places to look at.
 * @param entropy 0 to 1, as `segment` gives it
 * @param likeliest the label that each voxel most likely has, ids of the schema, on the same grid
 */
export function uncertaintyMap(
  entropy: Volume<Float32Array>,
  likeliest: Volume<Uint8Array>,
  classes: number,
  schema: LabelSchema,
): UncertaintyMap {
  const { dims, affine } = entropy
  const bits = inBits(entropy.data, classes)
  const names = new Map(schema.structures.map(({ id, name }) => [id, name]))
  const spots = doubtfulSpots({ dims, affine, data: bits }, likeliest.data).flatMap(({ label, ...spot }) => {
    const structure = names.get(label)
    return structure === undefined ? [] : [{ structure, ...spot }]
  })
  return { dims, affine, bits, spots }
}
