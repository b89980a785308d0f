import { existsSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { careForLibrary } from '../../../src/main/jobs/care'
import type { JobContext } from '../../../src/main/jobs/verbs'
import { readDataset } from '../../../src/main/learning/dataset'
import { lastBackup, lastCheck } from '../../../src/main/library/careRecord'
import { addCase, getCase } from '../../../src/main/library/cases'
import type { Library } from '../../../src/main/library/library'
import { libraryPaths } from '../../../src/main/library/paths'
import { addRevision } from '../../../src/main/library/revisions'
import { unwatched } from '../../../src/shared/progress'
import { temporaryLibrary } from '../library/fixtures'
import { temporaryFolder } from '../../temporaryFolder'
import { newCase, smallLabels } from '../library/samples'

async function filled(): Promise<{ library: Library; id: string; context: JobContext; told: string[] }> {
  const library = temporaryLibrary()
  const { id } = await addCase(library, newCase())
  for (const voxel of [1, 2]) {
    const { revision } = getCase(library, id)
    const statuses = { liver: 'corrected' } as const
    const drawn = { caseId: id, parent: revision, origin: 'reader', model: null, statuses, edited: [] } as const
    await addRevision(library, { ...drawn, labels: smallLabels({ [voxel]: 1 }) })
  }
  const told: string[] = []
  const changed = (ids: readonly string[]): void => void told.push(...ids)
  return { library, id, told, context: { library, work: unwatched, devices: [], changed } }
}

describe('care for a library in use', () => {
  it('reads it through, and keeps what it found', async () => {
    const { library, id, context } = await filled()
    expect(lastCheck(library)).toBeNull()
    expect(await careForLibrary({ what: 'verify' }, context)).toBe(
      'all is as it was written: 1 case, 2 label revisions, 0 models',
    )
    expect(lastCheck(library)).toMatchObject({ cases: 1, found: 0, faults: [] })
    rmSync(libraryPaths.labels(library.root, id, getCase(library, id).revision!))
    await expect(careForLibrary({ what: 'verify' }, context)).rejects.toThrow(
      /^the library is not as it was written: cases.*: it is missing$/,
    )
    expect(lastCheck(library)).toMatchObject({ found: 1, faults: [{ kind: 'labels', what: 'it is missing' }] })
  })

  it('leaves alone what somebody may be about to enter, and puts aside what nobody will', async () => {
    const { library, id, context } = await filled()
    const [fresh, old] = ['fresh', 'old'].map((name) => libraryPaths.labels(library.root, id, name))
    for (const path of [fresh, old]) writeFileSync(path, 'whole')
    utimesSync(old, new Date('2026-01-01'), new Date('2026-01-01'))
    await expect(careForLibrary({ what: 'verify' }, context)).rejects.toThrow('nothing points to it')
    expect(lastCheck(library)?.found).toBe(1)
    expect(await careForLibrary({ what: 'repair', from: null }, context)).toMatch(/lost\+found now$/)
    expect([existsSync(fresh), existsSync(old)]).toEqual([true, false])
    expect(lastCheck(library)?.found).toBe(0)
    expect(await careForLibrary({ what: 'repair', from: null }, context)).toBe('there was nothing to repair')
  })

  it('backs it up, takes files from there, and tells which cases it mended', async () => {
    const { library, id, context, told } = await filled()
    const folder = join(temporaryFolder(), 'Sicherung')
    expect(await careForLibrary({ what: 'back-up', folder }, context)).toMatch(/Sicherung: \d+ files copied$/)
    expect(lastBackup(library)?.folder).toBe(folder)
    const { revision } = getCase(library, id)
    rmSync(libraryPaths.labels(library.root, id, revision!))
    expect(await careForLibrary({ what: 'repair', from: folder }, context)).toContain('came back from the backup')
    expect([told, getCase(library, id).revision]).toEqual([[id], revision])
    expect(lastCheck(library)?.found).toBe(0)
  })

  it('says what could not be repaired', async () => {
    const { library, id, context } = await filled()
    rmSync(libraryPaths.image(library.root, id))
    await expect(careForLibrary({ what: 'repair', from: null }, context)).rejects.toThrow('not all could be repaired')
    expect(lastCheck(library)).toMatchObject({ found: 1, faults: [{ kind: 'image' }] })
  })

  it('writes those cases as a data set that were asked for', async () => {
    const { library, id, context } = await filled()
    await addCase(library, newCase(2))
    const folder = join(temporaryFolder(), 'set')
    expect(await careForLibrary({ what: 'export-set', folder, caseIds: [id] }, context)).toBe(
      `${folder}: 1 case with verified labels`,
    )
    expect((await readDataset(folder)).cases.map((one) => one.id)).toEqual([id])
  })
})
