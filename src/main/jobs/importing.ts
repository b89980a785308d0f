import { basename } from 'node:path'
import { loadNifti } from '../imaging/nifti'
import { addCase } from '../library/cases'
import type { JobContext } from './verbs'

/** Reads images from files and folders and adds each as a case. */
export async function importImages(paths: readonly string[], { library, work, changed }: JobContext): Promise<string> {
  let added = 0
  for (const [done, path] of paths.entries()) {
    work.signal.throwIfAborted()
    work.report({ phase: 'importing', done, total: paths.length })
    const { volume, warnings } = await loadNifti(path)
    const result = await addCase(library, { modality: 'CT', description: basename(path), volume, warnings })
    if (result.added) added += 1
    changed([result.id])
  }
  return `${added} added`
}
