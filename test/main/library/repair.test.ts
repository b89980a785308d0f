import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { listAudit } from '../../../src/main/library/audit'
import { backUp } from '../../../src/main/library/backup'
import { lastCheck } from '../../../src/main/library/careRecord'
import { addCase } from '../../../src/main/library/cases'
import { setMember } from '../../../src/main/library/members'
import { libraryPaths } from '../../../src/main/library/paths'
import { repairLibrary } from '../../../src/main/library/repair'
import { temporaryFolder } from '../../temporaryFolder'
import { temporaryLibrary } from './fixtures'
import { newCase } from './samples'

describe('repair', () => {
  it('puts aside beside what was put aside under the same name, with each on record', async () => {
    const library = temporaryLibrary()
    const { id } = await addCase(library, newCase())
    const orphan = libraryPaths.labels(library.root, id, 'orphan')
    const aside = join(library.root, 'lost+found', 'cases', id, 'labels')
    for (const text of ['first', 'second', 'third']) {
      writeFileSync(orphan, text)
      const { done, left } = await repairLibrary(library)
      expect([done.length, left, existsSync(orphan)]).toEqual([1, [], false])
      expect(listAudit(library)[0]).toMatchObject({ action: 'repair', outcome: done[0] })
    }
    const kept = ['orphan.nii.gz', 'orphan.nii.gz.2', 'orphan.nii.gz.3']
    expect(kept.map((name) => readFileSync(join(aside, name), 'utf8'))).toEqual(['first', 'second', 'third'])
    expect(lastCheck(library)).toMatchObject({ cases: 1, found: 0 })
  })

  it('takes nothing from the backup of another library, nor from what is none', async () => {
    const [library, other] = [temporaryLibrary(), temporaryLibrary()]
    const { id } = await addCase(library, newCase())
    const image = libraryPaths.image(library.root, id)
    writeFileSync(image, 'half')
    const backup = join(temporaryFolder(), 'other')
    await backUp(other, backup)
    const foreign = libraryPaths.image(backup, id)
    mkdirSync(dirname(foreign), { recursive: true })
    writeFileSync(foreign, 'not its own')
    for (const from of [backup, temporaryFolder(), join(backup, 'nowhere')]) {
      await expect(repairLibrary(library, { from })).rejects.toThrow(`${from} is not a backup of this library`)
    }
    expect(readFileSync(image, 'utf8')).toBe('half')
  })

  it('is for administrators where roles are on, and a refusal is on record', async () => {
    const library = temporaryLibrary({ user: 'anna' })
    setMember(library, 'anna', 'administrator')
    await expect(repairLibrary({ ...library, user: 'bert' })).rejects.toThrow('bert may not repair the library')
    expect(listAudit(library)[0]).toMatchObject({ who: 'bert', action: 'refused' })
    expect((await repairLibrary(library)).left).toEqual([])
  })
})
