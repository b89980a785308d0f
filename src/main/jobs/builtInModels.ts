import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { EmendError, oneLine } from '../../shared/errors'
import type { Library } from '../library/library'
import { registerBuiltInModel } from '../library/models'

/** Registers the models that come with the app, each a folder in `folder`; a damaged one must not keep a reader from the library. */
export async function registerBuiltInModels(library: Library, folder: string): Promise<void> {
  for (const model of modelsIn(folder)) {
    try {
      await registerBuiltInModel(library, model)
    } catch (error) {
      if (!(error instanceof EmendError)) throw error
      console.error(`the model in ${model} is left out: ${oneLine(error)}`)
    }
  }
}

function modelsIn(folder: string): string[] {
  if (!existsSync(folder)) return []
  return readdirSync(folder)
    .sort()
    .map((name) => join(folder, name))
    .filter((model) => ['model.json', 'network.onnx'].every((file) => existsSync(join(model, file))))
}
