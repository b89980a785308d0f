import { readFile } from 'node:fs/promises'
import * as v from 'valibot'
import { EmendError } from '../../shared/errors'
import { Measurement, MOST_MEASUREMENTS, Reading } from '../../shared/reading'
import { writeFileAtomic } from '../imaging/atomicFile'
import { getCase } from './cases'
import type { Library } from './library'
import { libraryPaths } from './paths'
import { sightOf } from './sight'

/** A measurement with who drew or changed it last, and when; neither was kept by the format's first version. */
const StoredMeasurement = v.strictObject({
  ...Measurement.entries,
  author: v.optional(v.string()),
  at: v.optional(v.string()),
})
type StoredMeasurement = v.InferOutput<typeof StoredMeasurement>

const File = v.strictObject({
  ...Reading.entries,
  format: v.picklist(['emend-reading/1', 'emend-reading/2']),
  measurements: v.pipe(v.array(StoredMeasurement), v.maxLength(MOST_MEASUREMENTS)),
})
type Stored = Pick<v.InferOutput<typeof File>, 'measurements' | 'alignments'>

/**
 * What readers noted of a case besides its labels: of the measurements those that the user may see (`sightOf`). Alignments
 * say how two images lie, and nothing of what was found in them.
 * @throws EmendError where there is no such case, or the file is damaged
 */
export async function readReading(library: Library, caseId: string): Promise<Reading> {
  const { measurements, alignments } = await readStored(library, caseId)
  const sees = visibleOf(library, caseId)
  return { measurements: measurements.filter(sees).map(plain), alignments }
}

/**
 * Keeps what a reader noted. Measurements that are new or changed are the user's from then on. Those that the user may not
 * see stay as they are, and so does whatever is neither in `reading` nor in `removed`: it came into sight since the case
 * was opened.
 * @param removed ids of measurements that the user took away
 * @throws EmendError where there is no such case, the file is damaged, or there would be too many measurements
 */
export async function writeReading(
  library: Library,
  caseId: string,
  reading: Reading,
  removed: readonly string[] = [],
): Promise<void> {
  const before = (await readStored(library, caseId)).measurements
  const sees = visibleOf(library, caseId)
  const given = new Map(reading.measurements.map((one) => [one.id, one]))
  const signed = { author: library.user, at: new Date().toISOString() }
  const kept = before.flatMap((old): StoredMeasurement[] => {
    const now = given.get(old.id)
    if (!sees(old) || (!now && !removed.includes(old.id))) return [old]
    if (!now) return []
    return [JSON.stringify(plain(old)) === JSON.stringify(plain(now)) ? old : { ...now, ...signed }]
  })
  const known = new Set(before.map(({ id }) => id))
  const added = reading.measurements.filter(({ id }) => !known.has(id)).map((one) => ({ ...one, ...signed }))
  const measurements = [...kept, ...added]
  if (measurements.length > MOST_MEASUREMENTS) {
    throw new EmendError(`${getCase(library, caseId).title} has ${MOST_MEASUREMENTS} measurements already`, {
      hint: 'remove some first',
    })
  }
  const text = JSON.stringify({ format: 'emend-reading/2', measurements, alignments: reading.alignments }, null, 2)
  await writeFileAtomic(libraryPaths.reading(library.root, caseId), `${text}\n`)
}

async function readStored(library: Library, caseId: string): Promise<Stored> {
  getCase(library, caseId)
  const path = libraryPaths.reading(library.root, caseId)
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null
    throw new EmendError(`${path} cannot be read`, { cause: error })
  })
  if (text === null) return { measurements: [], alignments: {} }
  try {
    return v.parse(File, JSON.parse(text))
  } catch (cause) {
    throw new EmendError(`${path} is damaged`, { hint: 'restore it from a backup, or remove it', cause })
  }
}

function visibleOf(library: Library, caseId: string): (measurement: StoredMeasurement) => boolean {
  const sees = sightOf(library, caseId)
  return ({ author = null, at = null }) => sees({ author, at })
}

function plain({ id, kind, plane, points }: Measurement): Measurement {
  return { id, kind, plane, points }
}
