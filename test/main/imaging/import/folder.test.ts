import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { readImages } from '../../../../src/main/imaging/import/readImages'
import { encodeNifti } from '../../../../src/main/imaging/nifti'

/** A folder with an image, and in it a folder that nobody may read. */
async function folderWithLockedOne(): Promise<{ folder: string; locked: string }> {
  const folder = mkdtempSync(join(tmpdir(), 'emend-locked-'))
  const locked = join(folder, 'locked')
  mkdirSync(locked)
  const affine = [
    [1, 0, 0, 0],
    [0, 1, 0, 0],
    [0, 0, 1, 0],
  ] as const
  const image = await encodeNifti({ dims: [2, 2, 2], data: new Int16Array(8), affine })
  writeFileSync(join(folder, 'image.nii.gz'), image)
  chmodSync(folder, 0o755)
  chmodSync(locked, 0)
  // Root may read everything.
  const isRoot = process.geteuid?.() === 0
  if (isRoot) process.seteuid?.(65_534)
  onTestFinished(() => {
    if (isRoot) process.seteuid?.(0)
    chmodSync(locked, 0o700)
    rmSync(folder, { recursive: true })
  })
  return { folder, locked }
}

describe.skipIf(process.platform === 'win32')('a folder that may not be read', () => {
  it('is named with the reason, and what lies beside it is imported', async () => {
    const { folder, locked } = await folderWithLockedOne()
    const { volumes, skipped } = await readImages([folder])
    expect(volumes).toHaveLength(1)
    expect(skipped).toEqual([{ path: locked, reason: `${locked} cannot be read: you may not read it` }])
  })

  it('is the reason in one line where it alone was asked for', async () => {
    const { locked } = await folderWithLockedOne()
    await expect(readImages([locked])).rejects.toThrow(`${locked} cannot be read: you may not read it`)
  })
})

describe('a path that is not there', () => {
  it('is said to be so', async () => {
    const path = join(tmpdir(), 'emend-nowhere')
    await expect(readImages([path])).rejects.toThrow(`${path} cannot be read: it is not there`)
  })
})
