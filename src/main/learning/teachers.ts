import type { Work } from '../../shared/progress'
import type { Value, Device } from '../graph/session'
import type { Grid, Volume } from '../imaging/volume'
import { voxelCount } from '../imaging/volume'
import type { Model } from '../segmentation/model'
import { openNetwork, type Network } from '../segmentation/network'
import { probabilitiesOn } from '../segmentation/probabilities'
import type { Placement } from './augment'
import { nearestVoxels } from './patches'
import type { PreparedCase } from './preparedCase'
import type { Recipe } from './recipe'
import { temperatureAt } from './schedule'

/** Sixteenths of a nat: a probability down to e^-16 in a byte, to 3 %. */
const PER_NAT = 16

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

/** What a step of distillation takes beside image and labels: the teachers' answers where the samples lie. */
export class SoftTargets {
  readonly #teacher: Float32Array
  readonly #shape: readonly number[]

  constructor(
    private readonly recipe: Pick<Recipe, 'patch' | 'batch'> & {
      readonly distillation: NonNullable<Recipe['distillation']>
    },
    private readonly channels: number,
  ) {
    const [i, j, k] = recipe.patch
    this.#shape = [recipe.batch, channels, k, j, i]
    this.#teacher = new Float32Array(recipe.batch * channels * i * j * k)
  }

  /** To be called for each sample, as `PatchSource.at` does. Beyond the image the teachers say background. */
  collect = (n: number, from: PreparedCase, placement: Placement): void => {
    const { patch } = this.recipe
    const nearest = nearestVoxels(from.dims, patch, placement)
    const size = nearest.length
    const voxels = from.dims[0] * from.dims[1] * from.dims[2]
    if (!from.soft) throw new Error(`the case ${from.id} has no teachers`)
    for (let c = 0; c < this.channels; c++) {
      const to = (n * this.channels + c) * size
      for (let at = 0; at < size; at++) {
        const source = nearest[at]
        const byte = source < 0 ? (c === 0 ? 0 : 255) : from.soft[c * voxels + source]
        this.#teacher[to + at] = -byte / PER_NAT
      }
    }
  }

  feeds(progress: number): Record<string, Value> {
    const temperature = temperatureAt(progress, this.recipe.distillation.temperature)
    return {
      teacher: { data: this.#teacher, dims: this.#shape },
      temperature: { data: Float32Array.of(temperature), dims: [1] },
    }
  }
}
