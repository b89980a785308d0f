import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { EmendError } from '../../shared/errors'
import { builtinSchemas, schemaNamed } from '../../shared/labels/builtin'
import type { LabelSchema } from '../../shared/labels/schema'
import { readDatasetLabels } from '../learning/datasetFile'
import { loadModel } from '../segmentation/model'

/**
 * The label schema that `--schema` gives: one that ships with Emend by its name, or a site's own by the folder of a data set
 * or of a model that has it.
 * @throws EmendError where no schema ships by that name and no such folder has one
 */
export async function schemaGiven(asked: string): Promise<LabelSchema> {
  if (builtinSchemas.includes(asked)) return schemaNamed(asked)
  if (existsSync(join(asked, 'dataset.json'))) return (await readDatasetLabels(asked)).schema
  if (existsSync(join(asked, 'model.json'))) return (await loadModel(asked)).schema
  throw new EmendError(
    `there is no label schema '${asked}', and no folder of that name with a dataset.json or a model`,
    {
      hint: `schemas that ship: ${builtinSchemas.join(', ')}`,
    },
  )
}
