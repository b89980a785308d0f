import { createHash } from 'node:crypto'
import { mkdir, readdir, readFile, rename } from 'node:fs/promises'
import { join, relative, sep } from 'node:path'
import * as v from 'valibot'
import { ModelRow } from '../../shared/contract'
import { EmendError } from '../../shared/errors'
import type { LabelSchema } from '../../shared/labels/schema'
import type { ModelInUse } from '../../shared/openCases'
import { writeFileAtomic } from '../imaging/atomicFile'
import { recordAudit } from './audit'
import { newId } from './ids'
import type { Library } from './library'
import { requireRole } from './members'
import { lastUseOf } from './modelUses'
import { libraryPaths } from './paths'
import { INCOMING } from './recover'
import { offersIn } from './reviewedCases'
import { followModel, schemaInUse } from './schemas'
import { adoptStructures, schemaNames } from './structures'
import { teachingModel } from './teaching'

/** A model version's place and name. */
export interface ModelVersion {
  readonly name: string
  readonly version: number
  readonly folder: string
}

/** How a model's name and version are written wherever one string is kept. */
export function modelReference(model: { name: string; version: number }): string {
  return `${model.name}@${model.version}`
}

/** The version that a reference names, whether it is there or not. */
export function modelNamed(library: Library, reference: string): ModelVersion {
  const at = reference.lastIndexOf('@')
  const [name, version] = [reference.slice(0, at), Number(reference.slice(at + 1))]
  return { name, version, folder: libraryPaths.model(library.root, name, version) }
}

/** What the library itself reads of `model.json`; the segmentation room validates the whole when it loads a model. */
const Described = v.looseObject({
  name: v.pipe(v.string(), v.regex(/^[a-z0-9][a-z0-9.-]*$/)),
  version: v.pipe(v.number(), v.integer(), v.minValue(1)),
  title: v.string(),
  schema: v.string(),
  channels: v.array(v.string()),
  /** Channels that it does not offer. */
  withheld: v.optional(v.array(v.string())),
  provenance: v.looseObject({ parent: v.nullable(v.string()), createdAt: v.string() }),
  scores: v.optional(
    v.looseObject({
      holdOut: v.string(),
      structures: v.unwrap(ModelRow.entries.scores),
      parent: v.optional(v.unwrap(ModelRow.entries.parentScores)),
    }),
  ),
})

/**
 * Copies the model in `folder` (`model.json`, `network.onnx` and whatever lies beside them) into the library as a new
 * version and, where it is promoted, makes it current (`use: false` keeps the current one). The version is the manifest's, or the next that is free; the
 * copy's `model.json` says it. Versions are never replaced.
 *
 * @param decision.verdict one line that says why the gate promoted it or kept it out.
 * @param manifest what its `model.json` says, where the folder of a network made elsewhere holds none.
 * @throws EmendError where the folder does not hold a model.
 */
export async function registerModel(
  library: Library,
  folder: string,
  decision: { promoted: boolean; verdict: string; use?: boolean },
  manifest?: object,
): Promise<ModelVersion> {
  const described = await readDescription(folder, manifest)
  const { name } = described
  const home = join(libraryPaths.models(library.root), name)
  await mkdir(home, { recursive: true })
  const incoming = join(home, INCOMING + newId())
  await copyFolder(folder, incoming)
  let version = Math.max(described.version, (await highestVersion(library, name)) + 1)
  for (;;) {
    await writeFileAtomic(join(incoming, 'model.json'), JSON.stringify({ ...described, version }, null, 2) + '\n')
    try {
      await rename(incoming, libraryPaths.model(library.root, name, version))
      break
    } catch (error) {
      // Another process took this number in the meantime.
      if (!['ENOTEMPTY', 'EEXIST', 'EPERM'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error
      version += 1
    }
  }
  const placed = libraryPaths.model(library.root, name, version)
  const { 'network.onnx': sha256, ...others } = await fileHashes(placed)
  const { database } = library
  database.transaction(() => {
    for (const [file, hash] of Object.entries(others)) {
      database.run(
        'INSERT INTO model_files (name, version, file, sha256) VALUES (?, ?, ?, ?)',
        name,
        version,
        file,
        hash,
      )
    }
    database.run(
      `INSERT INTO models (name, version, title, parent, created_at, promoted, verdict, schema, channels, hold_out, scores,
                           parent_scores, sha256)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      name,
      version,
      described.title,
      described.provenance.parent,
      described.provenance.createdAt,
      decision.promoted ? 1 : 0,
      decision.verdict,
      described.schema,
      JSON.stringify(described.channels.filter((name) => !described.withheld?.includes(name))),
      described.scores?.holdOut ?? null,
      described.scores ? JSON.stringify(described.scores.structures) : null,
      described.scores?.parent ? JSON.stringify(described.scores.parent) : null,
      sha256,
    )
    recordAudit(library, 'model', modelReference({ name, version }), decision.verdict)
    if (decision.promoted && decision.use !== false) putToUse(library, { name, version }, decision.verdict)
  })
  return { name, version, folder: placed }
}

/**
 * Registers the model that comes with the app, unless the library has it already (the same network, whatever its
 * version). It becomes current only where no model is: a site's own model stays in use after an update.
 *
 * @returns the version, and null where it was there already.
 */
export async function registerBuiltInModel(library: Library, folder: string): Promise<ModelVersion | null> {
  const { name } = await readDescription(folder)
  const sha256 = await fileHash(join(folder, 'network.onnx'))
  const { database } = library
  if (database.get('SELECT version FROM models WHERE name = ? AND sha256 = ?', name, sha256)) return null
  const isFirst = database.get('SELECT id FROM model_uses LIMIT 1') === undefined
  return registerModel(library, folder, { promoted: true, use: isFirst, verdict: 'comes with Emend' })
}

/**
 * Copies a model from a folder anywhere on disk into the library, to be made current by hand; structures of its own come along.
 * @param model as `loadModel` found it
 * @throws EmendError where the library has the same network under that name already, or the user's role does not allow it.
 */
export async function addModel(
  library: Library,
  folder: string,
  { manifest, schema }: { readonly manifest: { name: string }; readonly schema: LabelSchema },
): Promise<ModelVersion> {
  requireRole(library, 'administrator', 'add a model', manifest.name)
  const sha256 = await fileHash(join(folder, 'network.onnx'))
  const known = library.database.get<{ version: number }>(
    'SELECT version FROM models WHERE name = ? AND sha256 = ?',
    manifest.name,
    sha256,
  )
  if (known) {
    const reference = modelReference({ name: manifest.name, version: known.version })
    throw new EmendError(`the library has the model in ${folder} already: it is ${reference}`)
  }
  adoptStructures(library, schema)
  const verdict = `added by ${library.user}`
  return registerModel(library, folder, { promoted: true, use: false, verdict }, manifest)
}

/** Makes a version current, as a person chooses: its schema is in use from now on, too. */
export function useModel(library: Library, name: string, version: number, reason: string): void {
  library.database.transaction(() => {
    const schema = schemaOfModel(library, modelReference({ name, version }))
    if (schema !== null) followModel(library, schema)
    putToUse(library, { name, version }, reason)
  })
}

/** Makes a version its schema's current one, whichever schema is in use: a promotion by the gate, or a repair. */
export function putToUse(library: Library, model: { name: string; version: number }, reason: string): void {
  const { database } = library
  const reference = modelReference(model)
  database.transaction(() => {
    if (schemaOfModel(library, reference) === null) throw new EmendError(`the library has no model ${reference}`)
    database.run(
      'INSERT INTO model_uses (name, version, reason, author, at) VALUES (?, ?, ?, ?, ?)',
      model.name,
      model.version,
      reason,
      library.user,
      new Date().toISOString(),
    )
    recordAudit(library, 'use model', reference, reason)
  })
}

/** The schema that a model labels by; null where the library has no such model. */
export function schemaOfModel(library: Library, reference: string): string | null {
  const { name, version } = modelNamed(library, reference)
  const row = library.database.get<{ schema: string }>(
    'SELECT schema FROM models WHERE name = ? AND version = ?',
    name,
    version,
  )
  return row?.schema ?? null
}

/**
 * The model that new segmentations use; null where none was ever chosen.
 * @param schema that it labels by; the library's own where left out
 */
export function currentModel(library: Library, schema = schemaInUse(library)): ModelVersion | null {
  const use = lastUseOf(library, schema)
  return use ? { ...use, folder: libraryPaths.model(library.root, use.name, use.version) } : null
}

/** The models that new segmentations use, one for each schema that has one. */
export function modelsInUse(library: Library): ModelInUse[] {
  const offerOf = offersIn(library)
  return schemaNames(library).flatMap((schema) => {
    const model = currentModel(library, schema)
    if (!model) return []
    const reference = modelReference(model)
    return [{ schema, reference, offered: offerOf({ schema, model: reference }).offered ?? [] }]
  })
}

/** What was in use before the current model was, of the same schema; null where nothing else ever was. */
export function previousModel(library: Library): { name: string; version: number } | null {
  const current = currentModel(library)
  const before = library.database.get<{ name: string; version: number }>(
    `SELECT name, version FROM model_uses JOIN models USING (name, version)
     WHERE schema = ? AND NOT (name = ? AND version = ?) ORDER BY model_uses.id DESC LIMIT 1`,
    schemaInUse(library),
    current?.name ?? '',
    current?.version ?? 0,
  )
  return before ?? null
}

/** The version that a network is in the library already; null where it is not. */
export async function registeredAs(library: Library, folder: string): Promise<ModelVersion | null> {
  const { name, provenance } = await readDescription(folder)
  const row = library.database.get<{ version: number }>(
    'SELECT version FROM models WHERE name = ? AND sha256 = ? AND parent IS ?',
    name,
    await fileHash(join(folder, 'network.onnx')),
    provenance.parent,
  )
  return row ? { name, version: row.version, folder: libraryPaths.model(library.root, name, row.version) } : null
}

interface ModelRecord {
  readonly name: string
  readonly version: number
  readonly title: string
  readonly schema: string
  readonly parent: string | null
  readonly created_at: string
  readonly promoted: number
  readonly verdict: string | null
  readonly channels: string
  readonly hold_out: string | null
  readonly scores: string | null
  readonly parent_scores: string | null
}

/** All model versions, by name, the newest version first. */
export function listModels(library: Library): ModelRow[] {
  const current = currentModel(library)
  const inUse = new Set(modelsInUse(library).map(({ reference }) => reference))
  const before = previousModel(library)
  const teacher = teachingModel(library)
  return library.database.all<ModelRecord>('SELECT * FROM models ORDER BY name, version DESC').map((row) => {
    const isCurrent = row.name === current?.name && row.version === current.version
    return {
      name: row.name,
      version: row.version,
      title: row.title,
      schema: row.schema,
      parent: row.parent,
      createdAt: row.created_at,
      state: isCurrent ? 'current' : row.promoted ? 'available' : 'kept-out',
      verdict: row.verdict,
      channels: JSON.parse(row.channels) as string[],
      holdOut: row.hold_out,
      scores: scoresIn(row.scores),
      parentScores: scoresIn(row.parent_scores),
      ...(inUse.has(modelReference(row)) && { inUse: true }),
      ...(row.name === before?.name && row.version === before.version && { before: true }),
      ...(row.name === teacher?.name && row.version === teacher.version && { teaches: true }),
    }
  })
}

function scoresIn(json: string | null): ModelRow['scores'] {
  return json === null ? null : (JSON.parse(json) as ModelRow['scores'])
}

async function readDescription(folder: string, manifest?: object): Promise<v.InferOutput<typeof Described>> {
  const path = join(folder, 'model.json')
  try {
    return v.parse(Described, manifest ?? JSON.parse(await readFile(path, 'utf8')))
  } catch (cause) {
    throw new EmendError(`${path} does not describe a model: ${(cause as Error).message}`, { cause })
  }
}

/** The highest version of a model that has a row or a folder, 0 for none. */
async function highestVersion(library: Library, name: string): Promise<number> {
  const row = library.database.get<{ version: number | null }>(
    'SELECT max(version) AS version FROM models WHERE name = ?',
    name,
  )
  // A folder without a row is what a kill between copy and row left: its number is spent.
  const folders = (await readdir(join(libraryPaths.models(library.root), name))).map(Number).filter(Number.isInteger)
  return Math.max(row?.version ?? 0, ...folders)
}

/** SHA-256 of every file of a folder by its path in there, '/' between folders. */
async function fileHashes(folder: string): Promise<Record<string, string>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const paths = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
  const hashes = paths.sort().map(async (path) => [relative(folder, path).split(sep).join('/'), await fileHash(path)])
  return Object.fromEntries(await Promise.all(hashes)) as Record<string, string>
}

async function fileHash(path: string): Promise<string> {
  try {
    return createHash('sha256')
      .update(await readFile(path))
      .digest('hex')
  } catch (cause) {
    throw new EmendError(`cannot read ${path}: ${(cause as Error).message}`, { cause })
  }
}

/**
 * Copies a folder with all its files, each forced to the disk, so that the rename that follows publishes whole files.
 * File by file, because the models that come with a packed app lie in its archive, which only plain reads see into.
 * What a kill left half-written beside them, which has a hidden name, stays behind.
 */
async function copyFolder(from: string, to: string): Promise<void> {
  await mkdir(to)
  for (const entry of await readdir(from, { withFileTypes: true })) {
    if (entry.name.startsWith('.')) continue
    const [source, target] = [join(from, entry.name), join(to, entry.name)]
    if (entry.isDirectory()) await copyFolder(source, target)
    else if (entry.isFile()) await writeFileAtomic(target, await readFile(source))
  }
}
