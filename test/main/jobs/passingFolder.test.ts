import { mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { withPassingFolder } from '../../../src/main/jobs/passingFolder'
import { temporaryLibrary } from '../library/fixtures'

describe('a folder for what passes through a job', () => {
  it('lies in the library, is its owner’s alone, and goes with the job, also with one that fails', async () => {
    const library = temporaryLibrary()
    const before = readdirSync(library.root)
    const failing = withPassingFolder(library, 'fetch', async (folder) => {
      expect(dirname(folder)).toBe(library.root)
      if (process.platform !== 'win32') expect(statSync(folder).mode & 0o777).toBe(0o700)
      writeFileSync(join(folder, 'slice.dcm'), 'identified')
      throw new Error('the archive is gone')
    })
    await expect(failing).rejects.toThrow('the archive is gone')
    expect(readdirSync(library.root)).toEqual(before)
    expect(await withPassingFolder(library, 'send', async () => 'sent')).toBe('sent')
  })

  it('holds nothing of a job that was killed before', async () => {
    const library = temporaryLibrary()
    // A killed process never comes to its end.
    await new Promise<void>((begun) => {
      void withPassingFolder(library, 'fetch', async (folder) => {
        mkdirSync(join(folder, '1'))
        begun()
        return new Promise<never>(() => undefined)
      })
    })
    await withPassingFolder(library, 'fetch', async (folder) => expect(readdirSync(folder)).toEqual([]))
  })
})
