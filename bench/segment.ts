import { spawn, spawnSync } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { availableParallelism, cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { ensureBuilt, repositoryRoot } from '../scripts/build'
import type { Vec3 } from '../src/shared/geometry/affine'
import { seededRandom } from '../src/shared/random'
import { defaultModelFolder } from '../src/main/cli/defaultModel'
import { readInitializers } from '../src/main/graph/onnx'
import { gridWithDims } from '../src/main/imaging/axisWeights'
import { loadLabelMap } from '../src/main/imaging/labelFile'
import { saveNifti } from '../src/main/imaging/nifti'
import { resampleLinear } from '../src/main/imaging/resample'
import { parseRecipe } from '../src/main/learning/recipe'
import { networkParameters, type NetworkConfig } from '../src/main/networks/network'
import { makePhantom } from '../src/main/phantom/phantom'
import { loadModel } from '../src/main/segmentation/model'
import type { BenchRow } from './row'

const DIMS: Vec3 = [512, 512, 300]
const ROUNDS = 3
const THREADS = Math.min(2, availableParallelism())
/** Voxels that may differ from the peer's: those where rounding decides. */
const MOST_DIFFERING = 1e-3

/**
 * `emend segment` of a 512 x 512 x 300 CT, from a .nii.gz to a .nii.gz mask on its own grid, as a whole process with
 * its start, beside the same in Python: nibabel to read and write, PyTorch to resample, run the default model's weights
 * over the same windows, and interpolate the logits slice by slice, SciPy for the components. Python's imports, which take
 * seconds, are not counted. Both masks have to agree.
 */
export async function run(): Promise<BenchRow[]> {
  ensureBuilt((line) => console.error(line))
  const folder = await mkdtemp(join(tmpdir(), 'emend-bench-'))
  try {
    const image = join(folder, 'ct.nii.gz')
    await writeCt(image)
    const model = defaultModelFolder()
    const plan = await writePlan(folder, model, image)
    const ours = async (): Promise<Figures> => emend(image, model, join(folder, 'ours.nii.gz'))
    const peer = pythonHas('torch', 'scipy', 'nibabel') ? (): Promise<Figures> => python(plan) : null
    const [own, other] = await bestInTurns(peer ? [ours, peer] : [ours])
    if (peer) await requireAgreement(join(folder, 'ours.nii.gz'), join(folder, 'peer.nii.gz'))
    return [
      row('segment 512x512x300, file to mask', 's', own.seconds, other?.seconds),
      row('segment 512x512x300, peak memory', 'MB', own.megabytes, other?.megabytes),
    ]
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

interface Figures {
  readonly seconds: number
  readonly megabytes: number
}

function row(name: string, unit: string, value: number, peerValue: number | undefined): BenchRow {
  return {
    name,
    value,
    unit,
    peer: peerValue === undefined ? null : 'PyTorch, SciPy and nibabel',
    peerValue: peerValue ?? null,
    ratio: peerValue === undefined ? null : value / peerValue,
    machine: `${cpus()[0]?.model ?? 'unknown'}, ${THREADS} threads`,
  }
}

/** A phantom at 0.75 x 0.75 x 1 mm with a scanner's noise; rendered coarsely, because its detail costs no time here. */
async function writeCt(path: string): Promise<void> {
  const { image } = makePhantom({ seed: 3, spacing: [3, 3, 4], dims: [128, 128, 75] })
  const fine = resampleLinear(image, gridWithDims(image, DIMS))
  const random = seededRandom(5)
  const noise = Float32Array.from({ length: 1 << 20 }, () => 12 * random.normal())
  const data = Int16Array.from(fine.data, (value, n) => Math.round(value + noise[(n * 7919) & (noise.length - 1)]))
  await saveNifti(path, { ...fine, data })
}

/** What the peer needs to do the same: the manifest's figures, and the weights as raw numbers. */
async function writePlan(folder: string, modelFolder: string, image: string): Promise<string> {
  const model = await loadModel(modelFolder)
  const { provenance, preprocess, inference, postprocess } = model.manifest
  const recipe = parseRecipe(provenance.recipe, modelFolder)
  const config: NetworkConfig = { ...recipe.network, inputChannels: 1, outputChannels: model.channels.length }
  const weights = readInitializers(await readFile(model.networkPath))
  const specs = networkParameters(config)
  await writeFile(join(folder, 'weights.bin'), Buffer.concat(specs.map(({ name }) => bytesOf(weights.get(name)!))))
  const ids = model.channels.map((structure) => structure?.id ?? 0)
  const single = model.channels.flatMap((s) => (s && postprocess.largestComponent.includes(s.name) ? [s.id] : []))
  const plan = join(folder, 'plan.json')
  const weightsPath = join(folder, 'weights.bin')
  const out = join(folder, 'peer.nii.gz')
  const shapes = specs.map(({ name, shape }) => [name, shape])
  await writeFile(
    plan,
    JSON.stringify({ image, out, weightsPath, shapes, config, preprocess, inference, ids, single, threads: THREADS }),
  )
  return plan
}

function bytesOf({ buffer, byteOffset, byteLength }: Float32Array): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength)
}

async function emend(image: string, model: string, out: string): Promise<Figures> {
  const cli = join(repositoryRoot, 'bin', 'emend.mjs')
  const options = ['--model', model, '--out', out, '--device', 'cpu', '--threads', String(THREADS), '--force', '--json']
  const began = performance.now()
  const report = JSON.parse(await outputOf(process.execPath, [cli, 'segment', image, ...options]))
  return { seconds: (performance.now() - began) / 1000, megabytes: report.peakMemoryMB }
}

async function python(plan: string): Promise<Figures> {
  const script = fileURLToPath(new URL('./peers/segment.py', import.meta.url))
  return JSON.parse(await outputOf('/usr/bin/python3', [script, plan]))
}

function outputOf(command: string, args: string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] })
    let [output, errors] = ['', '']
    child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text))
    child.stderr.setEncoding('utf8').on('data', (text: string) => (errors += text))
    child.on('error', reject)
    child.on('close', (status) =>
      status === 0 ? resolve(output) : reject(new Error(`${command} ended with ${status}: ${errors.slice(-1000)}`)),
    )
  })
}

function pythonHas(...modules: string[]): boolean {
  return spawnSync('/usr/bin/python3', ['-c', `import ${modules.join(',')}`], { stdio: 'ignore' }).status === 0
}

/** The fastest of a few runs of each, taken in turns so that whatever else the machine does hits both alike. */
async function bestInTurns(runs: readonly (() => Promise<Figures>)[]): Promise<Figures[]> {
  const best = runs.map((): Figures => ({ seconds: Infinity, megabytes: Infinity }))
  for (let round = 0; round < ROUNDS; round++) {
    for (const [n, one] of runs.entries()) {
      const figures = await one()
      if (figures.seconds < best[n].seconds) best[n] = figures
    }
  }
  return best
}

async function requireAgreement(pathA: string, pathB: string): Promise<void> {
  const [a, b] = [await loadLabelMap(pathA), await loadLabelMap(pathB)]
  let differing = 0
  let found = 0
  for (let n = 0; n < a.data.length; n++) {
    if (a.data[n] !== b.data[n]) differing++
    if (a.data[n] !== 0) found++
  }
  if (found > 0 && differing <= MOST_DIFFERING * a.data.length) return
  throw new Error(`the peer's mask differs in ${differing} of ${a.data.length} voxels; ${found} are of a structure`)
}
