/**
 * Reads damaged files one after another and says so before and after each, so that whoever watches this process sees
 * which one it hangs on, dies of, or fills the memory with. Arguments: first and last number, folder, data folder.
 */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { readLabels } from '../../../src/main/imaging/import/labelMap'
import { readImages } from '../../../src/main/imaging/import/readImages'
import { EmendError } from '../../../src/shared/errors'
import { schemaNamed } from '../../../src/shared/labels/builtin'
import { seededRandom } from '../../../src/shared/random'
import { bombs, corpus, slices, type Seed } from './corpus'
import { mutated } from './mutate'

export type Report =
  | { readonly kind: 'start'; readonly number: number; readonly what: string }
  | { readonly kind: 'end'; readonly number: number; readonly outcome: 'image' | 'error'; readonly fault?: string; readonly megabytes: number } // prettier-ignore

const schema = schemaNamed('flare23')

function send(report: Report): Promise<void> {
  return new Promise((resolve) => process.send?.(report, () => resolve()))
}

function drawn(seeds: readonly Seed[], share: number): Seed {
  let left = share * seeds.reduce((sum, { weight }) => sum + weight, 0)
  return seeds.find(({ weight }) => (left -= weight) < 0) ?? seeds[0]
}

/** Throws whatever is not as it should be. */
async function readOne(paths: readonly string[]): Promise<'image' | 'error'> {
  try {
    const { volumes } = await readImages(paths)
    for (const { volume, labels, dicom } of volumes) {
      const [nx, ny, nz] = volume.dims
      if (volume.data.length !== nx * ny * nz)
        throw new Error(`${volume.data.length} voxels in ${volume.dims.join(' x ')}`)
      if (!volume.affine.flat().every(Number.isFinite))
        throw new Error(`places are not finite: ${volume.affine.join()}`)
      if (labels) await readLabels(labels, volume, dicom, schema)
    }
    return 'image'
  } catch (error) {
    if (!(error instanceof EmendError)) throw error
    if (error.message.includes('\n')) throw new Error(`a message of several lines: ${error.message}`, { cause: error })
    return 'error'
  }
}

async function main(): Promise<void> {
  const [first, last, folder, data] = process.argv.slice(2)
  const seeds = await corpus(data)
  const hostile = bombs()
  for (let number = Number(first); number < Number(last); number++) {
    const place = join(folder, String(number))
    mkdirSync(place)
    const random = seededRandom(number)
    const bomb = hostile[number]
    const seed = bomb ?? drawn(seeds, random.next())
    const { bytes, how } = bomb ? { bytes: bomb.bytes, how: 'as it is' } : mutated(seed.bytes, random)
    const file = join(place, seed.name)
    writeFileSync(file, bytes)
    // Half of the time beside a whole series, which a damaged file must not take along.
    const company = random.next() < 0.5
    if (company) slices.forEach((slice, n) => n !== 2 && writeFileSync(join(place, `whole${n}.dcm`), slice))
    await send({ kind: 'start', number, what: `${seed.name}: ${how}` })
    let outcome: 'image' | 'error' = 'error'
    let fault: string | undefined
    try {
      outcome = await readOne([company ? place : file])
    } catch (error) {
      fault = error instanceof Error ? (error.stack ?? error.message) : String(error)
    }
    rmSync(place, { recursive: true })
    await send({ kind: 'end', number, outcome, fault, megabytes: process.memoryUsage.rss() / 2 ** 20 })
  }
  process.disconnect()
}

await main()
