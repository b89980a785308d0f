import { existsSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { deserialize, serialize } from 'node:v8'
import { writeFileAtomic } from '../../src/main/imaging/atomicFile'
import { seededRandom, type Random } from '../../src/shared/random'
import { framedCells, framedSize, windowCells } from '../../src/shared/voxels/proposal/window'
import { extendFrame } from '../../src/shared/voxels/proposal/cells'
import { channelCount } from '../../src/shared/voxels/proposal/windowEvidence'
import { dataPath } from '../../test/data'
import { headNecks, hippocampi, phantoms, type ClickCase } from './cases'
import { lessonOf, simulated, type Lesson, type Sample } from './simulate'
import { abdominal } from './trainingCases'

/** So many windows are learnt from. */
const windows = 1200
const marginMm = 45
const volume = windowCells ** 3
const bytes = (channelCount + 1) * volume

export type Say = (line: string) => void

async function namesOf(set: string): Promise<string[]> {
  const folder = dataPath(set, 'images')
  if (!folder) throw new Error(`${set} is not there: set EMEND_DATA`)
  return (await readdir(folder)).map((file) => basename(file, '.nii.gz')).sort()
}

/** All that is trained on, by the kind of image. */
async function lessons(folder: string, seed: number, say: Say): Promise<Lesson[][]> {
  const holdOut = JSON.parse(await readFile('resources/hold-outs/hippocampus.json', 'utf8')) as { cases: string[] }
  const hippocampus = (await namesOf('hippocampus')).filter((name) => !holdOut.cases.includes(name))
  // Every fourth patient is kept back, here as when the head-neck models are trained.
  const headNeck = (await namesOf('head-neck')).map((name) => Number(name.slice(3))).filter((n) => n % 4 !== 0)
  const kinds: [string, AsyncGenerator<ClickCase>][] = [
    ['hippocampus', hippocampi(hippocampus.map((name) => name.slice(-3)), marginMm)], // prettier-ignore
    ['head-neck', headNecks(headNeck, marginMm)],
    ['phantom', phantoms([0, 1].map((n) => 500_000_010 + n), marginMm)], // prettier-ignore
    ['abdomen', abdominal(folder, 5, seededRandom(seed).fork('regions'))],
  ]
  const out: Lesson[][] = []
  for (const [name, cases] of kinds) {
    const own: Lesson[] = []
    for await (const subject of kept(join(folder, name), cases)) {
      const lesson = lessonOf(subject)
      if (lesson) own.push(lesson)
    }
    say(`${name}: ${own.length} structures`)
    out.push(own)
  }
  return out
}

/** Cases that take minutes to make are kept on disk. */
async function* kept(path: string, cases: AsyncGenerator<ClickCase>): AsyncGenerator<ClickCase> {
  if (!existsSync(path)) {
    const all: ClickCase[] = []
    for await (const subject of cases) all.push(subject)
    await writeFileAtomic(path, serialize(all))
  }
  yield* deserialize(await readFile(path)) as ClickCase[]
}

/** How often each kind is learnt from, in the order of `lessons`. */
const shares = [0.2, 0.3, 0.2, 0.3]

function kindOf(random: Random): number {
  let left = random.next()
  for (let kind = 0; kind < shares.length; kind++) if ((left -= shares[kind]) < 0) return kind
  return shares.length - 1
}

/** A sample in bytes: channels between -2 and 2, then the truth. */
function packed({ evidence, truth }: Sample): Int8Array {
  const out = new Int8Array((channelCount + 1) * volume)
  let to = 0
  const rows = (visit: (from: number) => void): void => {
    for (let z = 1; z <= windowCells; z++) {
      for (let y = 1; y <= windowCells; y++) visit(1 + framedCells * (y + framedCells * z))
    }
  }
  for (const channel of evidence.channels) {
    rows((from) => {
      for (let x = from; x < from + windowCells; x++) out[to++] = Math.round(63 * Math.max(-2, Math.min(2, channel[x])))
    })
  }
  rows((from) => {
    for (let x = from; x < from + windowCells; x++) out[to++] = truth[x] >= 0.5 ? 1 : 0
  })
  return out
}

const anyOf = (from: readonly Lesson[][], random: Random): Lesson => {
  const own = from[kindOf(random)]
  return own[random.int(own.length)]
}

function made(number: number, seed: number, from: readonly Lesson[][]): Int8Array {
  for (let tries = 0; ; tries++) {
    const random = seededRandom(seed).fork(`sample ${number} ${tries}`)
    const sample = simulated(anyOf(from, random), random)
    if (sample) return packed(sample)
  }
}

/**
 * Simulated windows, each in bytes: channels times 63, then the truth; kept in a folder once made, as cases that take
 * minutes to read are.
 */
export async function simulatedWindows(folder: string, seed: number, say: Say): Promise<Int8Array[]> {
  const path = join(folder, 'windows')
  if (!existsSync(path)) {
    const from = await lessons(folder, seed, say)
    const all = Buffer.alloc(windows * bytes)
    for (let n = 0; n < windows; n++) {
      all.set(Buffer.from(made(n, seed, from).buffer), n * bytes)
      if ((n + 1) % 200 === 0) say(`${n + 1} of ${windows} windows`)
    }
    await writeFileAtomic(path, all)
  }
  const { buffer, byteOffset } = await readFile(path)
  return Array.from({ length: windows }, (_, n) => new Int8Array(buffer, byteOffset + n * bytes, bytes))
}

/** The channels on framed cells, the frame being what is beside it, and the truth: 1 inside. */
export function unpacked(window: Int8Array): { readonly channels: Float32Array[]; readonly truth: Float32Array } {
  const fields = Array.from({ length: channelCount + 1 }, (_, c) => {
    const factor = c < channelCount ? 1 / 63 : 1
    const field = new Float32Array(framedCells ** 3)
    for (let z = 0, from = c * volume; z < windowCells; z++) {
      for (let y = 0; y < windowCells; y++) {
        const to = 1 + framedCells * (y + 1 + framedCells * (z + 1))
        for (let x = 0; x < windowCells; x++, from++) field[to + x] = factor * window[from]
      }
    }
    extendFrame(field, framedSize)
    return field
  })
  return { channels: fields.slice(0, channelCount), truth: fields[channelCount] }
}
