import { fork, spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, rename, rm, writeFile } from 'node:fs/promises'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { ensureBuilt, repositoryRoot } from '../scripts/build'
import { affinesAgree, type Vec3 } from '../src/shared/geometry/affine'
import { seededRandom } from '../src/shared/random'
import { gridWithDims } from '../src/main/imaging/axisWeights'
import { reorient } from '../src/main/imaging/canonical'
import { encodeDicom } from '../src/main/imaging/dicom/encode'
import { uidOfText } from '../src/main/imaging/dicom/uids'
import { loadNifti } from '../src/main/imaging/nifti'
import { resampleLinear } from '../src/main/imaging/resample'
import { makePhantom } from '../src/main/phantom/phantom'
import { buildPrograms } from './program'
import type { BenchRow } from './row'

const DIMS: Vec3 = [512, 512, 300]
const VOLUME_MB = (DIMS[0] * DIMS[1] * DIMS[2] * 2) / 1e6
/** Spacing, mm. */
const SPACING: Vec3 = [0.75, 0.75, 1]
const ROUNDS = 7
/** GNU time tells the peak memory of a process and of those that it starts. */
const TIME = '/usr/bin/time'
/** Most builds of dcm2niix read no JPEG-LS; this names one that does. */
const PEER = process.env['EMEND_DCM2NIIX'] ?? 'dcm2niix'

/**
 * A series of 300 slices of 512 x 512 pixels, uncompressed and JPEG-LS, beside dcm2niix, which makes a .nii of it and leaves
 * the rescaling to whoever reads that. Twice: `emend convert` to a .nii in HU, a whole process with Node's start and the
 * sync to the disk; and within a process that runs, as the workstation does it, from the folder to a volume in memory.
 * Both files have to hold the same voxels at the same places.
 */
export async function run(): Promise<BenchRow[]> {
  ensureBuilt((line) => console.error(line))
  const folder = await mkdtemp(join(tmpdir(), 'emend-bench-'))
  try {
    const plain = join(folder, 'plain')
    await writeSeries(plain)
    const rows = await compare('uncompressed', plain, folder)
    const packed = join(folder, 'packed')
    return (await packSeries(plain, packed)) ? [...rows, ...(await compare('JPEG-LS', packed, folder))] : rows
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

interface Figures {
  readonly seconds: number
  readonly megabytes: number | null
}

async function compare(syntax: string, series: string, folder: string): Promise<BenchRow[]> {
  const out = { emend: join(folder, `${syntax}-emend`), peer: join(folder, `${syntax}-peer`) }
  for (const path of Object.values(out)) await mkdir(path)
  const cli = join(repositoryRoot, 'bin', 'emend.mjs')
  const ours = (): Promise<Figures> =>
    measured(process.execPath, [cli, 'convert', series, '--out', join(out.emend, 'image.nii'), '--force'])
  const theirs = peerReads(syntax)
    ? (): Promise<Figures> => measured(PEER, ['-z', 'n', '-b', 'n', '-w', '1', '-f', 'image', '-o', out.peer, series])
    : null
  const running = await RunningReader.start()
  const opened = async (): Promise<Figures> => ({ seconds: await running.open(series), megabytes: null })
  const [own, warm, other] = await inTurns(theirs ? [ours, opened, theirs] : [ours, opened])
  running.close()
  if (theirs) await requireAgreement(join(out.emend, 'image.nii'), join(out.peer, 'image.nii'))
  const name = `open 300 slices of 512x512, ${syntax}`
  return [
    row(`${name}, in a process that runs`, 's', warm.seconds, other?.seconds),
    row(`${name}, to a file, whole process`, 's', own.seconds, other?.seconds),
    ...(own.megabytes === null ? [] : [row(`${name}, peak memory`, 'MB', own.megabytes, other?.megabytes ?? undefined)]), // prettier-ignore
    ...(own.megabytes === null ? [] : [row(`${name}, peak memory in volumes`, '', own.megabytes / VOLUME_MB, undefined)]), // prettier-ignore
  ]
}

function row(name: string, unit: string, value: number, peerValue: number | undefined): BenchRow {
  return {
    name,
    value,
    unit,
    peer: peerValue === undefined ? null : 'dcm2niix',
    peerValue: peerValue ?? null,
    ratio: peerValue === undefined ? null : value / peerValue,
    machine: cpus()[0]?.model ?? 'unknown',
  }
}

/** A process that reads series when told to, built as the app is: its threads are programs of their own. */
class RunningReader {
  private constructor(private readonly child: ChildProcess) {}

  static async start(): Promise<RunningReader> {
    const outDir = await buildPrograms(['bench/openReader.ts', 'src/main/imaging/dicom/decode.thread.ts'])
    return new RunningReader(fork(join(outDir, 'openReader.js')))
  }

  /** Seconds. */
  open(series: string): Promise<number> {
    return new Promise((resolve, reject) => {
      const ended = (): void => reject(new Error('the reading process ended'))
      this.child.once('exit', ended)
      this.child.once('message', (seconds) => {
        this.child.off('exit', ended)
        resolve(Number(seconds))
      })
      this.child.send(series)
    })
  }

  close(): void {
    this.child.disconnect()
  }
}

/** Whether dcm2niix is there and, by what it says of its build, reads such a series. */
function peerReads(syntax: string): boolean {
  const { stdout, error } = spawnSync(PEER, ['-v'], { encoding: 'utf8' })
  return !error && (syntax !== 'JPEG-LS' || stdout.includes('JP-LS'))
}

/** Runs a program to its end. */
function measured(command: string, args: readonly string[]): Promise<Figures> {
  const timed = existsSync(TIME)
  const [program, all] = timed ? [TIME, ['-f', '%M', command, ...args]] : [command, args]
  return new Promise((resolve, reject) => {
    const began = performance.now()
    const child = spawn(program, all, { stdio: ['ignore', 'ignore', 'pipe'] })
    let errors = ''
    child.stderr.setEncoding('utf8').on('data', (text: string) => (errors += text))
    child.on('error', reject)
    child.on('close', (status) => {
      const seconds = (performance.now() - began) / 1000
      if (status !== 0) return reject(new Error(`${command} ended with ${status}: ${errors.slice(-1000)}`))
      const kilobytes = Number(errors.trim().split('\n').at(-1))
      resolve({ seconds, megabytes: timed ? (kilobytes * 1024) / 1e6 : null })
    })
  })
}

/** The median of a few runs of each, taken in turns so that whatever else the machine does hits both alike. */
async function inTurns(runs: readonly (() => Promise<Figures>)[]): Promise<Figures[]> {
  const all = runs.map((): Figures[] => [])
  // The first round warms up: the files come into the system's cache.
  for (let round = 0; round <= ROUNDS; round++) {
    for (const [n, one] of runs.entries()) {
      const figures = await one()
      if (round > 0) all[n].push(figures)
    }
  }
  return all.map((figures) => figures.sort((a, b) => a.seconds - b.seconds)[ROUNDS >> 1])
}

async function requireAgreement(pathA: string, pathB: string): Promise<void> {
  const [a, b] = [await loadNifti(pathA), await loadNifti(pathB)].map(({ volume }) => reorient(volume, 'RAS'))
  if (!affinesAgree(a.affine, b.affine, 1e-3)) throw new Error('dcm2niix puts the voxels elsewhere')
  if (a.data.some((value, n) => value !== b.data[n])) throw new Error('dcm2niix reads other voxels')
}

/** A phantom with a scanner's noise, stored as scanners do: 12 bits from -1024 HU on. */
async function writeSeries(folder: string): Promise<void> {
  await mkdir(folder)
  const { image } = makePhantom({ seed: 3, spacing: [3, 3, 4], dims: [128, 128, 75] })
  const fine = reorient(resampleLinear(image, gridWithDims(image, DIMS)), 'LPS')
  const random = seededRandom(5)
  const noise = Float32Array.from({ length: 1 << 20 }, () => 12 * random.normal())
  const size = DIMS[0] * DIMS[1]
  for (let k = 0; k < DIMS[2]; k++) {
    const pixels = Uint16Array.from({ length: size }, (_, n) => {
      const hu = fine.data[k * size + n] + noise[((k * size + n) * 7919) & (noise.length - 1)]
      return Math.min(4095, Math.max(0, Math.round(hu) + 1024))
    })
    await writeFile(join(folder, `${String(k + 1).padStart(4, '0')}.dcm`), slice(k, pixels))
  }
}

function slice(k: number, pixels: Uint16Array<ArrayBuffer>): Uint8Array {
  return encodeDicom({
    SOPClassUID: '1.2.840.10008.5.1.4.1.1.2',
    SOPInstanceUID: uidOfText(`bench slice ${k}`),
    ImageType: ['ORIGINAL', 'PRIMARY', 'AXIAL'],
    Modality: 'CT',
    Manufacturer: 'Emend',
    PatientName: 'Bench',
    PatientID: 'BENCH',
    PatientPosition: 'HFS',
    StudyInstanceUID: uidOfText('bench study'),
    SeriesInstanceUID: uidOfText('bench series'),
    FrameOfReferenceUID: uidOfText('bench frame'),
    StudyDate: '20260101',
    StudyTime: '120000',
    SeriesNumber: '1',
    AcquisitionNumber: '1',
    InstanceNumber: String(k + 1),
    ImagePositionPatient: ['-192', '-192', String(k * SPACING[2])],
    ImageOrientationPatient: ['1', '0', '0', '0', '1', '0'],
    PixelSpacing: [String(SPACING[1]), String(SPACING[0])],
    SliceThickness: String(SPACING[2]),
    SamplesPerPixel: 1,
    PhotometricInterpretation: 'MONOCHROME2',
    Rows: DIMS[1],
    Columns: DIMS[0],
    BitsAllocated: 16,
    BitsStored: 12,
    HighBit: 11,
    PixelRepresentation: 0,
    RescaleIntercept: '-1024',
    RescaleSlope: '1',
    PixelData: pixels.buffer,
    _vrMap: { PixelData: 'OW' },
  })
}

/** The series in JPEG-LS by DCMTK; false where it is not installed. */
async function packSeries(from: string, to: string): Promise<boolean> {
  if (spawnSync('dcmcjpls', ['--version']).error) return false
  await mkdir(to)
  for (const name of await readdir(from)) {
    const { status } = spawnSync('dcmcjpls', ['+un', join(from, name), join(to, `${name}.part`)])
    if (status !== 0) throw new Error(`dcmcjpls cannot pack ${name}`)
    await rename(join(to, `${name}.part`), join(to, name))
  }
  return true
}
