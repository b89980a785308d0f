import { count } from '../../shared/count'
import type { ModelCard, RecipeRow } from '../../shared/modelCard'
import type { Augmentation, Recipe } from './recipe'

/**
 * A recipe as a table to read, with what the card of the model that came of it adds.
 * @returns nothing where there is no recipe
 */
export function recipeRows(recipe: Recipe | null, card: Pick<ModelCard, 'seed' | 'machine'> | null): RecipeRow[] {
  if (!recipe) return []
  const { patch, batch, preprocess, foregroundShare, averageDecay, partialLabels, distillation, semi } = recipe
  const rows: readonly (readonly [string, string | null])[] = [
    ['Recipe', recipe.name],
    ['Network', networkText(recipe.network)],
    ['Grid', gridText(preprocess.grid)],
    ['Intensities', intensityText(preprocess.intensity)],
    ['Patch', `${patch.join(' x ')} voxels, ${percent(foregroundShare)} about a structure`],
    ['Batch', count(batch, 'patch', 'patches')],
    ['Length', lengthText(recipe.length)],
    ['Optimizer', optimizerText(recipe.optimizer)],
    ['Average', averageDecay > 0 ? `of the weights, decay ${averageDecay}` : 'none: the last weights'],
    ['Augmentation', augmentationText(recipe.augmentation)],
    ['Partial labels', partialLabels ?? 'ignore'],
    ['Teacher', distillation ? `temperature ${distillation.temperature.join(' to ')}, weight ${distillation.softWeight}` : null], // prettier-ignore
    ['Mean teacher', semi ? `${count(semi.batch, 'image')} without labels a step, weight ${semi.weight}` : null],
    ['Pasted lesions', recipe.cutMix ? `in ${percent(recipe.cutMix.probability)} of what has none` : null],
    ['Seed', card ? String(card.seed) : null],
    ['Computed on', card?.machine ? machineText(card.machine) : null],
  ]
  return rows.flatMap(([name, value]) => (value === null ? [] : [{ name, value }]))
}

const percent = (share: number): string => `${Math.round(100 * share)} %`

function machineText({ device, threads }: NonNullable<ModelCard['machine']>): string {
  return `${device}, ${threads === null ? 'a thread for each core' : count(threads, 'thread')}`
}

function networkText(network: Recipe['network']): string {
  if (network.kind === 'unet') {
    const { base, maxChannels, levels, stemStride } = network
    const stride = typeof stemStride === 'number' ? String(stemStride) : stemStride.join(' x ')
    return `unet, ${levels} levels, ${base} to ${maxChannels} channels, stem stride ${stride}`
  }
  if (network.kind === 'two-stem') return `two-stem, segmenter: ${networkText(network.segmenter)}`
  if (network.kind === 'joined') return `joined, local: ${networkText(network.local)}`
  return `${network.kind}, ${network.channels.length} levels, ${network.channels.join(', ')} channels`
}

function gridText(grid: Recipe['preprocess']['grid']): string {
  if (grid.kind === 'native') return 'as the image'
  return grid.kind === 'spacing' ? `${grid.mm.join(' x ')} mm` : `${grid.voxels.join(' x ')} voxels`
}

function intensityText({ kind, clamp: [low, high] }: Recipe['preprocess']['intensity']): string {
  const range = low === null && high === null ? 'all values' : `${low ?? 'lowest'} to ${high ?? 'highest'}`
  return `${range}, ${kind === 'z-score' ? 'z-scored' : 'scaled'}`
}

function lengthText(length: Recipe['length']): string {
  return length.unit === 'steps' ? count(length.steps, 'step') : count(length.minutes, 'minute')
}

function optimizerText({ kind, learningRate, decay, decayPower, warmupSteps, clipNorm }: Recipe['optimizer']): string {
  const falls =
    decay === undefined
      ? `falling by the power ${decayPower}`
      : decay.kind === 'cosine'
        ? 'falling by a cosine'
        : `halved ${count(decay.parts, 'time')}`
  return `${kind}, learning rate ${learningRate}, ${falls}, ${count(warmupSteps, 'step')} of warm-up, gradient cut at ${clipNorm}`
}

function augmentationText(augmentation: Augmentation): string {
  const { affineProbability, rotationDegrees, scale, mirror, intensityProbability } = augmentation
  const mirrored = ['x', 'y', 'z'].filter((_, axis) => mirror[axis])
  const parts = [
    affineProbability > 0
      ? `turned up to ${Math.max(...rotationDegrees)}\u00b0 and scaled ${scale.join(' to ')} (${percent(affineProbability)})`
      : '',
    mirrored.length > 0 ? `mirrored along ${mirrored.join(', ')}` : '',
    intensityProbability > 0 ? `brightness, contrast, gamma and noise (${percent(intensityProbability)} each)` : '',
    augmentation.elastic ? `bent (${percent(augmentation.elastic.probability)})` : '',
    augmentation.blur ? `blurred (${percent(augmentation.blur.probability)})` : '',
    augmentation.lowResolution ? `coarser (${percent(augmentation.lowResolution.probability)})` : '',
  ]
  return parts.filter(Boolean).join('; ') || 'none'
}
