import type { LabelSchema } from '../../../shared/labels/schema'
import { resampleLinear } from '../../imaging/resample'
import type { Volume } from '../../imaging/volume'
import { offeredStructures, type Model } from '../../segmentation/model'
import type { Network } from '../../segmentation/network'
import { segment } from '../../segmentation/segment'
import type { Answer } from './jointAnswer'

/**
 * What a model says of an image, on the image's grid and in the ids of `schema`: structures are the same where they have the
 * same name. What of the model's the schema does not have is background.
 */
export async function answerOf(
  image: Volume,
  model: Model,
  network: Network,
  schema: LabelSchema,
  signal: AbortSignal,
): Promise<Answer> {
  const quiet = { report: () => undefined, signal }
  const { labels, uncertainty } = await segment(image, model, { network, uncertainty: true, work: quiet })
  const table = new Uint8Array(256)
  const offers = new Uint8Array(256)
  for (const { name, id } of offeredStructures(model)) {
    const ours = schema.structures.find((s) => s.name === name)
    if (!ours) continue
    table[id] = ours.id
    offers[ours.id] = 1
  }
  const entropy = uncertainty ? resampleLinear(uncertainty, image).data : new Float32Array(labels.data.length)
  return { labels: labels.data.map((id) => table[id]), entropy, offers }
}
