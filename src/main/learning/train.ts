import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { EmendError } from '../../shared/errors'
import { unwatched, type Work } from '../../shared/progress'
import { unflatten, type NamedParameters } from '../graph/parameters'
import type { Device } from '../graph/session'
import { Trainer } from '../graph/trainer'
import type { TrainingStep } from '../graph/trainingStep'
import { totalStride, type NetworkConfig } from '../networks/network'
import type { ModelManifest, Scores } from '../segmentation/manifest'
import { loadModel, modelId, networkDigest, type Model } from '../segmentation/model'
import { requireSidesKept } from './augment'
import { updateAverage } from './average'
import { Examples } from './examples'
import type { Fold } from './folds'
import { manifestOf, writeManifest, writeModel, type ModelIdentity, type TrainedNetwork } from './exportModel'
import { freeMemoryOf, unknownMemory } from './deviceMemory'
import { startingWeights, weightsDigest, type Inherited, type StartingWeights } from './startingWeights'
import type { Evaluation } from './metrics/aggregate'
import { batchBytes, requireTrainingMemory, RUNTIME_BYTES, runBytes, stepOf } from './memory'
import { MeanTeacher } from './meanTeacher'
import { monitorPatches } from './monitor'
import type { BatchSource } from './batchThreads'
import { openPatches, type RunBatch } from './patchThreads'
import { partialLabelsOf, requireLearnable, withoutPartial } from './partialLabels'
import { prepareRun } from './prepareRun'
import type { Recipe } from './recipe'
import * as files from './runFiles'
import { learningRateAt, progressOf, secondsLeft } from './schedule'
import { scoreModel, scoresOf } from './scoreModel'
import { softFeeds } from './teachers'
import type { CaseSource, TrainingData } from './trainingData'
import type { UnlabelledBatch } from './unlabelledPatches'
import { WorkingTime } from './workingTime'

export interface TrainOptions {
  readonly recipe: Recipe
  readonly seed: number
  /** Folder of the model to be; it also holds the run's checkpoint and curve. */
  readonly out: string
  readonly identity: ModelIdentity
  /** Structures that the network learns, in channel order; all of the schema where left out. */
  readonly structures?: readonly string[]
  /** Whom a recipe with `distillation` learns from. */
  readonly teachers?: readonly Model[]
  /** Folder of a model to start from, or of what `pretrain` wrote. */
  readonly init?: string
  /** A model that looks first wherever the trained one is used; that of the model to start from, where left out. */
  readonly coarse?: Model
  /** Told, before the first step, what of `init` was taken over. */
  readonly onInherited?: (inherited: Inherited) => void
  /** Told, before the first step, what memory is predicted where the device's is not known. */
  readonly onUnknownMemory?: (line: string) => void
  /** The cross-validation that this run is a part of: the hold-out is its fold. */
  readonly fold?: Fold
  /** What the model to start from scores on the same hold-out, to be written beside the new one's scores. */
  readonly parentScores?: Scores
  /** Go on from the checkpoint that an interrupted run left in `out`. */
  readonly resume?: boolean
  readonly device?: Device
  readonly threads?: number
  /** Threads that make batches beside the graph; as many as there are cores for where left out, none where 0. */
  readonly patchThreads?: number
  /** Seconds between two checkpoints; 60 where left out. */
  readonly checkpointSeconds?: number
  /** Seconds from one example slice (`examples.ts`) to the next, 0: one each step; none are made where left out. */
  readonly exampleSeconds?: number
}

export interface TrainResult {
  readonly folder: string
  readonly manifest: ModelManifest
  readonly steps: number
  /** Seconds of training, without scoring. */
  readonly seconds: number
  readonly loss: number
  /** Part of that time that the graph waited for data, 0 to 1. */
  readonly waitingShare: number
  /** Scores on the hold-out; null where there is none. */
  readonly evaluation: Evaluation | null
}

/**
 * Trains a network on labelled cases, writes it as a model folder (`network.onnx`, `model.json`, `recipe.json`,
 * `curve.csv`) and scores it on the hold-out. A run for so many minutes counts preparing the cases, not the scoring.
 *
 * A run that is stopped by `work.signal` leaves a checkpoint; resumed, it goes on with the very step and the very
 * random stream. **Steps block this thread's event loop**: train in a process of its own.
 *
 * @throws EmendError where the data cannot be learned from, a hold-out case is among the training cases, `out` holds
 * another run or model, the memory will not suffice, or the loss stops being a number; the signal's reason where it was cancelled.
 */
export async function train(data: TrainingData, options: TrainOptions, work: Work = unwatched): Promise<TrainResult> {
  const { recipe, out } = options
  const started = performance.now()
  const channels = ['background', ...(options.structures ?? data.schema.structures.map((s) => s.name))]
  const config = networkConfig(recipe, channels.length)
  requireSidesKept(recipe, channels)
  if (!recipe.distillation) requireLearnable(data.cases, channels, partialLabelsOf(recipe))
  await mkdir(out, { recursive: true })
  const checkpoint = await checkpointToResume(options)

  const start = await startingWeights(config, channels, options.seed, options.init)
  const coarse = options.coarse ?? start.coarse
  if (coarse?.coarse) throw new EmendError(`${modelId(coarse)} has a coarse model itself, and cannot be one`)
  const ancestors = [
    start,
    ...(coarse ? [asAncestor(coarse)] : []),
    ...(recipe.distillation ? (options.teachers ?? []).map(asAncestor) : []),
  ]
  for (const ancestor of ancestors) requireUnseen(data, ancestor)
  if (start.inherited) options.onInherited?.(start.inherited)
  const step = stepOf(config, withoutPartial(recipe, data.cases, channels))
  const device = options.device ?? 'cpu'
  const onCpu = device === 'cpu'
  const free = await freeMemoryOf(device)
  if (free !== null) requireTrainingMemory(config, recipe, step, free, onCpu ? '' : `on ${device}`)
  else options.onUnknownMemory?.(unknownMemory(runBytes(config, recipe, step, 0), device))
  const stepBytes = onCpu ? runBytes(config, recipe, step) : RUNTIME_BYTES + batchBytes(config, recipe)
  const { prepared, unlabelled } = await prepareRun(data, { ...options, recipe, channels, stepBytes }, work)
  const record: files.RunRecord = {
    seed: options.seed,
    recipe: { ...recipe },
    channels,
    cases: data.cases.map((c) => c.id),
    revisions: data.cases.map((c) => c.revision),
    unlabelled: unlabelled.map((c) => c.id),
    start: weightsDigest(start.weights),
    teachers: await Promise.all((options.teachers ?? []).map(networkDigest)),
    seconds: checkpoint?.record.seconds ?? 0,
  }
  if (checkpoint) files.requireSameRun(record, checkpoint.record)
  const trainer = await Trainer.open(step, start.weights, { device: options.device, threads: options.threads })
  const teacher = recipe.semi
    ? await MeanTeacher.open({ ...options, recipe: { ...recipe, semi: recipe.semi }, config })
    : null
  const examples =
    options.exampleSeconds === undefined
      ? null
      : new Examples({
          ...options,
          config,
          channels,
          patch: recipe.patch,
          everySeconds: options.exampleSeconds,
          monitor: monitorPatches(prepared, recipe.patch, options.seed),
        })
  let patches: BatchSource<RunBatch> | null = null
  const finished = await (async () => {
    try {
      if (checkpoint) trainer.restore(checkpoint.state)
      const average = checkpoint?.average ?? trainer.state().parameters.slice()
      await files.startCurve(out, channels.slice(1), trainer.state().step)
      if (examples) await files.startDscCurve(out, channels.slice(1), trainer.state().step)
      const sampled = recipe.distillation ? [...prepared, ...unlabelled] : prepared
      const lesions = lesionChannels(channels, data.schema)
      // Who gives the run one thread wants no second core to be taken.
      const threads = options.patchThreads ?? (options.threads === 1 ? 0 : undefined)
      const { seed } = options
      const beside = recipe.semi && { cases: unlabelled, options: { recipe: { ...recipe, semi: recipe.semi }, seed } }
      const from = { cases: sampled, options: { recipe, seed, lesions }, unlabelled: beside }
      patches = openPatches(from, threads)
      return await runSteps({ trainer, step, patches, teacher, examples, average, record, started, options, work })
    } finally {
      await trainer.close()
      await teacher?.close()
      await patches?.close()
    }
  })()

  const trained: TrainedNetwork = {
    identity: options.identity,
    schema: data.schema,
    channels,
    config,
    recipe,
    seed: options.seed,
    parent: start.parent,
    cases: withAncestors([...data.cases, ...unlabelled.map(({ id }) => ({ id, revision: null }))], ancestors),
    coarse,
    createdAt: new Date().toISOString(),
    ...(options.fold && { fold: { ...options.fold, cases: (data.holdOut?.cases ?? []).map(({ id }) => id) } }),
  }
  await writeModel(out, trained, unflatten(step.parameters, finished.weights))
  await files.removeCheckpoint(out)
  await examples?.remove()
  const { steps, seconds, loss, waitingShare } = finished
  if (!data.holdOut) {
    return { folder: out, manifest: manifestOf(trained), steps, seconds, loss, waitingShare, evaluation: null }
  }
  const evaluation = await scoreModel(await loadModel(out), data.holdOut.cases, { ...deviceOf(options), work })
  const manifest = manifestOf(trained, {
    holdOut: data.holdOut.name,
    structures: scoresOf(evaluation),
    ...(options.parentScores && { parent: options.parentScores }),
  })
  await writeManifest(out, manifest)
  return { folder: out, manifest, steps, seconds, loss, waitingShare, evaluation }
}

function lesionChannels(channels: readonly string[], { structures }: TrainingData['schema']): number[] {
  const lesions = new Set(structures.filter((s) => s.kind === 'lesion').map((s) => s.name))
  return channels.flatMap((name, channel) => (lesions.has(name) ? [channel] : []))
}

function deviceOf({ device, threads }: TrainOptions): Pick<TrainOptions, 'device' | 'threads'> {
  return { device, threads }
}

export function networkConfig(recipe: Recipe, outputChannels: number): NetworkConfig {
  const config: NetworkConfig = { ...recipe.network, inputChannels: 1, outputChannels }
  const [k, j, i] = totalStride(config)
  const needed = [i, j, k]
  const sizes = recipe.inference.kind === 'patch' ? [recipe.patch, recipe.inference.patch] : [recipe.patch]
  for (const size of sizes) {
    if (size.every((n, axis) => n % needed[axis] === 0)) continue
    throw new EmendError(
      `the recipe ${recipe.name} has a patch of ${size.join('x')} voxels, which its network cannot halve`,
      {
        hint: `each side must be a multiple of ${needed.join(', ')}`,
      },
    )
  }
  return config
}

/** A model that this one learns from, or looks with: it passes on what it has seen. */
type Ancestor = Pick<StartingWeights, 'parent' | 'cases'>

function asAncestor(model: Model): Ancestor {
  return { parent: modelId(model), cases: model.manifest.provenance.cases }
}

/** @throws EmendError where the model that training starts from, or a teacher, has learned from a case of the hold-out. */
function requireUnseen({ holdOut, untouched = [] }: TrainingData, { cases, parent }: Ancestor): void {
  const seen = new Set(cases.map((c) => c.id))
  const leaked = [...(holdOut?.cases ?? []), ...untouched].find((c) => seen.has(c.id))
  if (!leaked) return
  throw new EmendError(`${parent ?? 'the model'} was trained on ${leaked.id}, which is in the hold-out`, {
    hint: 'start from another model, or score on cases that it has not seen',
  })
}

function withAncestors(
  cases: readonly Pick<CaseSource, 'id' | 'revision'>[],
  ancestors: readonly Ancestor[],
): TrainedNetwork['cases'] {
  const own = cases.map(({ id, revision }) => ({ id, revision }))
  const ids = new Set(own.map((c) => c.id))
  const theirs = new Map(ancestors.flatMap((ancestor) => ancestor.cases.map((c) => [c.id, c])))
  return [...[...theirs.values()].filter((c) => !ids.has(c.id)), ...own]
}

async function checkpointToResume({ out, resume }: TrainOptions): Promise<files.RunCheckpoint | null> {
  if (await files.exists(join(out, 'model.json'))) {
    throw new EmendError(`${out} already holds a model`, { hint: 'train into another folder' })
  }
  const checkpoint = await files.readCheckpoint(out)
  if (checkpoint && !resume) {
    throw new EmendError(`${out} holds an interrupted run`, {
      hint: 'go on with --resume, or train into another folder',
    })
  }
  if (!checkpoint && resume) throw new EmendError(`${out} holds no interrupted run to resume`)
  return checkpoint
}

interface Run {
  readonly trainer: Trainer
  readonly step: TrainingStep
  readonly patches: BatchSource<RunBatch>
  readonly teacher: MeanTeacher | null
  readonly examples: Examples | null
  /** Written to. */
  readonly average: Float32Array
  readonly record: files.RunRecord
  readonly started: number
  readonly options: TrainOptions
  readonly work: Work
}

interface Finished {
  readonly weights: Float32Array
  readonly steps: number
  readonly seconds: number
  readonly loss: number
  readonly waitingShare: number
}

async function runSteps({
  trainer,
  step,
  patches,
  teacher,
  examples,
  average,
  record,
  started,
  options,
  work,
}: Run): Promise<Finished> {
  const { recipe, out } = options
  const time = new WorkingTime(started, record.seconds)
  const checkpointMs = 1000 * (options.checkpointSeconds ?? 60)
  let points: files.CurvePoint[] = []
  const save = async (): Promise<void> => {
    const now = { ...record, seconds: time.seconds }
    await files.appendCurve(out, points)
    points = []
    await files.writeCheckpoint(out, { record: now, state: trainer.state(), average }, step.parameters)
  }

  const firstStep = trainer.state().step
  const loopStarted = time.seconds
  let saved = performance.now()
  let loss = NaN
  for (;;) {
    const done = trainer.state().step
    const progress = progressOf(recipe.length, done, time.seconds)
    if (progress >= 1) break
    await time.giveWay(work)
    if (work.signal.aborted) {
      if (done > 0) await save()
      work.signal.throwIfAborted()
    }
    const learningRate = learningRateAt(recipe.optimizer, done, progress)
    const batch = await patches.at(done)
    const taught = await teacher?.feeds(unlabelledOf(batch), progress, average)
    const extra = { ...taught, ...softFeeds(batch, recipe, progress) }
    const result = await trainer.step({ ...batch, extra, learningRate })
    loss = result.loss
    requireNumber(loss, done + 1, learningRate, recipe)
    const { parameters } = trainer.state()
    updateAverage(average, parameters, recipe.averageDecay, done + 1)

    const dice = [...result.dice.subarray(1)]
    const perStep = (time.seconds - loopStarted) / (done + 1 - firstStep)
    points.push({ step: done + 1, seconds: time.seconds, learningRate, loss, dice })
    const isLast = progressOf(recipe.length, done + 1, time.seconds) >= 1
    const exported = (): NamedParameters => unflatten(step.parameters, recipe.averageDecay > 0 ? average : parameters)
    if (await examples?.show(done + 1, batch, exported, isLast)) {
      await files.appendCurve(out, points)
      points = []
    }
    report(work, recipe, done + 1, time.seconds, perStep, loss, dice)
    if (performance.now() - saved > checkpointMs) {
      await save()
      saved = performance.now()
    }
    // The step blocked the event loop: let a cancellation through.
    await new Promise((resolve) => setImmediate(resolve))
  }
  await files.appendCurve(out, points)
  const { parameters, step: steps } = trainer.state()
  const weights = recipe.averageDecay > 0 ? average : parameters
  if (!weights.every(Number.isFinite)) requireNumber(NaN, steps, 0, recipe)
  const secondsWaited = patches.secondsWaited + (teacher?.secondsWaited ?? 0)
  const waitingShare = secondsWaited / (time.seconds - loopStarted)
  return { weights, steps, seconds: time.seconds, loss, waitingShare }
}

function unlabelledOf({ plain, changed, seen }: RunBatch): UnlabelledBatch {
  if (plain && changed && seen) return { plain, changed, seen }
  throw new Error('a batch for a mean teacher has samples without labels')
}

function report(
  work: Work,
  { length }: Recipe,
  step: number,
  seconds: number,
  perStep: number,
  loss: number,
  dice: readonly number[],
): void {
  const present = dice.filter((d) => !Number.isNaN(d))
  const left = secondsLeft(length, step, seconds, perStep)
  work.report({
    phase: 'training',
    done: length.unit === 'steps' ? step : Math.min(Math.round(seconds), Math.round(60 * length.minutes)),
    total: length.unit === 'steps' ? length.steps : Math.round(60 * length.minutes),
    ...(left === undefined ? {} : { secondsLeft: left }),
    figures: {
      step,
      loss,
      ...(present.length > 0 ? { dice: present.reduce((a, b) => a + b, 0) / present.length } : {}),
      stepsPerSecond: 1 / perStep,
    },
  })
}

function requireNumber(loss: number, step: number, learningRate: number, recipe: Recipe): void {
  if (Number.isFinite(loss)) return
  throw new EmendError(
    `training by the recipe ${recipe.name} diverged: the loss of step ${step} is ${loss} (learning rate ${learningRate.toExponential(1)})`,
    { hint: 'lower optimizer.learningRate or optimizer.clipNorm, and look for images without valid voxels' },
  )
}
