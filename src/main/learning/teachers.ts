import type { Work } from '../../shared/progress'
import type { Value, Device } from '../graph/session'
import type { Grid, Volume } from '../imaging/volume'
import { voxelCount } from '../imaging/volume'
import type { Model } from '../segmentation/model'
import { openNetwork, type Network } from '../segmentation/network'
import { probabilitiesOn } from '../segmentation/probabilities'
import type { Batch } from './patches'
import { PER_NAT } from './preparedCase'
import type { Recipe } from './recipe'
import { temperatureAt } from './schedule'

/** Teachers, open on a device: any models, Emend's or foreign, whatever grid they see. */
export class Teachers {
  private constructor(
    private readonly models: readonly Model[],
    private readonly networks: readonly Network[],
    /** 'background', then the structures that the student learns. */
    private readonly channels: readonly string[],
  ) {}

  static async open(
    models: readonly Model[],
    channels: readonly string[],
    options: { readonly device?: Device; readonly threads?: number } = {},
  ): Promise<Teachers> {
    const networks: Network[] = []
    for (const model of models) networks.push(await openNetwork(model, options))
    return new Teachers(models, networks, channels)
  }

  /**
   * What the teachers together say of an image on a grid: for each channel of the student -16 ln p, at most 255, as
   * [channels, voxels]. A structure's p is the mean over the teachers that know it; background has what is left.
   */
  async answers(image: Volume, grid: Grid, work: Work): Promise<Uint8Array> {
    const voxels = voxelCount(grid.dims)
    const sums = new Float32Array(this.channels.length * voxels)
    const asked = new Float64Array(this.channels.length)
    const quiet: Work = { report: () => undefined, signal: work.signal }
    for (const [n, model] of this.models.entries()) {
      const theirs = await probabilitiesOn(grid, image, model, this.networks[n], quiet)
      model.manifest.channels.forEach((name, channel) => {
        const ours = this.channels.indexOf(name)
        if (ours <= 0) return
        asked[ours]++
        for (let at = 0; at < voxels; at++) sums[ours * voxels + at] += theirs[channel * voxels + at]
      })
    }
    return asLogarithms(sums, asked)
  }

  async close(): Promise<void> {
    for (const network of this.networks) await network.close()
  }
}

/** @param sums [channels, voxels] of so many teachers each; used up */
function asLogarithms(sums: Float32Array, asked: Float64Array): Uint8Array {
  const voxels = sums.length / asked.length
  const bytes = new Uint8Array(sums.length)
  const byte = (p: number): number => (p > 0 ? Math.min(255, Math.round(-PER_NAT * Math.log(p))) : 255)
  for (let at = 0; at < voxels; at++) {
    let total = 0
    for (let c = 1; c < asked.length; c++) {
      const n = c * voxels + at
      sums[n] = asked[c] > 0 ? sums[n] / asked[c] : 0
      total += sums[n]
    }
    const scale = total > 1 ? 1 / total : 1
    bytes[at] = byte(Math.max(0, 1 - total))
    for (let c = 1; c < asked.length; c++) bytes[c * voxels + at] = byte(sums[c * voxels + at] * scale)
  }
  return bytes
}

/** The channel that teachers find likeliest, at each voxel. */
export function likeliest(soft: Uint8Array, channels: number): Uint8Array {
  const voxels = soft.length / channels
  return Uint8Array.from({ length: voxels }, (_, at) => {
    let best = 0
    for (let c = 1; c < channels; c++) if (soft[c * voxels + at] < soft[best * voxels + at]) best = c
    return best
  })
}

/** What a step of distillation takes beside a batch's image and labels. */
export function softFeeds(
  { teacher }: Batch,
  { patch: [i, j, k], batch, distillation }: Pick<Recipe, 'patch' | 'batch' | 'distillation'>,
  progress: number,
): Record<string, Value> {
  if (!teacher || !distillation) return {}
  const channels = teacher.length / (batch * i * j * k)
  return {
    teacher: { data: teacher, dims: [batch, channels, k, j, i] },
    temperature: { data: Float32Array.of(temperatureAt(progress, distillation.temperature)), dims: [1] },
  }
}
