import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { writeFileAtomic } from '../../../src/main/imaging/atomicFile'

const folder = mkdtempSync(join(tmpdir(), 'emend-atomic-'))
afterAll(() => rmSync(folder, { recursive: true }))

it('replaces a file whole and leaves nothing else behind', async () => {
  const path = join(folder, 'a.bin')
  writeFileSync(path, 'old and longer than the new content')
  await writeFileAtomic(path, Uint8Array.of(1, 2, 3))
  expect([...readFileSync(path)]).toEqual([1, 2, 3])
  expect(readdirSync(folder)).toEqual(['a.bin'])
})

it('leaves the old file and no scrap where it fails', async () => {
  const taken = join(folder, 'folder')
  await writeFileAtomic(join(folder, 'b.txt'), 'kept')
  await import('node:fs/promises').then((fs) => fs.mkdir(join(taken, 'inside'), { recursive: true }))
  await expect(writeFileAtomic(taken, 'x')).rejects.toThrow()
  expect(readdirSync(folder).sort()).toEqual(['a.bin', 'b.txt', 'folder'])
})
