import { readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { contentOf } from '../../../src/main/imaging/beside'
import { readFault } from '../../../src/main/imaging/readFault'

describe('a file that cannot be read', () => {
  it('is named with the reason', async () => {
    await expect(contentOf(tmpdir())).rejects.toThrow(`${tmpdir()} cannot be read: it is a folder`)
    const gone = join(tmpdir(), 'emend-gone.nii')
    await expect(contentOf(gone)).rejects.toThrow(`${gone} cannot be read: it is not there`)
  })

  it('is told in the system’s words where Emend has none', async () => {
    const cause = await readFile('\0').catch((error: unknown) => error)
    expect(readFault('x', cause).message).toMatch(/^x cannot be read: .+null bytes/)
  })
})
