import { readdir, stat } from 'node:fs/promises'
import { join, relative, sep } from 'node:path'
import { storageKinds, type StorageKind } from '../../shared/care'
import type { Library } from './library'

/** Bytes on the disk, by what they are. */
export type StorageUse = Readonly<Record<StorageKind, number>>

/** What a library takes. Files that come or go meanwhile are counted or not. */
export async function storageUse({ root }: Pick<Library, 'root'>): Promise<StorageUse> {
  const use = Object.fromEntries(storageKinds.map((kind) => [kind, 0])) as Record<StorageKind, number>
  const visit = async (folder: string): Promise<void> => {
    const entries = await readdir(folder, { withFileTypes: true }).catch(() => [])
    for (const entry of entries) {
      const path = join(folder, entry.name)
      if (entry.isDirectory()) await visit(path)
      else if (entry.isFile())
        use[kindOf(relative(root, path).split(sep))] += (await stat(path).catch(() => null))?.size ?? 0
    }
  }
  await visit(root)
  return use
}

function kindOf([top, , third, fourth]: readonly string[]): StorageKind {
  if (top.startsWith('library.db')) return 'database'
  if (top === 'models' || top === 'runs' || top === 'trash') return top
  if (top !== 'cases') return 'other'
  if (third === 'labels') return fourth?.endsWith('.uncertainty.gz') ? 'uncertainty' : 'labels'
  if (third === 'image.nii.gz') return 'images'
  return third?.startsWith('journal') ? 'journals' : 'other'
}
