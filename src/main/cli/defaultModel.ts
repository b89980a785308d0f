import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { EmendError } from '../../shared/errors'
import { appFolder } from '../jobs/appFolder'

/**
 * The folder of the model that ships with Emend, where a command names none.
 * @throws EmendError where this copy came without one, or with several.
 */
export function defaultModelFolder(models: string = join(appFolder(), 'models')): string {
  const folders = (existsSync(models) ? readdirSync(models).sort() : [])
    .map((name) => join(models, name))
    .filter((folder) => ['model.json', 'network.onnx'].every((file) => existsSync(join(folder, file))))
  if (folders.length === 1) return folders[0]
  const why = folders.length === 0 ? 'this copy of Emend came without a model' : 'Emend comes with several models'
  throw new EmendError(why, { hint: `name one with --model DIR${folders.map((folder) => `, ${folder}`).join('')}` })
}
