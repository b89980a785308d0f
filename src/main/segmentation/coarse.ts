import { unwatched, type Work } from '../../shared/progress'
import type { Box } from '../../shared/voxels/box'
import type { Device } from '../graph/session'
import type { Volume } from '../imaging/volume'
import { requireMemory } from './checks'
import { classScores } from './classScores'
import type { Model } from './model'
import { tensorInference } from './modelAxes'
import { openNetwork } from './network'
import { preprocess } from './preprocess'
import { regionOf } from './region'

/** Where a coarse model finds something, in voxels of the volume, and a margin; null where it finds nothing. */
export async function coarseRegion(
  volume: Volume,
  model: Model,
  options: { readonly device?: Device; readonly threads?: number; readonly work?: Work },
): Promise<Box | null> {
  const network = await openNetwork(model, options)
  try {
    const { image } = preprocess(volume, model.manifest)
    requireMemory(volume, image, network.classes)
    const how = tensorInference(model.manifest)
    const quiet: Work = { ...(options.work ?? unwatched), report: () => undefined }
    return regionOf(await classScores(network, image, how, quiet), volume)
  } finally {
    await network.close()
  }
}
