import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { EmendError, oneLine } from '../../shared/errors'
import { parseStructureTable, type StructureTable } from '../../shared/labels/structureTable'
import { reorient } from '../imaging/canonical'
import { readLabels } from '../imaging/import/labelMap'
import type { ImportedVolume } from '../imaging/import/result'
import { getCase } from '../library/cases'
import type { Library } from '../library/library'
import { addRevision } from '../library/revisions'
import { librarySchema } from '../library/structures'

/** Names and codes of the user's own, in the library's folder. */
const TABLE = 'structure-names.json'

/** @throws EmendError where there is a file that is no table */
export async function userStructureTable(library: Library): Promise<StructureTable> {
  const path = join(library.root, TABLE)
  let text: string
  try {
    text = await readFile(path, 'utf8')
  } catch {
    return {}
  }
  return parseStructureTable(text, path)
}

/**
 * The SEGs and RTSTRUCTs that came with an image, as a first revision of its case. Nobody reviewed them here, so they
 * are `unreviewed`; a case that has labels already keeps them.
 * @returns what came of them in one line; null where the image came without
 */
export async function addImportedLabels(
  library: Library,
  caseId: string,
  imported: ImportedVolume,
  table: StructureTable,
): Promise<string | null> {
  const { labels: objects = [], volume, dicom } = imported
  const { revision, schema } = getCase(library, caseId)
  if (objects.length === 0 || revision !== null) return null
  try {
    const read = await readLabels(objects, volume, dicom, librarySchema(library, schema), table)
    if (read.structures.length === 0) return `labels of none of our structures: ${read.unmatched.join(', ')}`
    await addRevision(library, {
      caseId,
      parent: null,
      origin: 'import',
      model: null,
      statuses: {},
      edited: [],
      labels: reorient(read.labels, 'RAS'),
    })
    const left = read.unmatched.length > 0 ? [`not matched: ${read.unmatched.join(', ')}`] : []
    return [`labels of ${read.structures.join(', ')}`, ...left, ...read.warnings].join('; ')
  } catch (error) {
    // The image is in the library all the same.
    if (!(error instanceof EmendError)) throw error
    return `its labels could not be read: ${oneLine(error)}`
  }
}
