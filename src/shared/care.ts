import * as v from 'valibot'

/** What keeps a library whole, and what goes in and out of it as a whole. */

export const storageKinds = [
  'images',
  'labels',
  'uncertainty',
  'journals',
  'models',
  'runs',
  'trash',
  'database',
  'other',
] as const
export type StorageKind = (typeof storageKinds)[number]

/** Something in a library that is not as it was written. */
export const LibraryFault = v.strictObject({
  kind: v.picklist(['database', 'audit', 'image', 'source', 'labels', 'uncertainty', 'reading', 'model', 'left-over']),
  /** The file, from the library's folder; null where it is no file. */
  path: v.nullable(v.string()),
  what: v.string(),
})
export type LibraryFault = v.InferOutput<typeof LibraryFault>

/** What the last look through a whole library found. */
export const LibraryCheck = v.strictObject({
  at: v.string(),
  cases: v.number(),
  revisions: v.number(),
  models: v.number(),
  /** How many faults there are; of many, `faults` has the first. */
  found: v.number(),
  faults: v.array(LibraryFault),
})
export type LibraryCheck = v.InferOutput<typeof LibraryCheck>

export const LastBackup = v.strictObject({ at: v.string(), folder: v.string() })
export type LastBackup = v.InferOutput<typeof LastBackup>

/** How a library is. */
export const LibraryState = v.strictObject({
  folder: v.string(),
  /** Bytes on the disk, by what they are. */
  storage: v.record(v.picklist(storageKinds), v.number()),
  /** Bytes that are free on its disk; null where the system does not say. */
  free: v.nullable(v.number()),
  /** Null where nobody looked yet, or made one. */
  check: v.nullable(LibraryCheck),
  backup: v.nullable(LastBackup),
})
export type LibraryState = v.InferOutput<typeof LibraryState>

/** What is done to a library as a whole. */
export const CareTask = v.variant('what', [
  v.strictObject({ what: v.literal('verify') }),
  /** `from`: folder of a backup that files come back from. */
  v.strictObject({ what: v.literal('repair'), from: v.nullable(v.string()) }),
  v.strictObject({ what: v.literal('back-up'), folder: v.string() }),
  v.strictObject({ what: v.literal('export-set'), folder: v.string(), caseIds: v.array(v.string()) }),
])
export type CareTask = v.InferOutput<typeof CareTask>
