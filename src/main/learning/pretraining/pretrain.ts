import { mkdir } from 'node:fs/promises'
import { EmendError } from '../../../shared/errors'
import { unwatched, type Work } from '../../../shared/progress'
import { seededRandom } from '../../../shared/random'
import { drawParameters } from '../../graph/parameters'
import type { Device } from '../../graph/session'
import { Trainer } from '../../graph/trainer'
import type { StepGraph } from '../../graph/trainingStep'
import { contentOf, requireNoLeak } from '../holdOut'
import { builtThread, freeCores, openBatches, type BatchSource } from '../batchThreads'
import { CaseMemory } from '../caseMemory'
import { freeMemoryOf, unknownMemory } from '../deviceMemory'
import { fittingPlan, gigabytes, RUNTIME_BYTES, trainingBytes } from '../memory'
import * as files from '../runFiles'
import { shared } from '../sharedMemory'
import { learningRateAt, progressOf, secondsLeft } from '../schedule'
import { prepareImage, type ImageSource, type PreparedImage } from './images'
import { isInitialisation, writeInitialisation, type Description } from './initialisation'
import { asFeeds, emptyBatch, KEYS, type Batch, type PretrainingStep } from './method'
import { batchesOf, stepOf } from './methods'
import { Momentum } from './momentum'
import type { PretrainingPlan } from './plan'
import { WorkingTime } from '../workingTime'

export interface PretrainOptions {
  readonly plan: PretrainingPlan
  readonly seed: number
  /** Folder of the initialisation to be; it also holds the run's checkpoint and curve. */
  readonly out: string
  /** Whose images they are. */
  readonly attribution: string
  /** Images that must not be learned from, and are not, under any name. */
  readonly holdOut?: readonly ImageSource[]
  /** Go on from the checkpoint that an interrupted run left in `out`. */
  readonly resume?: boolean
  readonly device?: Device
  readonly threads?: number
  /** Told, before the first step, what memory is predicted where the device's is not known. */
  readonly onUnknownMemory?: (line: string) => void
  /** Seconds between two checkpoints; 60 where left out. */
  readonly checkpointSeconds?: number
}

export interface PretrainResult {
  readonly folder: string
  readonly method: PretrainingPlan['method']
  readonly images: number
  readonly steps: number
  readonly seconds: number
  /** Mean over the last tenth of the steps that this call made. */
  readonly loss: number
  /** Part of that time that the graph waited for data, 0 to 1. */
  readonly waitingShare: number
}

/**
 * Pre-trains a network on images without labels, and writes a folder that training starts from (`weights.bin`,
 * `recipe.json`, `initialisation.json`, `curve.csv`). Stopped and resumed like training: with the very step, the very
 * random stream and the very queue. **Steps block this thread's event loop.**
 *
 * @throws EmendError where there are no images, one of them is held out, `out` holds another run or model, the memory
 * will not suffice, or the loss stops being a number; the signal's reason where it was cancelled.
 */
export async function pretrain(
  images: readonly ImageSource[],
  options: PretrainOptions,
  work: Work = unwatched,
): Promise<PretrainResult> {
  const { plan, out, seed } = options
  const started = performance.now()
  if (images.length === 0) throw new EmendError('there are no images to pre-train on')
  await mkdir(out, { recursive: true })
  const checkpoint = await checkpointToResume(options)
  const step = stepOf(plan)
  const device = options.device ?? 'cpu'
  const onCpu = device === 'cpu'
  const free = await freeMemoryOf(device)
  if (free !== null) requireMemory(plan, step.graph, free, onCpu ? '' : `on ${device}`)
  else options.onUnknownMemory?.(unknownMemory(trainingBytes(step.graph), device))
  const memory = new CaseMemory(images.length, onCpu ? trainingBytes(step.graph) : RUNTIME_BYTES)
  const prepared = await prepareAll(images, options, memory, work)
  const record: files.RunRecord = {
    seed,
    recipe: { ...plan },
    channels: [plan.method],
    cases: prepared.map(({ id }) => id),
    seconds: checkpoint?.record.seconds ?? 0,
  }
  if (checkpoint) files.requireSameRun(record, checkpoint.record)

  const start = drawParameters(step.graph.parameters, (name) => seededRandom(seed).fork(name).normal)
  const trainer = await Trainer.open(step.graph, start, { device: options.device, threads: options.threads })
  const batches = openViews(step, prepared, options)
  try {
    const vectors = checkpoint ? restore(trainer, checkpoint) : null
    const momentum = step.momentum && momentumOf(step.momentum, vectors, trainer, seed)
    const run: Run = {
      trainer,
      step,
      momentum,
      batches,
      record,
      started,
      options,
      work,
    }
    await files.startCurve(out, curveColumns(step.graph), trainer.state().step)
    const { seconds, loss, waitingShare } = await runSteps(run)
    const { parameters, step: steps } = trainer.state()
    const description: Description = {
      format: 'emend-initialisation/1',
      name: plan.name,
      method: plan.method,
      plan: { ...plan },
      seed,
      steps,
      loss,
      images: record.cases,
      createdAt: new Date().toISOString(),
      attribution: options.attribution,
    }
    await writeInitialisation(out, description, plan.fineTuning, step.graph.parameters, parameters)
    await files.removeCheckpoint(out)
    return { folder: out, method: plan.method, images: prepared.length, steps, seconds, loss, waitingShare }
  } finally {
    await trainer.close()
    await batches.close()
  }
}

/**
 * The batches of a run, made ahead in one thread, since what is found of an image (its regions) is kept there; here where the
 * run has one thread, or one core.
 */
function openViews(
  step: PretrainingStep,
  images: readonly PreparedImage[],
  { plan, seed, threads }: PretrainOptions,
): BatchSource<Batch> {
  const ahead = threads === 1 ? 0 : Math.min(1, freeCores())
  const program = builtThread('pretraining')
  return openBatches({ from: { plan, images, seed }, make: batchesOf, empty: () => emptyBatch(step), program }, ahead)
}

/**
 * Refuses a run that cannot fit, before it starts.
 * @param available bytes that are free where it runs
 * @param where 'on cuda', for messages; nothing for this process's own memory
 * @throws EmendError with how much it would take, how much there is, and a smaller plan that fits.
 */
export function requireMemory(
  plan: PretrainingPlan,
  graph: StepGraph,
  available: number = process.availableMemory(),
  where = '',
): void {
  const needed = trainingBytes(graph)
  if (needed <= available) return
  const config = { ...plan.network, inputChannels: 1, outputChannels: 1 }
  const smaller = fittingPlan(config, plan, available, (sizes) => trainingBytes(stepOf({ ...plan, ...sizes }).graph))
  throw new EmendError(
    `pre-training by ${plan.name} would take ${gigabytes(needed)} of memory, and ${gigabytes(available)} are free${where && ` ${where}`}`,
    {
      hint: smaller
        ? `--batch ${smaller.batch} --patch ${smaller.patch.join()} would take ${gigabytes(smaller.bytes)}`
        : 'take a smaller preset, or close other programs',
    },
  )
}

async function checkpointToResume({ out, resume }: PretrainOptions): Promise<files.RunCheckpoint | null> {
  if (await isInitialisation(out)) {
    throw new EmendError(`${out} already holds an initialisation`, { hint: 'pre-train into another folder' })
  }
  const checkpoint = await files.readCheckpoint(out)
  if (checkpoint && !resume) {
    throw new EmendError(`${out} holds an interrupted run`, {
      hint: 'go on with --resume, or pre-train into another folder',
    })
  }
  if (!checkpoint && resume) throw new EmendError(`${out} holds no interrupted run to resume`)
  return checkpoint
}

async function prepareAll(
  images: readonly ImageSource[],
  { plan, holdOut = [] }: PretrainOptions,
  memory: CaseMemory,
  work: Work,
): Promise<PreparedImage[]> {
  const total = images.length + holdOut.length
  let done = 0
  const next = (): void => {
    work.signal.throwIfAborted()
    work.report({ phase: 'preparing', done: done++, total })
  }
  const held = []
  for (const { id, load } of holdOut) {
    next()
    held.push({ id, content: contentOf(await load()) })
  }
  const prepared: PreparedImage[] = []
  for (const { id, load } of images) {
    next()
    const volume = await load()
    requireNoLeak([{ id, content: contentOf(volume) }], held)
    const image = prepareImage(id, volume, plan.fineTuning)
    memory.add(image)
    // At once, so that no image is ever held twice.
    prepared.push({ ...image, image: shared(image.image) })
  }
  return prepared
}

/** Puts a checkpoint's state into the trainer; gives the vectors that are not the trainer's. */
function restore(trainer: Trainer<StepGraph>, { state, average }: files.RunCheckpoint): readonly Float32Array[] {
  const own = trainer.state().moments.length
  trainer.restore({ ...state, moments: state.moments.slice(0, own) })
  return [average, ...state.moments.slice(own)]
}

function momentumOf(
  plan: NonNullable<PretrainingStep['momentum']>,
  vectors: readonly Float32Array[] | null,
  trainer: Trainer<StepGraph>,
  seed: number,
): Momentum {
  return vectors ? Momentum.restore(plan, vectors) : Momentum.start(plan, trainer.state().parameters, seed)
}

const curveColumns = ({ figures }: StepGraph): string[] => figures.filter((name) => name !== 'loss' && name !== KEYS)

interface Run {
  readonly trainer: Trainer<StepGraph>
  readonly step: PretrainingStep
  readonly momentum: Momentum | null
  readonly batches: BatchSource<Batch>
  readonly record: files.RunRecord
  readonly started: number
  readonly options: PretrainOptions
  readonly work: Work
}

async function runSteps(run: Run): Promise<Pick<PretrainResult, 'seconds' | 'loss' | 'waitingShare'>> {
  const { trainer, step, momentum, batches, record, started, options, work } = run
  const { plan, out } = options
  const time = new WorkingTime(started, record.seconds)
  const checkpointMs = 1000 * (options.checkpointSeconds ?? 60)
  const columns = curveColumns(step.graph)
  let points: files.CurvePoint[] = []
  const save = async (): Promise<void> => {
    await files.appendCurve(out, points)
    points = []
    const state = trainer.state()
    // A checkpoint's average is here the momentum encoder, and the queue follows the moments.
    const [average, ...queue] = momentum?.vectors() ?? [state.parameters]
    const moments = [...state.moments, ...queue]
    const now = { ...record, seconds: time.seconds }
    await files.writeCheckpoint(out, { record: now, state: { ...state, moments }, average }, step.graph.parameters)
  }

  const firstStep = trainer.state().step
  const loopStarted = time.seconds
  const losses: number[] = []
  let saved = performance.now()
  for (;;) {
    const done = trainer.state().step
    const progress = progressOf(plan.length, done, time.seconds)
    if (progress >= 1) break
    await time.giveWay(work)
    if (work.signal.aborted) {
      if (done > 0) await save()
      work.signal.throwIfAborted()
    }
    const learningRate = learningRateAt(plan.optimizer, done, progress)
    const batch = asFeeds(step, await batches.at(done))
    const figures = await trainer.run({ ...batch, ...momentum?.feeds() }, learningRate)
    const loss = figures['loss'][0]
    requireNumber(loss, done + 1, learningRate, plan)
    momentum?.update(trainer.state().parameters, figures)
    losses.push(loss)
    points.push({ step: done + 1, seconds: time.seconds, learningRate, loss, dice: columns.map((c) => figures[c][0]) })
    report(work, plan, done + 1, time.seconds, (time.seconds - loopStarted) / (done + 1 - firstStep), loss)
    if (performance.now() - saved > checkpointMs) {
      await save()
      saved = performance.now()
    }
    // The step blocked the event loop: let a cancellation through.
    await new Promise((resolve) => setImmediate(resolve))
  }
  await files.appendCurve(out, points)
  const last = losses.slice(-Math.max(1, Math.ceil(losses.length / 10)))
  const { parameters, step: steps } = trainer.state()
  if (!parameters.every(Number.isFinite)) requireNumber(NaN, steps, 0, plan)
  return {
    seconds: time.seconds,
    loss: last.reduce((a, b) => a + b, 0) / Math.max(1, last.length),
    waitingShare: batches.secondsWaited / (time.seconds - loopStarted),
  }
}

function report(
  work: Work,
  { length }: PretrainingPlan,
  step: number,
  seconds: number,
  perStep: number,
  loss: number,
): void {
  const left = secondsLeft(length, step, seconds, perStep)
  work.report({
    phase: 'pre-training',
    done: length.unit === 'steps' ? step : Math.min(Math.round(seconds), Math.round(60 * length.minutes)),
    total: length.unit === 'steps' ? length.steps : Math.round(60 * length.minutes),
    ...(left === undefined ? {} : { secondsLeft: left }),
    figures: { step, loss, stepsPerSecond: 1 / perStep },
  })
}

function requireNumber(loss: number, step: number, learningRate: number, plan: PretrainingPlan): void {
  if (Number.isFinite(loss)) return
  throw new EmendError(
    `pre-training by ${plan.name} diverged: the loss of step ${step} is ${loss} (learning rate ${learningRate.toExponential(1)})`,
    { hint: 'lower optimizer.learningRate or optimizer.clipNorm of the recipe' },
  )
}
