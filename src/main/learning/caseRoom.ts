import type { Device } from '../graph/session'
import { mostCaseBytes } from './caseMemory'
import { batchBytes, memoryAtHand, RUNTIME_BYTES, runBytes } from './memory'
import type { Recipe } from './recipe'
import { networkConfig } from './train'
import type { ImageSize } from './trainingData'

/** A network that a turn trains: by which recipe, and with how many channels. */
export interface Training {
  readonly recipe: Recipe
  readonly channels: number
}

/** Cases that take less than this part of the memory are not weighed against the steps. */
const PLENTY = 0.1

/**
 * What part of the memory each of some cases takes in the training that has the least room for it, beside the steps: 1
 * where nothing else would fit, 0 of all where there is plenty.
 * @param memory bytes that there are; what is at hand where left out
 */
export function caseRoom(
  cases: readonly ImageSize[],
  trainings: readonly Training[],
  { device, memory = memoryAtHand() }: { readonly device?: Device; readonly memory?: number },
): (size: ImageSize) => number {
  const bytes = (size: ImageSize, { recipe, channels }: Training): number =>
    mostCaseBytes(size, recipe.preprocess, recipe.distillation ? channels : 0)
  const isPlenty = (one: Training): boolean => cases.reduce((sum, size) => sum + bytes(size, one), 0) < PLENTY * memory
  const tight = trainings.filter((one) => !isPlenty(one))
  const room = tight.map(({ recipe, channels }) => Math.max(1, memory - stepBytes(recipe, channels, device)))
  return (size) => Math.max(0, ...tight.map((one, n) => bytes(size, one) / room[n]))
}

const known = new Map<string, number>()

/** A step's memory takes some tenths of a second to tell. */
function stepBytes(recipe: Recipe, channels: number, device: Device = 'cpu'): number {
  if (device !== 'cpu') return RUNTIME_BYTES + batchBytes(networkConfig(recipe, channels), recipe)
  const key = JSON.stringify([recipe, channels])
  const bytes = known.get(key) ?? runBytes(networkConfig(recipe, channels), recipe)
  known.set(key, bytes)
  return bytes
}
