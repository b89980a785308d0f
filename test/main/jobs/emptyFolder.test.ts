import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { requireEmptyFolder } from '../../../src/main/jobs/emptyFolder'
import { temporaryFolder } from '../../temporaryFolder'

it('takes a folder that is empty or not there yet, and no other', async () => {
  const folder = temporaryFolder()
  await requireEmptyFolder(join(folder, 'new'))
  mkdirSync(join(folder, 'empty'))
  await requireEmptyFolder(join(folder, 'empty'))
  writeFileSync(join(folder, 'file'), '')
  await expect(requireEmptyFolder(folder)).rejects.toThrow('is not empty')
  await expect(requireEmptyFolder(join(folder, 'file'))).rejects.toThrow('file is no folder to write into')
})
