import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { openLibrary, type Library, type OpenOptions } from '../../../src/main/library/library'
import { temporaryFolder } from '../../temporaryFolder'
import { writeModel } from './samples'

/** A library in a folder of its own, closed after the test. */
export function temporaryLibrary(options: OpenOptions = {}, root = temporaryFolder()): Library {
  const library = openLibrary(root, { user: 'reader', ...options })
  onTestFinished(() => library.close())
  return library
}

/** A model in a folder of its own, alone in its parent folder. */
export function modelFolder(options: Parameters<typeof writeModel>[1] = {}): string {
  return writeModel(join(temporaryFolder(), 'model'), options)
}
