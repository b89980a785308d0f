import { EmendError } from '../../../shared/errors'
import type { Vec3 } from '../../../shared/geometry/affine'
import type { LabelSchema } from '../../../shared/labels/schema'
import { isSided } from '../../../shared/labels/sided'
import { multiplyAddsOf, type NetworkConfig } from '../../networks/network'
import { RUNTIME_BYTES, runBytes } from '../memory'
import { nnunet } from '../paperProtocols'
import { recipeNamed, type Preset } from '../presets'
import { parseRecipe, type Recipe } from '../recipe'
import { quantile } from '../quantile'
import type { Fingerprint } from './fingerprint'
import { topologyFor, type Topology } from './topology'

export interface PlanOptions {
  readonly preset: Preset
  /** Bytes that training may take. */
  readonly memory: number
  /** What the user has decided, in voxels i, j, k and mm. */
  readonly spacing?: Vec3
  readonly patch?: Vec3
  readonly batch?: number
  readonly levels?: number
  readonly base?: number
}

export interface Plan {
  readonly recipe: Recipe
  /** Median size of the images at the plan's spacing, voxels. */
  readonly medianShape: Vec3
  readonly bytes: number
  /** Of one pass over a batch. */
  readonly multiplyAdds: number
}

/** What a preset is given: channels of the first level, levels at most, and multiply-adds of a pass over a batch. */
const budgets: Readonly<Record<Preset, { base: number; levels: number; multiplyAdds: number; batch: number }>> = {
  /** About a second a step on two cores. */
  tiny: { base: 12, levels: 4, multiplyAdds: 30e9, batch: 2 },
  site: { base: 24, levels: 5, multiplyAdds: 600e9, batch: 4 },
  paper: { base: 32, levels: 6, multiplyAdds: Infinity, batch: 16 },
}
/** An image whose voxels are so many times longer along one axis is anisotropic. */
const ANISOTROPIC = 3
const LEAST_PATCH = 16
/** A patch is made smaller before a batch has fewer samples than this, as nnU-Net does; not where either was decided. */
const LEAST_BATCH = 2

/**
 * A recipe that follows from a data set's fingerprint, by nnU-Net's rules (Isensee et al. 2021, "Rule-based parameters"): spacing
 * the median, along a much coarser axis the 10th percentile; intensities by the structures' percentiles where they are HU;
 * the patch as large as memory and the preset's work allow, in the proportions of the median image; axes halved as long as
 * that makes voxels more alike; then as many samples in a batch as still fit, two at least unless patch or batch were decided.
 * @throws EmendError where the images are too small, or nothing fits.
 */
export function planFor(fingerprint: Fingerprint, schema: LabelSchema, options: PlanOptions): Plan {
  if (fingerprint.cases === 0) throw new EmendError('there are no cases to plan for')
  const spacing = options.spacing ?? targetSpacing(fingerprint)
  const medianShape = medianShapeAt(fingerprint, spacing)
  const budget = budgets[options.preset]
  const channels = schema.structures.length + 1
  const sizes = (patch: Vec3, batch: number): Plan => {
    const recipe = recipeOf(fingerprint, schema, options, { spacing, patch, batch })
    const config: NetworkConfig = { ...recipe.network, inputChannels: 1, outputChannels: channels }
    const [i, j, k] = recipe.patch
    const multiplyAdds = batch * multiplyAddsOf(config, [k, j, i])
    return { recipe, medianShape, bytes: runBytes(config, recipe), multiplyAdds }
  }
  const fits = (plan: Plan): boolean => excess(plan, options.memory, budget.multiplyAdds) <= 1

  let patch = options.patch ?? firstPatch(medianShape, spacing)
  const least = options.batch ?? (options.patch ? 1 : LEAST_BATCH)
  let plan = sizes(patch, least)
  while (!options.patch && !fits(plan)) {
    // Work and memory go with the voxels: so a patch that is far too large need not be tried at every size on the way.
    const wanted = (0.97 * voxelsOf(patch)) / excess(plan, options.memory, budget.multiplyAdds)
    do {
      const smaller = shrunk(patch, medianShape, topologyFor(patch, spacing, levelsOf(options)))
      if (!smaller) {
        throw new EmendError(`no patch fits into ${(options.memory / 2 ** 30).toFixed(1)} GB of memory`, {
          hint: `allow more with --memory, take a smaller preset, or a coarser --spacing${least > 1 ? ', or --batch 1' : ''}`,
        })
      }
      patch = smaller
    } while (voxelsOf(patch) > wanted)
    plan = sizes(patch, least)
  }
  if (options.batch) return plan
  const most = Math.floor(Math.min(budget.batch, least / excess(plan, options.memory, budget.multiplyAdds)))
  for (let batch = most; batch > least; batch--) {
    const larger = sizes(patch, batch)
    if (fits(larger)) return larger
  }
  return plan
}

/** How many times more a plan takes than there is, of memory above the runtime's own or of work. */
function excess({ bytes, multiplyAdds }: Plan, memory: number, work: number): number {
  const available = memory - RUNTIME_BYTES
  return available > 0 ? Math.max((bytes - RUNTIME_BYTES) / available, multiplyAdds / work) : Infinity
}

const voxelsOf = ([i, j, k]: Vec3): number => i * j * k

const levelsOf = ({ preset, levels }: PlanOptions): number => levels ?? budgets[preset].levels

const median = (values: readonly number[]): number => quantile(Float64Array.from(values).sort(), 0.5)

function targetSpacing({ spacings, shapes }: Fingerprint): Vec3 {
  const along = (axis: 0 | 1 | 2): number[] => spacings.map((s) => s[axis])
  const mm = ([0, 1, 2] as const).map((axis) => median(along(axis)))
  const voxels = ([0, 1, 2] as const).map((axis) => median(shapes.map((s) => s[axis])))
  const coarsest = mm.indexOf(Math.max(...mm)) as 0 | 1 | 2
  const others = ([0, 1, 2] as const).filter((axis) => axis !== coarsest)
  const anisotropic = others.every(
    (axis) => mm[coarsest] > ANISOTROPIC * mm[axis] && voxels[coarsest] * ANISOTROPIC < voxels[axis],
  )
  if (anisotropic) {
    // Half of the images would be made coarser along an axis that has few voxels anyway.
    const finer = quantile(Float64Array.from(along(coarsest)).sort(), 0.1)
    mm[coarsest] = Math.max(finer, Math.max(...others.map((axis) => mm[axis])))
  }
  const [x, y, z] = mm.map((length) => Number(length.toPrecision(4)))
  return [x, y, z]
}

function medianShapeAt({ shapes, spacings }: Fingerprint, mm: Vec3): Vec3 {
  const at = (axis: 0 | 1 | 2): number =>
    Math.max(1, Math.round(median(shapes.map((shape, n) => (shape[axis] * spacings[n][axis]) / mm[axis]))))
  return [at(0), at(1), at(2)]
}

/** A cube of the body, of the volume of 256 voxels cubed, no larger than the median image. */
function firstPatch(shape: Vec3, mm: Vec3): Vec3 {
  const edge = 256 * Math.cbrt(mm[0] * mm[1] * mm[2])
  const at = (axis: 0 | 1 | 2): number => Math.max(LEAST_PATCH, Math.min(shape[axis], Math.round(edge / mm[axis])))
  return [at(0), at(1), at(2)]
}

/** One step less along the axis that is largest beside the image; null where no axis can be smaller. */
function shrunk(patch: Vec3, shape: Vec3, { multipleOf }: Topology): Vec3 | null {
  const upTo = (axis: 0 | 1 | 2): number => multipleOf[axis] * Math.ceil(patch[axis] / multipleOf[axis])
  const smaller = (axis: 0 | 1 | 2): number => upTo(axis) - multipleOf[axis]
  const axes = ([0, 1, 2] as const).filter((axis) => smaller(axis) >= Math.min(LEAST_PATCH, shape[axis]))
  if (axes.length === 0) return null
  const largest = axes.reduce((a, b) => (patch[b] / shape[b] > patch[a] / shape[a] ? b : a))
  const at = (axis: 0 | 1 | 2): number => (axis === largest ? smaller(axis) : patch[axis])
  return [at(0), at(1), at(2)]
}

interface Sizes {
  readonly spacing: Vec3
  readonly patch: Vec3
  readonly batch: number
}

function recipeOf(fingerprint: Fingerprint, schema: LabelSchema, options: PlanOptions, sizes: Sizes): Recipe {
  const { spacing } = sizes
  const topology = topologyFor(sizes.patch, spacing, levelsOf(options))
  const patch = sizes.patch.map((n, axis) => topology.multipleOf[axis] * Math.ceil(n / topology.multipleOf[axis]))
  const like = recipeNamed('abdomen', options.preset)
  const tiny = options.preset === 'tiny'
  // What learns for minutes gets no farther by what only a long run makes use of.
  const { rotationDegrees, ...augmentation } = tiny ? { ...like.augmentation, rotationDegrees: [15, 15, 15] } : nnunet
  const coarse = Math.max(...spacing) > ANISOTROPIC * Math.min(...spacing)
  const across = spacing.indexOf(Math.max(...spacing))
  return parseRecipe(
    {
      ...like,
      name: `planned-${schema.name}-${options.preset}`,
      network: {
        kind: 'unet',
        base: options.base ?? budgets[options.preset].base,
        maxChannels: 320,
        levels: topology.levels,
        stemStride: 1,
        pools: topology.pools,
        kernels: topology.kernels,
      },
      preprocess: {
        orientation: 'RAS',
        grid: { kind: 'spacing', mm: spacing },
        intensity: intensityFor(fingerprint),
      },
      inference: { kind: 'patch', patch, step: 0.5 },
      postprocess: { largestComponent: [] },
      patch,
      batch: sizes.batch,
      foregroundShare: 0.33,
      ...(isPartial(fingerprint, schema) && { partialLabels: 'marginal' }),
      augmentation: {
        ...augmentation,
        // Turned out of the plane of thick slices, voxels would be made of what was never measured.
        rotationDegrees: rotationDegrees.map((degrees, axis) => (coarse && axis !== across ? 0 : degrees)),
        mirror: [!schema.structures.some(({ name }) => isSided(name)), false, false],
      },
    },
    `planned for ${schema.name}`,
  )
}

/** HU mean the same in every image, so one scale serves all; other images are scaled each by itself. */
function intensityFor({ ct, foreground }: Fingerprint): unknown {
  if (!ct || !foreground) return { kind: 'z-score', clamp: [null, null] }
  const { mean, deviation, low, high } = foreground
  return { kind: 'linear', clamp: [low, high], offset: -mean, scale: 1 / Math.max(1, deviation) }
}

/** Whether some case lacks labels of what others have. */
function isPartial({ annotated }: Fingerprint, { structures }: LabelSchema): boolean {
  const lacks = (names: readonly string[] | null, name: string): boolean => names !== null && !names.includes(name)
  const known = structures.filter(({ name }) => annotated.some((names) => !lacks(names, name)))
  return known.some(({ name }) => annotated.some((names) => lacks(names, name)))
}
